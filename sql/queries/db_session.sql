-- The first statement on every connection: what our queries rely on, whatever the server's own settings are.
SELECT set_config('search_path', 'rebound, pg_catalog', false),
       set_config('TimeZone', 'UTC', false),
       set_config('DateStyle', 'ISO, YMD', false),
       set_config('IntervalStyle', 'postgres', false),
       set_config('bytea_output', 'hex', false),
       set_config('extra_float_digits', '1', false),
       set_config('standard_conforming_strings', 'on', false),
       set_config('plan_cache_mode', 'force_custom_plan', false), -- windows and arrays differ from call to call
       set_config('statement_timeout', '15min', false),
       set_config('lock_timeout', '60s', false),
       set_config('idle_in_transaction_session_timeout', '0', false);
