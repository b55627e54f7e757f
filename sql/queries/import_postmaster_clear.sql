-- Figures of tellings that do not stand.
--   $1 items
DELETE FROM postmaster_figure f
 USING postmaster_part p
 WHERE f.item_id = ANY ($1::bigint[])
   AND p.item_id = f.item_id AND p.day = f.day AND p.part = f.part AND p.version <> f.version;
