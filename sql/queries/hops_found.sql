-- How many lives there are to tell, and whether there may be more behind them.
SELECT coalesce(max(life), 0) AS lives, coalesce(bool_or(again), false) AS again FROM hop_change;
