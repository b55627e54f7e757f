-- So that the planner knows a large run from a small one. Compiling plans over many days takes longer than they run.
SET LOCAL work_mem = '64MB';
SET LOCAL jit = off;
ANALYZE reclassification;
