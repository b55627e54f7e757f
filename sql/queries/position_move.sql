-- Moves an input on. Last statement of the transaction that wrote the rows up to this position: both live or die together.
-- No row back: the position is not where this run started from; roll back and read it again.
UPDATE input_position
   SET position = $2, digest = $3, blocks = $4, format = $5, path = $6, device = $7, inode = $8, year = $9, month = $10,
       changed_at = $12
 WHERE input_id = $1 AND position = $11
RETURNING input_id;
