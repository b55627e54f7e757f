-- Last of the seal's transaction: from now on new facts of this day go to the roll-ups by domain and sender at once.
--   $1 day
INSERT INTO sealed_day (day) VALUES ($1) ON CONFLICT (day) DO NOTHING;
