-- What a run worked on is no fact.
WITH lives AS (DELETE FROM reclassify_life)
DELETE FROM reclassify_row;
