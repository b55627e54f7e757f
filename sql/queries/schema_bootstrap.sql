-- Where migrations are written down. Safe to run again; two at once: the second fails once with 23505 and asks again.
CREATE SCHEMA IF NOT EXISTS rebound;
CREATE TABLE IF NOT EXISTS rebound.schema_migration (
    version int PRIMARY KEY, name text NOT NULL, digest text NOT NULL, applied_at timestamptz NOT NULL);
