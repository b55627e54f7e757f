-- title: Suppressed addresses
-- promise: The entries of the suppression list with their evidence, the latest first.
-- takes: provider node domain
-- column: address | Address | text | or @domain
-- column: domain | Domain | text detail | of the address
-- column: kind | Kind | text detail | address or domain
-- column: scope | Scope | text | global, or one stream
-- column: state | State | text | active, pending, expired or released
-- column: reason | Reason | text | the category behind it
-- column: origin | Origin | text detail | log, dsn, arf, manual, import or policy
-- column: evidence | Evidence | text detail | A our log, B signed, C joined to our log, D unverified
-- column: strikes | Strikes | count | failures counted
-- column: first_event | First | time detail | the first failure
-- column: last_event | Latest | time | the latest
-- column: expires_at | Expires | time | when it may be mailed again; never where empty
-- column: diagnostic | Reply | text detail | what was said
-- column: rule | Rule | text detail | what decided
SELECT CASE WHEN address <> '' THEN address ELSE '(address not kept)@' || domain END AS address, domain, kind, scope,
       CASE WHEN state = 'active' AND expires_at <= $10 THEN 'expired' ELSE state END AS state, reason, origin,
       evidence::text AS evidence, strikes, first_event, last_event, expires_at, diagnostic, rule
  FROM suppression
 WHERE ($4 IS NULL OR provider_id IN (SELECT provider_id FROM provider WHERE provider = $4))
   AND ($5 IS NULL OR node_id IN (SELECT node_id FROM node WHERE name = $5))
   AND ($8 IS NULL OR domain = $8)
   AND state <> 'released'
 ORDER BY last_event DESC NULLS LAST, address, scope, recipient_hash
 LIMIT $9;
