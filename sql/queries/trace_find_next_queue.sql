-- Which messages got this queue id at the next hop ("250 queued as ..."). There is no index for it: asked only when
-- no node of ours knows the id.
--   $1 queue_id text
SELECT DISTINCT recipient_hash, message_id_hash, queue_id FROM event WHERE next_queue_id = $1
 ORDER BY recipient_hash LIMIT 1000;
