-- Nodes that have lives without a beginning.
SELECT node_id FROM open_message WHERE NOT began
UNION
SELECT node_id FROM event WHERE attempt_flags & 64 <> 0
 ORDER BY 1;
