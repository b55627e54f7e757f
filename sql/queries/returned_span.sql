-- From when to when sends may lie that waiting mail speaks of: 14 days before a bounce, 90 before a complaint.
SELECT min(occurred_at - CASE kind WHEN 'c' THEN interval '90 days' ELSE interval '14 days' END) AS since,
       max(occurred_at + interval '1 day') AS until
  FROM returned_mail WHERE state IN ('w', 'p');
