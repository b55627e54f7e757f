-- Makes the day partitions of event that are missing.
--   $1 days date[]
SELECT event_days_ensure($1);
