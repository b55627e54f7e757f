-- One setting's value; no row when it was never set.
--   $1 name text
SELECT value FROM setting WHERE name = $1;
