-- Bounces and complaints without an attempt of ours yet; and how many of all may still be joined (proven ones too). The
-- alternate row of a report is not counted again.
SELECT count(DISTINCT (mail_digest, block % 1048576)) FILTER (WHERE state = 'w') AS waiting, count(*) AS open
  FROM returned_mail WHERE state IN ('w', 'p');
