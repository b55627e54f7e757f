-- Recipients still in the queue remember whether they were blocked before. Their nodes move on, so that whoever reads
-- their logs at this moment asks again.
WITH waiting AS MATERIALIZED (
    SELECT node_id, queue_id, first_at, recipient_hash, original_hash FROM open_recipient),
said AS (
    SELECT o.node_id, o.queue_id, o.first_at, o.recipient_hash, o.original_hash,
           bool_or(e.signature_id IN (SELECT b.signature_id FROM blocking_signature b)) AS blocked
      FROM waiting o
      JOIN event e ON e.recipient_hash = o.recipient_hash AND e.node_id = o.node_id AND e.queue_id = o.queue_id
                  AND e.occurred_at >= o.first_at AND e.outcome = 'Q'
     GROUP BY 1, 2, 3, 4, 5),
moved AS (
    UPDATE open_recipient o SET blocked = s.blocked
      FROM said s
     WHERE o.node_id = s.node_id AND o.queue_id = s.queue_id AND o.first_at = s.first_at
       AND o.recipient_hash = s.recipient_hash AND o.original_hash = s.original_hash AND o.blocked <> s.blocked
    RETURNING o.node_id)
UPDATE node_state n SET generation = n.generation + 1 WHERE n.node_id IN (SELECT m.node_id FROM moved m);
