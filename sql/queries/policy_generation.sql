-- The list changed: its next generation.
UPDATE setting SET value = (value::bigint + 1)::text WHERE name = 'suppression_generation' RETURNING value::bigint AS generation;
