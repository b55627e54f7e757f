-- Entries from complaints and unsubscribes: one is enough, at the scope of its stream; of an unknown stream at 'stream:*',
-- which stands for every stream that is not transactional. Those without evidence (grade D) count too, up to a number a
-- stream and day; the rest waits. A later not-spam report of the same message takes a complaint back.
--   $1 now timestamptz
INSERT INTO policy_entry (recipient_hash, scope, address, domain, kind, state, reason, origin, evidence, strikes, first_event,
                          last_event, expires_at, signature_id, diagnostic, rule, node_id, input_id, input_offset, provider_id,
                          changed_at, note, listed_at, state_cause, confirmed)
SELECT DISTINCT ON (e.recipient_hash, e.scope)
       e.recipient_hash, e.scope, coalesce(lower(a.address COLLATE "C"), ''), coalesce(a.domain, ''), 'address',
       CASE WHEN e.taken_back OR e.released THEN 'released' WHEN e.ends <= $1 THEN 'expired'
            WHEN e.place > e.most AND NOT e.confirmed THEN 'pending' ELSE 'active' END,
       e.reason, 'arf', e.grade, e.strikes, e.first_event, e.occurred_at, e.ends, e.signature_id, e.diagnostic,
       coalesce(g.rule, ''), e.node_id, e.input_id, e.input_offset, e.provider_id, $1, '', e.occurred_at,
       CASE WHEN e.taken_back THEN 'not-spam' WHEN e.released THEN 'operator' WHEN e.ends <= $1 THEN ''
            WHEN e.place > e.most AND NOT e.confirmed THEN 'unverified' ELSE '' END, e.confirmed
  FROM (SELECT c.*,
               coalesce(b.released_to >= c.occurred_at, false) AS released,
               coalesce(b.confirmed_to >= c.occurred_at, false) AS confirmed,
               count(*) OVER same AS strikes, min(c.occurred_at) OVER same AS first_event
          FROM (SELECT m.*, p.category AS reason,
                       CASE WHEN p.scope = 'global' THEN 'global' WHEN t.name IS NULL THEN 'stream:*' ELSE 'stream:' || t.name END
                           AS scope,
                       m.occurred_at + CASE WHEN coalesce(t.kind, 'bulk') <> 'bulk' THEN p.ttl_personal ELSE p.ttl END AS ends,
                       CASE WHEN m.grade = 'D' THEN p.unverified_a_day END AS most,
                       row_number() OVER (PARTITION BY m.grade = 'D', m.stream_id, m.occurred_at::date
                                          ORDER BY m.occurred_at, m.recipient_hash, m.mail_digest, m.block) AS place,
                       EXISTS (SELECT FROM returned_mail n
                                WHERE n.recipient_hash = m.recipient_hash AND n.message_id_hash = m.message_id_hash
                                  AND m.message_id_hash <> 0 AND n.feedback_type = 'not-spam'
                                  AND n.evidence IN ('A', 'B', 'C')) AS taken_back
                  FROM (SELECT r.*, coalesce(r.evidence, 'D') AS grade FROM returned_mail r) m
                  JOIN policy_work w ON w.recipient_hash = m.recipient_hash
                  JOIN policy p ON p.category = CASE WHEN m.feedback_type LIKE 'opt-out%' THEN 'unsubscribe' ELSE m.category END
                  LEFT JOIN stream t ON t.stream_id = m.stream_id
                 WHERE m.category IN ('complaint', 'unsubscribe')
                   AND m.feedback_type IN ('', 'abuse', 'opt-out', 'opt-out-list', 'complaint')
                   AND m.recipient_hash <> 0 AND (m.state = 'c' OR m.grade = 'D')) c
          LEFT JOIN (SELECT h.recipient_hash, h.scope,
                            max(h.last_event) FILTER (WHERE h.change = 'release') AS released_to,
                            max(h.last_event) FILTER (WHERE h.change = 'confirm') AS confirmed_to
                       FROM suppression_history h WHERE h.actor <> 'policy' GROUP BY 1, 2) b
            ON b.recipient_hash = c.recipient_hash AND b.scope = c.scope
        WINDOW same AS (PARTITION BY c.recipient_hash, c.scope, c.reason)) e
  LEFT JOIN recipient a ON a.recipient_hash = e.recipient_hash
  LEFT JOIN signature g ON g.signature_id = e.signature_id
 ORDER BY e.recipient_hash, e.scope, e.taken_back OR e.released, coalesce(e.place > e.most, false) AND NOT e.confirmed,
          e.grade = 'D', e.reason, e.occurred_at DESC, e.mail_digest, e.block;
