-- The lives that a changed signature touched.
--   $1 at
INSERT INTO reclassify_life (recipient_hash, node_id, queue_id)
SELECT l.recipient_hash, l.node_id, l.queue_id FROM reclassify_lives($1) l;
