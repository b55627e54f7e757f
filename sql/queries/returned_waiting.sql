-- Bounces and complaints without an attempt of ours yet. The alternate row of a report is not counted again.
SELECT count(DISTINCT (mail_digest, block % 1048576)) AS waiting FROM returned_mail WHERE state = 'w';
