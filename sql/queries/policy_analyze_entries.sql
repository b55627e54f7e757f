-- So that the planner does not hold many entries for the few of the last run.
ANALYZE policy_entry;
