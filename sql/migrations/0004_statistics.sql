-- A planner that knows nothing of a table takes minutes for what takes milliseconds: fresh days and fresh tables get
-- statistics at the end of the run that filled them, not when autovacuum comes by. Cheap when nothing grew much.
CREATE FUNCTION statistics_ensure() RETURNS bigint
    LANGUAGE plpgsql SET search_path = rebound, pg_catalog SET default_statistics_target = 5 AS $$
DECLARE
    found record;
    done bigint := 0;
BEGIN
    FOR found IN
        SELECT c.relname, c.relispartition
          FROM pg_class c
         WHERE c.relnamespace = 'rebound'::regnamespace AND c.relkind = 'r'
           AND pg_relation_size(c.oid) > 0
           AND (c.reltuples < 0 OR pg_relation_size(c.oid) / 8192 > 2 * c.relpages + 16)
         ORDER BY c.relname
    LOOP
        IF found.relispartition THEN
            EXECUTE format('ANALYZE %I (recipient_hash, message_id_hash, occurred_at, outcome, direction)', found.relname);
        ELSE
            EXECUTE format('ANALYZE %I', found.relname);
        END IF;
        done := done + 1;
    END LOOP;
    RETURN done;
END $$;
