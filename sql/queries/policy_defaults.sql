-- The suppression policy as shipped: the only place where its numbers stand. Rows that are there stay as they are,
-- so what an operator changed (UPDATE policy ...) is kept.
INSERT INTO policy (category, listed_after, known_good_after, min_gap, min_span, ttl, ttl_personal, scope, kind,
                    needs_reset, reason, at_once, node_domains, node_domains_small, resolver_share, incident, unverified_a_day)
VALUES
    ('invalid_recipient', 1, 2, '24 hours', '0', NULL, '180 days', 'global', 'address', true, '', '', 0, 0, 0, true, 0),
    ('inactive_mailbox', 2, 2, '24 hours', '0', '180 days', '180 days', 'global', 'address', true, '',
     '^5\.1\.6 |\m(closed|moved)\M', 0, 0, 0, true, 0),
    ('domain_not_found', 2, 2, '24 hours', '0', '90 days', '90 days', 'global', 'domain', true, '', '', 0, 0, 0.05, true, 0),
    ('no_mail_service', 2, 2, '24 hours', '0', '90 days', '90 days', 'global', 'domain', true, '', '', 0, 0, 0.05, true, 0),
    ('mailbox_full', 3, 3, '0', '14 days', '30 days', '30 days', 'global', 'address', true, '', '', 0, 0, 0, false, 0),
    ('timeout_expired', 3, 3, '0', '14 days', '30 days', '30 days', 'global', 'address', true, '', '', 10, 3, 0, false, 0),
    ('connection_failed', 3, 3, '0', '14 days', '30 days', '30 days', 'global', 'address', true, 'timeout_expired', '', 10, 3, 0, false, 0),
    ('dns_failure', 3, 3, '0', '14 days', '30 days', '30 days', 'global', 'address', true, 'timeout_expired', '', 10, 3, 0, false, 0),
    ('complaint', 1, 1, '0', '0', NULL, NULL, 'stream', 'address', false, '', '', 0, 0, 0, false, 50),
    ('unsubscribe', 1, 1, '0', '0', NULL, NULL, 'stream', 'address', false, '', '', 0, 0, 0, false, 50)
ON CONFLICT (category) DO NOTHING;
INSERT INTO policy_guard (settled_after, stale_after, incident_window, incident_good, incident_share, cap_floor, cap_share,
                          listing_quiet, listing_hits, listing_share, shrink_share)
VALUES ('24 hours', '180 days', '1 hour', 3, 0.30, 500, 0.05, '24 hours', 3, 0.50, 0.20)
ON CONFLICT (guard) DO NOTHING;
INSERT INTO setting (name, value) VALUES ('suppression_generation', '0') ON CONFLICT (name) DO NOTHING;
