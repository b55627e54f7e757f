-- Names that somebody else chose: markup, formulas, escape sequences, quotes. Counts of week.sql stay what they are.
BEGIN;
INSERT INTO stream VALUES (31, '<img src=x onerror=alert(1)>', 'bulk'), (32, '@SUM(A1)', 'bulk'), (33, 'a "quoted", name', 'bulk'),
    (34, '-5', 'bulk'), (35, E'clear\x1b[2Jscreen', 'bulk'), (36, E'\u202Eright to left', 'bulk'), (37, '</script><b>bold</b>', 'bulk');
-- One suppressed message each: it takes part in no rate, but shows the stream.
INSERT INTO rollup_hour
SELECT 1, '2026-03-02 09:00Z', '2026-03-02', 1, 1, s, 's', 'S', 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0 FROM generate_series(31, 37) AS s;
UPDATE signature SET sample = sample || ' <b>bold</b>' WHERE signature_id = 101;
UPDATE blocklist SET delist_url = 'javascript:alert(1)' WHERE blocklist = 't_dead';
COMMIT;
