-- One change of the list at a time: whoever holds this row may change it, until the transaction ends.
-- Answers the generation before the change.
UPDATE setting SET value = value WHERE name = 'suppression_generation' RETURNING value::bigint AS generation;
