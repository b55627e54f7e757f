-- Takes what is due. Writers that are under way are waited for, later ones wait for the end of this run: a strike is
-- either read by this run or leaves its row for the next.
SET LOCAL work_mem = '64MB';
SET LOCAL jit = off; -- compiling plans over many days takes longer than they run
LOCK TABLE policy_due IN EXCLUSIVE MODE;
INSERT INTO policy_work (recipient_hash, read_again) SELECT recipient_hash, true FROM policy_due
ON CONFLICT (recipient_hash) DO NOTHING;
DELETE FROM policy_due;
