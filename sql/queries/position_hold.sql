-- First of the facts' transaction: one ingester at a time reads an input.
--   $1 input_id bigint
SELECT position FROM input_position WHERE input_id = $1 FOR UPDATE;
