-- A setting that reports need to know of.
--   $1 name text   $2 value text
INSERT INTO setting AS s (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE s.value <> excluded.value;
