-- The row of a new input, before its first facts. No row back: somebody else has claimed it.
INSERT INTO input_position (input_id, first_line_hash, ordinal, position, digest, blocks, format, path, device, inode,
                            year, month, changed_at)
VALUES ($1, $2, $3, 0, '', '', $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (input_id) DO NOTHING
RETURNING input_id;
