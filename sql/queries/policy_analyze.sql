-- So that the planner knows a large run from a small one.
ANALYZE policy_work, policy_delivery, policy_strike, policy_touched;
