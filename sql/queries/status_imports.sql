-- The files of receivers' figures that have been read, by format.
SELECT format, count(*) AS files, sum(records)::bigint AS records, sum(irrelevant)::bigint AS irrelevant,
       sum(unread)::bigint AS unread, max(last_day)::timestamptz AS newest_at
  FROM import_seen
 GROUP BY format
 ORDER BY format;
