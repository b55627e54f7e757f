-- The numbers that C binds as parameters (a window's frame cannot name a column).
SELECT extract(epoch FROM settled_after)::bigint AS settled_s, extract(epoch FROM stale_after)::bigint AS stale_s,
       extract(epoch FROM incident_window)::bigint AS incident_s, shrink_share
  FROM policy_guard;
