-- One program at a time changes the schema; the lock goes with the transaction. A migration may take its time.
SET LOCAL statement_timeout = 0;
LOCK TABLE schema_migration IN EXCLUSIVE MODE;
