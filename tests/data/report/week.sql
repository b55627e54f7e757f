-- A small week whose every answer was worked out by hand (tests/unit/report_answers.c). Window: 1 to 8 March 2026.
BEGIN;
INSERT INTO node VALUES (1, 'mx1', 'mx1', ''), (2, 'mx2', 'mx2', '');
INSERT INTO egress VALUES (1, '192.0.2.1'), (2, '192.0.2.2');
INSERT INTO provider VALUES (1, 't-mailbox', 'A mailbox provider', 'mailbox', 'm'), (2, 't-gateway', 'A gateway', 'gateway', 'g'),
    (3, 't-undone', 'All taken back', 'mailbox', 'u'),
    (11, 'p-own', '', '', ''), (12, 'p-once', '', '', ''), (13, 'p-thrice', '', '', ''), (14, 'p-half', '', '', ''),
    (15, 'p-cleared', '', '', ''), (16, 'p-quiet', '', '', ''), (17, 'p-dead', '', '', ''), (18, 'p-resolver', '', '', ''),
    (19, 'p-many', '', '', ''), (20, 'p-few', '', '', '');
INSERT INTO domain VALUES (1, 'a.example'), (2, 'b.example'), (3, 'c.example');
INSERT INTO stream VALUES (1, 'news', 'bulk'), (2, 'shop', 'transactional');
INSERT INTO sasl_user VALUES (1, 'app'), (2, 'ann');
INSERT INTO category VALUES
    ('invalid_recipient', 'address', 'hard', 'H', 'No such mailbox', 'Drop it.'),
    ('mailbox_full', 'address', 'soft', 'T', 'Mailbox full', 'Wait.'),
    ('policy_rejected', 'recipient_system', 'hard', 'R', 'Refused by a local rule', 'Ask.'),
    ('rate_limited', 'sender', 'soft', 'B', 'Sending too fast', 'Slow down.'),
    ('greylisted', 'recipient_system', 'soft', 'R', 'Greylisted', 'Nothing.'),
    ('timeout_expired', 'network', 'soft', 'R', 'Gave up', 'Look.'),
    ('unclassified', 'unknown', 'by class', 'U', 'Not understood', 'Rule.')
    ON CONFLICT (category) DO UPDATE SET fault = excluded.fault, severity = excluded.severity, class = excluded.class,
                                         title = excluded.title, advice = excluded.advice;
INSERT INTO blocklist VALUES
    ('t_alive', 'Alive list', 'Someone', 'ip', 'alive', 5, 'list.example/remove'),
    ('t_dead', 'Dead list', 'Nobody', 'ip', 'dead', 0, 'none'),
    ('t_tenant', 'A tenant''s list', 'recipient tenant', 'internal', 'alive', 1, 'ask the recipient');
INSERT INTO signature VALUES
    (101, 'no such user', 550, '5.1.1', 'rcpt', 1, 'invalid_recipient', 'hard', 'r.one', '', false, '550 5.1.1 no such user', '2026-03-02'),
    (102, 'quota', 552, '5.2.2', 'rcpt', 1, 'mailbox_full', 'soft', 'r.two', '', false, '=552 quota', '2026-03-02'),
    (103, 'policy', 550, '5.7.1', 'rcpt', 1, 'policy_rejected', 'hard', 'r.three', '', false, '550 policy', '2026-03-02'),
    (104, 'policy', 550, '5.7.1', 'rcpt', 2, 'policy_rejected', 'hard', 'r.three', '', false, '550 policy', '2026-03-02'),
    (105, 'slow down', 421, '4.7.28', 'data', 1, 'rate_limited', 'soft', 'r.four', '', false, '421 slow down', '2026-03-02'),
    (106, 'later', 450, '', 'rcpt', 2, 'greylisted', 'soft', 'r.five', '', false, '450 later', '2026-03-02'),
    (107, 'nein', 554, '', 'rcpt', 2, 'unclassified', 'hard', '', '', false, '554 nein', '2026-03-02'),
    (108, 'query refused', 554, '', 'rcpt', 2, 'policy_rejected', 'hard', 'r.six', 't_alive', true, '554 query refused', '2026-03-02');

-- node hour cohort egress provider stream direction outcome tls | n attempts attempted first_deferred first_try final final_attempts blocked on_time bytes
INSERT INTO rollup_hour VALUES
    (1, '2026-03-02 09:00Z', '2026-03-02', 1, 1, 1, 's', 'Q', 0,  6,  6,  6, 6,  0,  0,  0, 2,  0, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 1, 's', 'D', 4, 90, 90, 86, 0, 86, 90, 94, 0, 80, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 1, 's', 'F', 0,  8,  8,  8, 0,  0,  8,  8, 3,  0, 0),
    (1, '2026-03-04 09:00Z', '2026-03-02', 1, 1, 1, 's', 'X', 0,  1,  0,  0, 0,  0,  1,  5, 0,  0, 0),
    (1, '2026-03-03 12:00Z', '2026-03-02', 1, 1, 1, 's', 'A', 0,  2,  0,  0, 0,  0,  2,  0, 0,  0, 0),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'D', 1, 40, 40, 40, 0, 40, 40, 40, 0, 10, 0),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'F', 0,  4,  4,  4, 0,  0,  4,  4, 0,  0, 0),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'H', 5,  5,  5,  5, 0,  0,  5,  5, 0,  0, 0),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'Q', 0,  1,  1,  1, 1,  0,  0,  0, 0,  0, 0),
    (2, '2026-03-03 09:00Z', '2026-03-03', 2, 2, 2, 's', 'L', 0,  1,  0,  0, 0,  0,  1,  0, 0,  0, 0),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'S', 0,  3,  0,  0, 0,  0,  3,  0, 0,  0, 0),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'E', 0,  2,  0,  0, 0,  0,  2,  0, 0,  0, 0),
    -- restated: what was written is taken back, nothing is left
    (1, '2026-03-03 08:00Z', '2026-03-03', 1, 3, 1, 's', 'D', 4,  0,  0,  0, 0,  0,  0,  0, 0,  0, 0),
    -- no part of the rates
    (1, '2026-03-02 10:00Z', '2026-03-02', 0, 0, 0, 'i', 'D', 0,  7,  0,  7, 0,  0,  7,  0, 0,  7, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 0, 0, 0, 'i', 'F', 0,  1,  0,  1, 0,  0,  1,  0, 0,  0, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 1, 'f', 'D', 0,  5,  5,  5, 0,  0,  5,  0, 0,  0, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 0, 0, 0, 'i', 'R', 0,  9,  0,  0, 0,  0,  9,  0, 0,  0, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 1, 'h', 'D', 0, 11, 11, 11, 0,  0, 11,  0, 0, 11, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 1, 'n', 'D', 0,  2,  2,  2, 0,  0,  2,  0, 0,  2, 0),
    -- mail of February: traffic that the listings below are held against, outside of the window by cohort
    (1, '2026-03-07 10:00Z', '2026-02-20', 1, 11, 1, 's', 'D', 4, 9, 9, 9, 0, 9, 9, 9, 0, 9, 0),
    (1, '2026-03-07 11:00Z', '2026-02-20', 1, 12, 1, 's', 'D', 4, 9, 10, 9, 0, 9, 9, 9, 0, 9, 0),
    (1, '2026-03-06 13:00Z', '2026-02-20', 1, 13, 1, 's', 'D', 4, 90, 90, 90, 0, 90, 90, 90, 0, 90, 0),
    (1, '2026-03-07 09:00Z', '2026-02-20', 1, 14, 1, 's', 'F', 4, 2, 2, 2, 0, 2, 2, 2, 1, 0, 0),
    (1, '2026-03-04 10:00Z', '2026-02-20', 1, 15, 1, 's', 'F', 4, 2, 2, 2, 0, 2, 2, 2, 1, 0, 0),
    (1, '2026-03-05 10:00Z', '2026-02-20', 1, 15, 1, 's', 'D', 4, 3, 3, 3, 0, 3, 3, 3, 0, 3, 0),
    (1, '2026-03-04 10:00Z', '2026-02-20', 1, 19, 1, 's', 'F', 4, 50, 50, 50, 0, 0, 50, 50, 25, 0, 0),
    (1, '2026-03-05 10:00Z', '2026-02-20', 1, 19, 1, 's', 'D', 4, 10, 10, 10, 0, 10, 10, 10, 0, 10, 0);
-- node hour cohort egress provider stream direction outcome signature | n attempts final
INSERT INTO rollup_failure VALUES
    (1, '2026-03-02 09:00Z', '2026-03-02', 1, 1, 1, 's', 'Q', 105, 6, 6, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 1, 's', 'F', 101, 5, 5, 5),
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 1, 's', 'F', 103, 3, 3, 3),
    (1, '2026-03-04 09:00Z', '2026-03-02', 1, 1, 1, 's', 'X', 0, 1, 0, 1),
    (1, '2026-03-03 12:00Z', '2026-03-02', 1, 1, 1, 's', 'A', 101, 1, 0, 1),
    (1, '2026-03-03 12:00Z', '2026-03-02', 1, 1, 1, 's', 'A', 102, 1, 0, 1),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'F', 104, 2, 2, 2),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'F', 107, 2, 2, 2),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 2, 's', 'Q', 106, 1, 1, 0),
    (1, '2026-03-03 08:00Z', '2026-03-03', 1, 3, 1, 's', 'F', 101, 0, 0, 0),
    (1, '2026-03-02 10:00Z', '2026-03-02', 0, 0, 0, 'i', 'F', 101, 1, 0, 1);
-- Two delays in bucket 10: ln(ms + 1) from 4 to 4.5.
INSERT INTO rollup_delay VALUES
    (1, '2026-03-02 10:00Z', '2026-03-02', 1, 1, 0, '{0,0,0,0,0,0,0,0,0,2}'),
    (2, '2026-03-03 08:00Z', '2026-03-03', 2, 2, 0, '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,4}');

-- Domains: 2 March is sealed, 3 March is still read from the events.
INSERT INTO sealed_day VALUES ('2026-03-02');
INSERT INTO rollup_domain VALUES
    (1, '2026-03-02', '2026-03-02', 1, 1, 1, 's', 'D', 0, 20, 20, 20),
    (1, '2026-03-02', '2026-03-02', 1, 1, 1, 's', 'F', 101, 5, 5, 5),
    (1, '2026-03-02', '2026-03-02', 3, 1, 1, 's', 'D', 0, 0, 0, 0),
    (2, '2026-03-03', '2026-03-03', 2, 2, 2, 's', 'F', 104, 900, 900, 900); -- not sealed: its events count
SELECT event_days_ensure(ARRAY['2026-03-02', '2026-03-03', '2026-03-04']::date[]);
-- at recipient node egress input offset message domain provider host stream signature user size cohort, 5 delays, attempt flags weight tls direction outcome queue next
INSERT INTO event VALUES
    ('2026-03-02 10:00Z', 50, 1, 1, 1, 0, 0, 1, 1, 0, 1, 101, 0, 0, '2026-03-02', 1, 1, 1, 1, 1, 1, 19, 1, 0, 's', 'F', 'Q0', ''),
    ('2026-03-03 08:01Z', 51, 2, 2, 1, 0, 0, 2, 2, 0, 2, 104, 1, 0, '2026-03-03', 1, 1, 1, 1, 1, 1, 19, 1, 0, 's', 'F', 'Q1', ''),
    ('2026-03-03 08:02Z', 52, 2, 2, 1, 0, 0, 2, 2, 0, 2, 104, 2, 0, '2026-03-03', 1, 1, 1, 1, 1, 1, 19, 1, 0, 's', 'F', 'Q2', ''),
    -- refused, then it turned out to be a hand-over: taken back and restated
    ('2026-03-03 08:03Z', 53, 2, 2, 1, 0, 0, 2, 2, 0, 2, 104, 0, 0, '2026-03-03', 1, 1, 1, 1, 1, 1, 19, 1, 0, 's', 'F', 'Q3', ''),
    ('2026-03-03 08:03Z', 53, 2, 2, 1, 0, 0, 2, 2, 0, 2, 104, 0, 0, '2026-03-03', 1, 1, 1, 1, 1, 1, 19, -1, 0, 's', 'F', 'Q3', ''),
    ('2026-03-03 08:03Z', 53, 2, 2, 1, 0, 0, 2, 2, 0, 2, 0, 0, 0, '2026-03-03', 1, 1, 1, 1, 1, 1, 19, 1, 0, 's', 'D', 'Q3', ''),
    ('2026-03-03 08:04Z', 54, 2, 2, 1, 0, 0, 2, 2, 0, 2, 106, 0, 0, '2026-03-03', 1, 1, 1, 1, 1, 1, 7, 1, 0, 's', 'Q', 'Q4', '');
INSERT INTO recipient VALUES (50, 'bob@a.example', 'a.example'), (51, 'eve@b.example', 'b.example');
-- One waits since 3 March, one since some minutes; one life has ended, only its beginning is not read yet.
INSERT INTO open_message (node_id, queue_id, first_at, began, lost, closed, last_at, message_id_hash, sender_known,
                          null_sender, stream_id, sasl_user_id, size_bytes, client_own, client_known, notification, forwarded)
    VALUES (2, 'Q4', '2026-03-03 08:04Z', true, false, false, '2026-03-07 11:00Z', 0, true, false, 2, 0, 0, true, true, false, false),
           (2, 'Q5', '2026-03-07 23:30Z', true, false, false, '2026-03-07 23:30Z', 0, true, false, 2, 0, 0, true, true, false, false),
           (2, 'Q6', '2026-03-03 08:04Z', false, false, true, '2026-03-07 11:00Z', 0, true, false, 2, 0, 0, true, true, false, false);
INSERT INTO open_recipient (node_id, queue_id, first_at, recipient_hash, original_hash, domain_id, provider_id, remote_host_id,
                            egress_id, signature_id, cohort, attempts, counted, deferred, blocked, direction, last_at,
                            address, reply)
    VALUES (2, 'Q4', '2026-03-03 08:04Z', 54, 0, 2, 2, 0, 2, 106, '2026-03-03', 9, true, true, false, 's', '2026-03-07 11:00Z', 'dan@b.example', ''),
           (2, 'Q5', '2026-03-07 23:30Z', 55, 0, 3, 2, 0, 2, 106, '2026-03-07', 1, true, true, false, 's', '2026-03-07 23:30Z', 'fay@c.example', ''),
           (2, 'Q6', '2026-03-03 08:04Z', 56, 0, 2, 2, 0, 2, 106, '2026-03-03', 9, true, true, false, 's', '2026-03-07 11:00Z', 'gil@b.example', '');
INSERT INTO rollup_sender VALUES (1, '2026-03-02', '2026-03-02', 1, 1, 1, 's', 'D', 9, 9, 9);

-- One message that two reports complain about, and one complaint that matches nothing.
INSERT INTO returned_mail VALUES
    (60, '\x01', 0, 9, 0, '2026-03-04 10:00Z', 'c', 'c', 'C', '', '', 0, 0, 600, '', 1, 1, 'complaint', 'abuse', '', '', 'arf', '', 1, 1),
    (60, '\x02', 0, 9, 0, '2026-03-04 11:00Z', 'c', 'c', 'C', '', '', 0, 0, 600, '', 1, 1, 'complaint', 'abuse', '', '', 'arf', '', 1, 1),
    (61, '\x03', 0, 9, 0, '2026-03-04 12:00Z', 'c', 'u', 'D', '', '', 0, 0, 601, '', 1, 1, 'complaint', 'abuse', '', '', 'arf', '', 1, 1);

INSERT INTO suppression (recipient_hash, scope, address, domain, kind, state, reason, origin, evidence, strikes, first_event,
                         last_event, expires_at, signature_id, diagnostic, rule, node_id, input_id, input_offset, provider_id,
                         changed_at)
    VALUES (50, 'global', 'bob@a.example', 'a.example', 'address', 'active', 'invalid_recipient', 'log', 'A', 1, '2026-03-02Z', '2026-03-02Z', NULL, 101, '550', 'r.one', 1, 1, 0, 1, '2026-03-02Z'),
           (62, 'global', 'old@a.example', 'a.example', 'address', 'active', 'mailbox_full', 'log', 'A', 3, '2026-01-02Z', '2026-02-02Z', '2026-03-04Z', 102, '552', 'r.two', 1, 1, 0, 1, '2026-02-02Z'),
           (63, 'stream:news', 'c@c.example', 'c.example', 'address', 'pending', 'complaint', 'arf', 'C', 1, '2026-03-04Z', '2026-03-04Z', NULL, 0, '', '', 1, 1, 0, 1, '2026-03-04Z');

-- node list item provider hour | hits own first last sample signature
INSERT INTO listing VALUES
    (1, 't_alive', '192.0.2.1', 11, '2026-03-07 10:00Z', 1, true,  '2026-03-07 10:05Z', '2026-03-07 10:05Z', '550 listed', 103),
    (1, 't_alive', '',          12, '2026-03-07 11:00Z', 1, false, '2026-03-07 11:05Z', '2026-03-07 11:05Z', '550 listed', 103),
    (1, 't_alive', '',          13, '2026-03-06 13:00Z', 1, false, '2026-03-06 13:05Z', '2026-03-06 13:05Z', '550 first', 103),
    (1, 't_alive', '',          13, '2026-03-06 20:00Z', 1, false, '2026-03-06 20:05Z', '2026-03-06 20:05Z', '550 second', 103),
    (1, 't_alive', '',          13, '2026-03-07 05:00Z', 1, false, '2026-03-07 05:05Z', '2026-03-07 05:05Z', '550 third', 103),
    (1, 't_alive', '',          14, '2026-03-07 09:00Z', 1, false, '2026-03-07 09:05Z', '2026-03-07 09:05Z', '550 listed', 103),
    (1, 't_alive', '192.0.2.1', 15, '2026-03-04 10:00Z', 2, true,  '2026-03-04 10:05Z', '2026-03-04 10:09Z', '550 listed', 103),
    (1, 't_alive', '192.0.2.1', 16, '2026-03-04 10:00Z', 2, true,  '2026-03-04 10:05Z', '2026-03-04 10:09Z', '550 listed', 103),
    (1, 't_dead',  '192.0.2.1', 17, '2026-03-07 10:00Z', 9, true,  '2026-03-07 10:05Z', '2026-03-07 10:09Z', '550 listed', 103),
    (1, 't_alive', '192.0.2.1', 18, '2026-03-07 10:00Z', 9, true,  '2026-03-07 10:05Z', '2026-03-07 10:09Z', '554 query refused', 108),
    (1, 't_alive', '192.0.2.1', 19, '2026-03-04 10:00Z', 25, true, '2026-03-04 10:05Z', '2026-03-04 10:09Z', '550 listed', 103),
    (1, 't_tenant', '',         20, '2026-03-07 10:00Z', 9, false, '2026-03-07 10:05Z', '2026-03-07 10:09Z', '550 listed', 103),
    (1, 't_alive', '192.0.2.1', 20, '2026-03-07 10:00Z', 0, true,  '2026-03-07 10:05Z', '2026-03-07 10:09Z', '550 taken back', 103);

INSERT INTO input_span VALUES
    (1, 1, 'postfix', '2026-03-02 00:00Z', '2026-03-02 23:00Z', 100, 40, 55, 5, 0),
    (2, 1, 'postfix', '2026-03-03 08:00Z', '2026-03-03 23:00Z', 100, 40, 60, 0, 1);
INSERT INTO mail_seen VALUES (9, '\x01', 'complaint', 'arf', '2026-03-04 10:00Z', 1), (10, '\x05', 'autoreply', 'autoreply', '2026-03-04 10:00Z', 1);
INSERT INTO quarantine VALUES (1, 77, 0, 'input', 'binary', '', 2, '2026-03-04 10:00Z');
INSERT INTO node_state (node_id, generation, newest_at, connections) VALUES (1, 1, '2026-03-07 12:00Z', ''), (2, 1, '2026-03-05 12:00Z', '');
COMMIT;
