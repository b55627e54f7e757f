-- When the data ends: the newest log time of any node, else the end of the newest hour that has figures, else the newest
-- returned mail, else the end of the newest day that a receiver told of; NULL without data.
SELECT coalesce((SELECT max(newest_at) FROM node_state),
                (SELECT max(hour) + interval '1 hour' FROM rollup_hour),
                (SELECT max(occurred_at) FROM returned_mail),
                (SELECT (max(last_day) + 1)::timestamptz FROM import_seen)) AS newest_at;
