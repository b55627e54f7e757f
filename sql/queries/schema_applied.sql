-- The migrations that were applied, in order.
SELECT version, name, digest FROM schema_migration ORDER BY version;
