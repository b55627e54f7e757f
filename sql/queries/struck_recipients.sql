-- Who has a strike or a suppression: a delivery to one of them is news for the policy.
SELECT DISTINCT recipient_hash FROM strike
UNION
SELECT recipient_hash FROM suppression;
