-- Sets what is set once for ever: the first one wins.
--   $1 name text   $2 value text
INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING;
