-- Complaints, guards and operators' decisions. How a case reads: suppress_policy.sql.

-- case a complaint lists for its stream, for good
SELECT complained('ann@example.org', '2026-03-01 10:00');
-- run 2026-03-20
-- | ann@example.org stream:news active complaint 1 forever

-- case a complaint of an unknown stream stands for all that are not transactional
SELECT complained('ann@example.org', '2026-03-01 10:00', 'abuse', '');
-- run 2026-03-20
-- | ann@example.org stream:* active complaint 1 forever

-- case an opt-out is an unsubscribe
SELECT complained('ann@example.org', '2026-03-01 10:00', 'opt-out');
-- run 2026-03-20
-- | ann@example.org stream:news active unsubscribe 1 forever

-- case fraud and virus reports alert only
SELECT complained('ann@example.org', '2026-03-01 10:00', 'fraud');
SELECT complained('ben@example.org', '2026-03-01 10:00', 'virus');
-- run 2026-03-20

-- case not-spam takes the complaint about the same message back
SELECT complained('ann@example.org', '2026-03-01 10:00');
SELECT complained('ann@example.org', '2026-03-02 10:00', 'not-spam');
-- run 2026-03-20
-- | ann@example.org stream:news released complaint 1 forever not-spam

-- case a complaint without evidence counts for its stream
SELECT complained('ann@example.org', '2026-03-01 10:00', 'abuse', 'news', 'D');
-- run 2026-03-20
-- | ann@example.org stream:news active complaint 1 forever

-- case complaints without evidence are capped
SELECT complained('u' || i || '@example.org', '2026-03-01 10:00'::timestamptz + i * interval '1 minute', 'abuse', 'news', 'D') FROM generate_series(1, 52) i WHERE i % 2 = 0;
SELECT complained('u' || i || '@example.org', '2026-03-01 10:00'::timestamptz + i * interval '1 minute', 'abuse', 'news', 'D') FROM generate_series(1, 52) i WHERE i % 2 = 1;
-- run 2026-03-20
-- only pending
-- | u51@example.org stream:news pending complaint 1 forever unverified
-- | u52@example.org stream:news pending complaint 1 forever unverified

-- case provider incident: known-good addresses turning hard together are held
SELECT delivered('g' || i || '@example.org', '2026-02-20 10:00') FROM generate_series(1, 3) i;
SELECT failed('g' || i || '@example.org', '2026-03-01 10:00'::timestamptz + i * interval '10 minutes', 'invalid_recipient', 'news', 'A', 'bigmail') FROM generate_series(1, 3) i;
SELECT failed('n' || i || '@other' || i || '.example', '2026-03-01 10:30', 'invalid_recipient', 'news', 'A', 'bigmail') FROM generate_series(1, 7) i;
SELECT failed('far@example.com', '2026-03-01 10:30', 'invalid_recipient', 'news', 'A', 'elsewhere');
SELECT failed('late@example.com', '2026-03-01 13:30', 'invalid_recipient', 'news', 'A', 'bigmail');
-- run 2026-03-20
-- | far@example.com global active invalid_recipient 1 forever
-- | late@example.com global active invalid_recipient 1 forever
-- | n1@other1.example global pending invalid_recipient 1 forever incident
-- | n2@other2.example global pending invalid_recipient 1 forever incident
-- | n3@other3.example global pending invalid_recipient 1 forever incident
-- | n4@other4.example global pending invalid_recipient 1 forever incident
-- | n5@other5.example global pending invalid_recipient 1 forever incident
-- | n6@other6.example global pending invalid_recipient 1 forever incident
-- | n7@other7.example global pending invalid_recipient 1 forever incident

-- case three known-good among many new hards are no incident
SELECT delivered('g' || i || '@example.org', '2026-02-20 10:00') FROM generate_series(1, 3) i;
SELECT failed('g' || i || '@example.org', '2026-03-01 10:30', 'invalid_recipient', 'news', 'A', 'bigmail') FROM generate_series(1, 3) i;
SELECT failed('n' || i || '@other' || i || '.example', '2026-03-01 10:30', 'invalid_recipient', 'news', 'A', 'bigmail') FROM generate_series(1, 8) i;
-- run 2026-03-20
-- count active 8

-- case an incident at a recipient domain, without a known provider
SELECT delivered('g' || i || '@example.org', '2026-02-20 10:00') FROM generate_series(1, 3) i;
SELECT failed('g' || i || '@example.org', '2026-03-01 10:30', 'invalid_recipient') FROM generate_series(1, 3) i;
SELECT failed('g' || i || '@example.org', '2026-03-03 10:30', 'invalid_recipient') FROM generate_series(1, 3) i;
SELECT failed('new@example.org', '2026-03-01 10:31', 'invalid_recipient');
-- run 2026-03-20
-- count pending 4

-- case strikes taken while we were listed at that provider are lifted
SELECT blocked('bigmail', '2026-03-01 09:00');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'news', 'A', 'bigmail');
SELECT failed('ben@example.org', '2026-03-03 10:00', 'invalid_recipient', 'news', 'A', 'bigmail');
SELECT failed('cat@example.org', '2026-03-01 10:00', 'invalid_recipient', 'news', 'A', 'elsewhere');
-- run 2026-03-20
-- | ann@example.org global released invalid_recipient 1 forever listing
-- | ben@example.org global active invalid_recipient 1 forever
-- | cat@example.org global active invalid_recipient 1 forever

-- case one hit that names nothing of ours is no listing
SELECT blocked('bigmail', '2026-03-01 09:00', 1, false);
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'news', 'A', 'bigmail');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 1 forever

-- case three hits in a day are
SELECT blocked('bigmail', '2026-03-01 07:00', 1, false);
SELECT blocked('bigmail', '2026-03-01 09:00', 1, false);
SELECT blocked('bigmail', '2026-03-01 11:00', 1, false);
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'news', 'A', 'bigmail');
-- run 2026-03-20
-- | ann@example.org global released invalid_recipient 1 forever listing

-- case the daily cap holds what comes after it
SELECT failed('u' || to_char(i, 'FM0000') || '@d' || i || '.example', '2026-03-01 10:00'::timestamptz + i * interval '1 second', 'invalid_recipient') FROM generate_series(1, 503) i WHERE i > 200;
SELECT failed('u' || to_char(i, 'FM0000') || '@d' || i || '.example', '2026-03-01 10:00'::timestamptz + i * interval '1 second', 'invalid_recipient') FROM generate_series(1, 200) i;
-- run 2026-03-20
-- only pending
-- | u0501@d501.example global pending invalid_recipient 1 forever cap
-- | u0502@d502.example global pending invalid_recipient 1 forever cap
-- | u0503@d503.example global pending invalid_recipient 1 forever cap

-- case protected domains are never listed, nor what is below them
-- protect vip.example
SELECT failed('ann@vip.example', '2026-03-01 10:00', 'invalid_recipient');
SELECT failed('boss@mail.vip.example', '2026-03-01 10:00', 'invalid_recipient');
SELECT failed('boss@notvip.example', '2026-03-01 10:00', 'invalid_recipient');
-- run 2026-03-20
-- | boss@notvip.example global active invalid_recipient 1 forever

-- case released by an operator it stays released for the same evidence
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
-- then 2026-03-02
SELECT decided('release', 'ann@example.org', '2026-03-02 12:00', '2026-03-02 12:00');
-- run 2026-03-20
-- | ann@example.org global released invalid_recipient 1 forever operator

-- case failing again after a release it is listed for good
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'trans-orders');
-- then 2026-03-02
SELECT decided('release', 'ann@example.org', '2026-03-02 12:00', '2026-03-02 12:00');
SELECT failed('ann@example.org', '2026-03-10 10:00', 'invalid_recipient', 'trans-orders');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 1 forever

-- case confirmed by an operator it is no longer held
SELECT delivered('g' || i || '@example.org', '2026-02-20 10:00') FROM generate_series(1, 3) i;
SELECT failed('g' || i || '@example.org', '2026-03-01 10:30', 'invalid_recipient') FROM generate_series(1, 3) i;
SELECT failed('new@example.org', '2026-03-01 10:31', 'invalid_recipient');
-- then 2026-03-02
SELECT decided('confirm', 'new@example.org', '2026-03-02 12:00', '2026-03-01 10:31');
-- run 2026-03-20
-- | new@example.org global active invalid_recipient 1 forever

-- case what an operator added stays
SELECT failed('ann@example.org', '2026-03-01 10:00', 'mailbox_full');
INSERT INTO suppression SELECT h('ann@example.org'), 'global', 'ann@example.org', 'example.org', 'address', 'active', 'manual', 'manual', NULL, 0, NULL, NULL, NULL, 0, '', '', 0, 0, 0, 0, '2026-02-01';
-- run 2026-03-20
-- | ann@example.org global active manual 0 forever

-- case hosts of no known provider share no roof: neither an incident nor a listing there concerns others
SELECT delivered('g' || i || '@own' || i || '.example', '2026-02-20 10:00') FROM generate_series(1, 3) i;
SELECT failed('g' || i || '@own' || i || '.example', '2026-03-01 10:30', 'invalid_recipient', 'news', 'A', 'other') FROM generate_series(1, 3) i;
SELECT blocked('other', '2026-03-01 09:00');
SELECT failed('new@example.org', '2026-03-01 10:31', 'invalid_recipient', 'news', 'A', 'other');
-- run 2026-03-20
-- | new@example.org global active invalid_recipient 1 forever

-- case a listing that becomes known later lifts what was listed before
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'news', 'A', 'bigmail');
-- then 2026-03-02
SELECT blocked('bigmail', '2026-03-01 09:00');
-- run 2026-03-20
-- | ann@example.org global released invalid_recipient 1 forever listing
