-- One transaction at a time reads or joins returned mail: the row is the lock.
INSERT INTO setting (name, value) VALUES ('returned_mail', 'lock')
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
