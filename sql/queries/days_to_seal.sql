-- Days that are over: two days behind the newest one that has facts.
SELECT (d.lower)::date AS day
  FROM (SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS lower
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'rebound.event'::regclass) AS d
 WHERE d.lower < (SELECT max(date_trunc('day', newest_at AT TIME ZONE 'UTC'))::date - 1 FROM node_state WHERE generation > 0)
   AND d.lower NOT IN (SELECT day FROM sealed_day)
 ORDER BY 1;
