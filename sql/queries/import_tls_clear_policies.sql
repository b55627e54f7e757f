-- Policies of TLS reports that do not stand.
--   $1 items
DELETE FROM tls_policy p
 USING tls_report r
 WHERE p.item_id = ANY ($1::bigint[]) AND r.item_id = p.item_id AND r.version <> p.version;
