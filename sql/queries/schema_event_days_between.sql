-- Makes the day partitions of event that are missing between two days, both included.
--   $1 first date   $2 last date
SELECT event_days_ensure(ARRAY(SELECT ($1 + n)::date FROM generate_series(0, $2 - $1) AS n));
