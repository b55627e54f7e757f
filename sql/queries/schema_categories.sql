-- The shipped categories; rows that are no longer shipped stay, since history speaks of them.
--   $1 category text[]   $2 fault text[]   $3 severity text[]   $4 class "char"[]   $5 title text[]   $6 advice text[]
INSERT INTO category (category, fault, severity, class, title, advice)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
ON CONFLICT (category) DO UPDATE
SET fault = excluded.fault, severity = excluded.severity, class = excluded.class,
    title = excluded.title, advice = excluded.advice;
