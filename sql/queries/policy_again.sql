-- Deliveries that have not stood long enough yet: their recipients are due again.
INSERT INTO policy_due (recipient_hash) SELECT DISTINCT recipient_hash FROM policy_delivery WHERE NOT settled
ON CONFLICT (recipient_hash) DO NOTHING;
