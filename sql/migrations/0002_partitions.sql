-- Day partitions of event, made on demand by the program before a batch needs them. A partition is made as a table of
-- its own and attached then: ATTACH takes a lock that running COPYs into other days do not feel.
--
-- Two programs may ask for one day at once: they queue up at event, and the second finds the day there.

-- event_20260303, for a day and for what hangs on it ("event_20260303_recipient").
CREATE FUNCTION event_day_name(day date, part text DEFAULT '') RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 'event_' || to_char(day, 'YYYYMMDD') || CASE WHEN part = '' THEN '' ELSE '_' || part END;

CREATE FUNCTION event_day_exists(day date) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = rebound, pg_catalog
    RETURN EXISTS (SELECT FROM pg_inherits
                    WHERE inhparent = 'event'::regclass AND inhrelid = to_regclass(event_day_name(day)));

-- Attaches one day; answers whether it was made here. Its indexes come when it is sealed or asked for: with a BRIN there
-- from the start a COPY takes a third longer.
CREATE FUNCTION event_day_add(day date) RETURNS boolean
    LANGUAGE plpgsql SET search_path = rebound, pg_catalog SET timezone = 'UTC' AS $$
BEGIN
    IF event_day_exists(day) THEN
        RETURN false;
    END IF;
    LOCK TABLE ONLY event IN SHARE UPDATE EXCLUSIVE MODE; -- what ATTACH takes, but before the name is claimed
    IF event_day_exists(day) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING DEFAULTS)', event_day_name(day));
    EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   event_day_name(day), day::timestamptz, (day + 1)::timestamptz);
    RETURN true;
END $$;

-- Makes what is missing of the given days; answers how many were made here.
CREATE FUNCTION event_days_ensure(days date[]) RETURNS bigint
    LANGUAGE sql SET search_path = rebound, pg_catalog
    RETURN (SELECT count(*) FILTER (WHERE event_day_add(day))
              FROM (SELECT DISTINCT d AS day FROM unnest(days) AS d ORDER BY d) AS wanted);

-- One index of a day: time (BRIN, on the partition, never on event itself), recipient (suppression, returned mail),
-- message and queue (tracing).
CREATE FUNCTION event_day_index(day date, which text) RETURNS void
    LANGUAGE plpgsql SET search_path = rebound, pg_catalog AS $$
DECLARE
    column_name text := CASE which WHEN 'recipient' THEN 'recipient_hash' WHEN 'message' THEN 'message_id_hash'
                                   WHEN 'queue' THEN 'queue_id' END;
BEGIN
    IF event_day_exists(day) AND to_regclass(event_day_name(day, which)) IS NULL THEN
        IF which = 'time' THEN
            EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I USING brin (occurred_at) WITH (pages_per_range = 32)',
                           event_day_name(day, which), event_day_name(day));
        ELSE
            EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (%I)',
                           event_day_name(day, which), event_day_name(day), column_name);
        END IF;
    END IF;
EXCEPTION WHEN unique_violation OR duplicate_table THEN
    RETURN; -- another program made it meanwhile
END $$;

-- Drops a day with its rows; answers whether it was there. For prune alone.
CREATE FUNCTION event_day_drop(day date) RETURNS boolean
    LANGUAGE plpgsql SET search_path = rebound, pg_catalog AS $$
BEGIN
    IF NOT event_day_exists(day) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', event_day_name(day));
    RETURN true;
END $$;
