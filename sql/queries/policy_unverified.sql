-- Bounces that cannot count because no send of ours proves them, and since when there are logs.
SELECT count(*) AS bounces,
       (SELECT min(first_at) FROM input_span WHERE events > 0) AS logs_begin
  FROM returned_mail
 WHERE state IN ('w', 'u') AND kind = 'b';
