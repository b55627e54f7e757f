-- The strikes of those looked at, as they were weighed last, make room.
DELETE FROM policy_strike s USING policy_work w WHERE w.recipient_hash = s.recipient_hash AND w.read_again;
