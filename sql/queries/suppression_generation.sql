-- The list's generation: moves with every change.
SELECT coalesce((SELECT value::bigint FROM setting WHERE name = 'suppression_generation'), 0) AS generation;
