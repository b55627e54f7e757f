-- Failures of TLS reports that do not stand.
--   $1 items
DELETE FROM tls_failure f
 USING tls_report r
 WHERE f.item_id = ANY ($1::bigint[]) AND r.item_id = f.item_id AND r.version <> f.version;
