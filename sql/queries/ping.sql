-- Answers one row: is the server there?
SELECT 1 AS alive;
