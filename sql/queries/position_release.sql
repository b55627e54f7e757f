-- Gives back the row of an input that was set aside before anything of it was taken.
--   $1 input_id bigint
DELETE FROM input_position WHERE input_id = $1 AND position = 0;
