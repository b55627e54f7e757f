-- The shipped blocklists; rows that are no longer shipped stay, since history speaks of them.
--   $1 blocklist text[]   $2 name text[]   $3 operator text[]   $4 type text[]   $5 status text[]   $6 weight int[]
--   $7 delist_url text[]
INSERT INTO blocklist (blocklist, name, operator, type, status, weight, delist_url)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (blocklist) DO UPDATE
SET name = excluded.name, operator = excluded.operator, type = excluded.type, status = excluded.status,
    weight = excluded.weight, delist_url = excluded.delist_url;
