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

-- case a delivery that has stood by now releases without being told again
SELECT failed('ann@example.org', '2026-03-01 10:00', 'invalid_recipient');
SELECT delivered('ann@example.org', '2026-03-05 10:00');
-- then 2026-03-06 09:00
-- run 2026-03-06 10:01
-- | ann@example.org global released invalid_recipient 1 forever delivered

-- case failures at two receivers on two days by two streams are two strikes of one address
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox', 'news');
SELECT failed('ann@example.org', '2026-03-03 10:00', 'inactive_mailbox', 'trans-orders');
-- run 2026-03-20
-- | ann@example.org global active inactive_mailbox 2 2026-08-30

-- case of two reasons the one that lasts longer is shown
SELECT failed('ann@example.org', '2026-03-01 10:00', 'inactive_mailbox', 'news', 'A', '', 'mx1', 'mailbox moved');
SELECT failed('ann@example.org', '2026-03-03 10:00', 'invalid_recipient');
-- run 2026-03-20
-- | ann@example.org global active invalid_recipient 1 forever

-- case a domain entry released by an operator wants new failures
SELECT failed('ann@gone.example', '2026-03-01 10:00', 'domain_not_found');
SELECT failed('ben@gone.example', '2026-03-03 10:00', 'domain_not_found');
SELECT healthy('2026-03-01 10:30', 30), healthy('2026-03-03 10:30', 30);
-- then 2026-03-04
UPDATE suppression SET state = 'released', state_cause = 'operator';
INSERT INTO suppression_history SELECT recipient_hash, 'global', '2026-03-04', 'release', 'released', reason, 'operator', '', '2026-03-04' FROM suppression;
SELECT failed('cat@gone.example', '2026-03-05 10:00', 'domain_not_found');
SELECT healthy('2026-03-05 10:30', 30);
-- run 2026-03-20
-- | @gone.example global released domain_not_found 2 2026-06-01 operator

-- case an expired entry that fails again is in force again
SELECT failed('ann@example.org', '2026-03-01 10:00', 'mailbox_full');
SELECT failed('ann@example.org', '2026-03-08 10:00', 'mailbox_full');
SELECT failed('ann@example.org', '2026-03-15 10:00', 'mailbox_full');
-- then 2026-05-01
SELECT failed('ann@example.org', '2026-05-02 10:00', 'mailbox_full');
-- run 2026-05-03
-- | ann@example.org global active mailbox_full 4 2026-06-01
