-- What is to be told of some of the lives, life by life.
--   $1 from   $2 to: lives, the last not included
SELECT kind, node_id, queue_id, message_id_hash, recipient_hash, at, handed, stream_id, sasl_user_id, began_as
  FROM hop_change
 WHERE life >= $1 AND life < $2
 ORDER BY number;
