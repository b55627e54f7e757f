-- The mails that have been read, by what they turned out to be.
SELECT kind, count(*) AS mails, max(occurred_at) AS newest FROM mail_seen GROUP BY kind ORDER BY mails DESC, kind;
