-- Protected addresses and domains (with what is below them) are never listed by the policy.
--   $1 recipient_hash bigint[]   $2 domain text[]
DELETE FROM policy_entry e
 WHERE e.recipient_hash = ANY ($1::bigint[])
    OR EXISTS (SELECT FROM unnest($2::text[]) AS p (name)
                WHERE e.domain = p.name OR right(e.domain, length(p.name) + 1) = '.' || p.name);
