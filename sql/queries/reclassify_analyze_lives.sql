-- How many lives there are decides how their rows are found.
ANALYZE reclassify_life;
