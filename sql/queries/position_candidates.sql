-- Inputs that begin with the same line.
--   $1 first_line_hash bigint
SELECT input_id, first_line_hash, ordinal, position, digest, blocks, format, path, device, inode, year, month
  FROM input_position WHERE first_line_hash = $1 ORDER BY ordinal;
