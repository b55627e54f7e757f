-- The kind of a stream.
--   $1 name
SELECT kind FROM stream WHERE name = $1;
