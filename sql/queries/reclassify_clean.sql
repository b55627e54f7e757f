-- What a run worked on is no fact.
DELETE FROM reclassify_row;
