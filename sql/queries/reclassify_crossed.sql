-- How many signatures a run makes a block of ours that were none, or the other way.
--   $1 at
SELECT count(*) AS crossed FROM reclassification r WHERE r.at = $1 AND r.was_blocking <> r.is_blocking;
