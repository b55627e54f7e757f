-- Mails and inputs that were set aside lately: the newest reason, and how often it stood.
--   $1 since
SELECT reason, sum(seen)::bigint AS seen, max(last_seen) AS last_seen
  FROM quarantine
 WHERE kind <> 'line' AND last_seen >= $1
 GROUP BY reason
 ORDER BY 3 DESC
 LIMIT 1;
