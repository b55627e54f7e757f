-- Statistics for what this run filled; see migration 0004.
SELECT statistics_ensure() AS analyzed;
