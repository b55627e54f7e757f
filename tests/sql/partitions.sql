-- What sql/migrations promise in SQL itself: day partitions of event, and sums of bucket lists. Run by pg_prove.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET search_path = rebound, public;
SELECT plan(16);

SELECT is(event_day_name('2024-02-29'), 'event_20240229', 'a partition is named by its day');
SELECT is(event_day_name('2024-02-29', 'time'), 'event_20240229_time', 'and what hangs on it by day and part');

SELECT is(event_days_ensure(ARRAY['2024-02-29', '2024-02-28', '2024-02-29']::date[]), 2::bigint, 'doubles are made once');
SELECT is(event_days_ensure(ARRAY['2024-02-29', '2024-03-01']::date[]), 1::bigint, 'what is there is left alone');
SELECT is(event_days_ensure('{}'), 0::bigint, 'no day, nothing to do');
SELECT ok(event_day_exists('2024-02-29') AND NOT event_day_exists('2024-03-02'), 'days are found again');

SET LOCAL timezone = 'Pacific/Auckland';
SELECT is(event_days_ensure(ARRAY['2024-06-01']::date[]), 1::bigint, 'a session in another zone makes days too');
SET LOCAL timezone = 'UTC';
SELECT is(pg_get_expr(relpartbound, oid), $$FOR VALUES FROM ('2024-06-01 00:00:00+00') TO ('2024-06-02 00:00:00+00')$$,
          'whose days are days of UTC') FROM pg_class WHERE relname = 'event_20240601';

SELECT event_day_index('2024-02-29', 'time');
SELECT has_index('rebound', 'event_20240229', 'event_20240229_time', 'a day gets its BRIN index when asked');
SELECT event_day_index('2024-02-29', 'recipient'), event_day_index('2024-02-29', 'recipient');
SELECT has_index('rebound', 'event_20240229', 'event_20240229_recipient', ARRAY['recipient_hash'], 'and others when asked');
SELECT lives_ok($$SELECT event_day_index('1999-01-01', 'queue')$$, 'a day that is not there needs none');
SELECT hasnt_index('rebound', 'event', 'event_time', 'event itself has none');

SELECT ok(event_day_drop('2024-06-01'), 'a day can be dropped');
SELECT ok(NOT event_day_drop('2024-06-01'), 'once');

SELECT is(add_counts('{1,2,3}', '{10,20,30}'), '{11,22,33}'::bigint[], 'bucket lists add up');
SELECT is(add_counts('{1}', '{10,20}'), '{11,20}'::bigint[], 'also when one is longer');

SELECT * FROM finish();
ROLLBACK;
