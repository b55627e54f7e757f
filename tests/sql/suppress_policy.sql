-- Cases of the suppression policy. A case is: facts (one a line), "-- run TIME", and the list expected then, one "-- |" line
-- an entry: address scope state reason strikes expiry [why not active]. Every case without "-- then" is also tried with its
-- facts in other orders and with runs in between: the list must be the same.

-- case one hard failure of an unknown address lists it for good
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
-- run 2026-03-02
-- | ann@example.org global active invalid_recipient 1 forever

-- case a transactional stream lists for 180 days
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'trans-orders');
-- run 2026-03-02
-- | ann@example.org global active invalid_recipient 1 2026-08-28

-- case a known-good address wants two failures
SELECT delivered('ann@example.org', '2026-02-01 10:00');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
-- run 2026-03-20

-- case a known-good address with two failures a day apart is listed
SELECT delivered('ann@example.org', '2026-02-01 10:00');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
SELECT failed('ann@example.org', '2026-03-02 11:00', 'invalid_recipient');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 2 forever

-- case two failures across midnight but hours apart are not a day apart
SELECT delivered('ann@example.org', '2026-02-01 10:00');
SELECT failed('ann@example.org', '2026-03-01 22:00', 'invalid_recipient');
SELECT failed('ann@example.org', '2026-03-02 02:00', 'invalid_recipient');
-- run 2026-03-20

-- case known-good ends after 90 days
SELECT delivered('ann@example.org', '2025-11-01 10:00');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 1 forever

-- case a delivery that bounced later does not make an address known-good
SELECT delivered('ann@example.org', '2026-02-01 10:00');
SELECT bounced('ann@example.org', '2026-02-01 10:00', '2026-02-01 12:00', 'invalid_recipient');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 1 forever

-- case a delivery taken back by restating does not count
SELECT delivered('ann@example.org', '2026-02-01 10:00');
SELECT delivered('ann@example.org', '2026-02-01 10:00', 'm', 'mx1', -1);
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 1 forever

-- case a hand-over to a smarthost proves nothing
SELECT fact('ann@example.org', '2026-02-01 10:00', 'H', 'm1');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 1 forever

-- case a strike taken back by restating is none
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'news', 'A', '', 'mx1', '', -1);
-- run 2026-03-20

-- case a delivery after the failure releases
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
SELECT delivered('ann@example.org', '2026-03-05 10:00');
-- run 2026-03-20
-- | ann@example.org global released invalid_recipient 1 forever delivered

-- case a delivery counts only after it stood 24 hours
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
SELECT delivered('ann@example.org', '2026-03-05 10:00');
-- run 2026-03-06 09:00
-- | ann@example.org global active invalid_recipient 1 forever

-- case unverified bounces never strike
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient', 'news', 'D');
-- run 2026-03-20

-- case a suspended mailbox wants two in a row
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox');
-- run 2026-03-20

-- case two in a row for a suspended mailbox
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'inactive_mailbox');
-- run 2026-03-20
-- | ann@example.org global active inactive_mailbox 2 2026-09-04

-- case two failures with a delivery between them are not in a row
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox');
SELECT delivered('ann@example.org', '2026-03-04 10:00');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'inactive_mailbox');
-- run 2026-03-20

-- case a delivery that bounced does not break the row
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox');
SELECT delivered('ann@example.org', '2026-03-04 10:00');
SELECT bounced('ann@example.org', '2026-03-04 10:00', '2026-03-04 11:00', 'inactive_mailbox');
-- run 2026-03-20
-- | ann@example.org global active inactive_mailbox 2 2026-08-31

-- case an account that is closed is listed at once
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox', 'news', 'A', '', 'mx1', 'this account has been closed');
-- run 2026-03-20
-- | ann@example.org global active inactive_mailbox 1 2026-08-28

-- case a closed account that was known-good wants two
SELECT delivered('ann@example.org', '2026-02-20 10:00');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox', 'news', 'A', '', 'mx1', 'this account has been closed');
-- run 2026-03-20

-- case strikes go stale after 180 days
SELECT failed('ann@example.org', '2025-06-01 10:00', 'inactive_mailbox');
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox');
-- run 2026-03-20

-- case an entry expires by the clock
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'inactive_mailbox');
-- run 2026-10-01
-- | ann@example.org global expired inactive_mailbox 2 2026-09-04

-- case a full mailbox wants three over two weeks
SELECT failed('ann@example.org', '2026-03-01 10:00', 'mailbox_full');
SELECT failed('ann@example.org', '2026-03-05 10:00', 'mailbox_full');
SELECT failed('ann@example.org', '2026-03-10 10:00', 'mailbox_full');
-- run 2026-03-20

-- case three over two weeks list a full mailbox for 30 days
SELECT failed('ann@example.org', '2026-03-01 10:00', 'mailbox_full');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'mailbox_full');
SELECT failed('ann@example.org', '2026-03-15 10:00', 'mailbox_full');
-- run 2026-03-20
-- | ann@example.org global active mailbox_full 3 2026-04-14

-- case several failures of one day are one strike
SELECT failed('ann@example.org', '2026-03-01 10:00', 'mailbox_full');
SELECT failed('ann@example.org', '2026-03-01 12:00', 'mailbox_full', 'other');
SELECT failed('ann@example.org', '2026-03-15 10:00', 'mailbox_full');
-- run 2026-03-20

-- case blocks, content, our own refusals and everything else never list
SELECT failed('ann@example.org', '2026-03-01 10:00', 'blocklisted');
SELECT failed('ben@example.org', '2026-03-01 10:00', 'suppressed');
SELECT failed('cat@example.org', '2026-03-01 10:00', 'spam_content');
SELECT failed('dan@example.org', '2026-03-01 10:00', 'unclassified');
SELECT failed('eve@example.org', '2026-03-01 10:00', 'policy_rejected');
-- run 2026-03-20

-- case repeated expiry lists when the node worked otherwise
SELECT failed('ann@example.org', '2026-03-01 10:00', 'timeout_expired');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'connection_failed');
SELECT failed('ann@example.org', '2026-03-15 10:00', 'dns_failure');
SELECT healthy('2026-03-01 12:00', 10), healthy('2026-03-08 12:00', 10), healthy('2026-03-15 12:00', 10);
-- run 2026-03-20
-- | ann@example.org global active timeout_expired 3 2026-04-14

-- case repeated expiry of a small sender: three other domains are enough
SELECT failed('ann@example.org', '2026-03-01 10:00', 'timeout_expired');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'timeout_expired');
SELECT failed('ann@example.org', '2026-03-15 10:00', 'timeout_expired');
SELECT healthy('2026-03-01 12:00', 3), healthy('2026-03-08 12:00', 3), healthy('2026-03-15 12:00', 3);
-- run 2026-03-20
-- | ann@example.org global active timeout_expired 3 2026-04-14

-- case repeated expiry while the node reached nobody is our network
SELECT failed('ann@example.org', '2026-03-01 10:00', 'timeout_expired');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'timeout_expired');
SELECT failed('ann@example.org', '2026-03-15 10:00', 'timeout_expired');
SELECT healthy('2026-03-01 12:00', 10), healthy('2026-03-08 12:00', 2), healthy('2026-03-15 12:00', 10);
-- run 2026-03-20

-- case a dead domain: two failures a day apart, whoever was mailed
SELECT failed('ann@gone.example', '2026-03-01 10:00', 'domain_not_found');
SELECT failed('ben@gone.example', '2026-03-03 10:00', 'domain_not_found');
SELECT healthy('2026-03-01 10:30', 30), healthy('2026-03-03 10:30', 30);
-- run 2026-03-20
-- | @gone.example global active domain_not_found 2 2026-06-01

-- case a domain that took mail since is alive
SELECT failed('ann@gone.example', '2026-03-01 10:00', 'no_mail_service');
SELECT failed('ben@gone.example', '2026-03-03 10:00', 'no_mail_service');
SELECT delivered('cat@gone.example', '2026-03-05 10:00');
SELECT healthy('2026-03-01 10:30', 30), healthy('2026-03-03 10:30', 30);
-- run 2026-03-20
-- | @gone.example global released no_mail_service 2 2026-06-01 delivered

-- case dead domains while our resolver was ill are not dead
SELECT failed('ann@gone.example', '2026-03-01 10:00', 'domain_not_found');
SELECT failed('ben@gone.example', '2026-03-03 10:00', 'domain_not_found');
SELECT healthy('2026-03-01 10:30', 30), healthy('2026-03-03 10:30', 30);
SELECT fact('x@ill1.example', '2026-03-03 10:10', 'Q', 'q1', 'dns_failure'), a_signature('dns_failure');
SELECT fact('x@ill2.example', '2026-03-03 10:10', 'Q', 'q2', 'dns_failure');
-- run 2026-03-20

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
