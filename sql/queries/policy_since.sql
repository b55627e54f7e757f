-- From when deliveries matter to this run: the windows before the oldest strike of those it looks at.
-- Answers the time, NULL when none has a strike, and how many are looked at.
SELECT min(s.first_at) - (SELECT max(known_good) FROM policy) AS since,
       (SELECT count(*) FROM policy_work) AS recipients
  FROM strike s JOIN policy_work w ON w.recipient_hash = s.recipient_hash
 WHERE w.read_again;
