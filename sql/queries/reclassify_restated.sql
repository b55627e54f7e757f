-- How many rows are restated.
SELECT count(*) AS rows FROM reclassify_row;
