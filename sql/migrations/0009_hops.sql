-- Messages that pass several relays of ours: what is told by the last hop counts, the hand-overs before it do not.
--
-- A hand-over is a row of outcome D or H whose next hop is a relay that we have the log of. That is found by what the next
-- hop said ("queued as X") and what its own log shows: a message under that queue id, for the same recipient, that came in
-- within half an hour of the hand-over, and whose Message-ID (where both tell one) is the same. A service's events (its node
-- reads no log of ours but what it posts) are found by the id it gave, or by Message-ID where it gives none.
--
-- Rows of event say what was done to them, so that it can be taken back. attempt_flags:
--   512   its direction was s until a hand-over was found in another log; it is h now
--   1024  ... and it was f (also on hand-overs that their address shows, which have no 512)
--   2048  its outcome was H, the 250 of a smarthost, until a bounce of it came: it is D now, and failed later (A)

-- From when to when rows came in whose hand-overs were not looked for yet: written with the batch, gone when it is done
-- unless its version moved on meanwhile.
CREATE TABLE hop_due (
    node_id bigint PRIMARY KEY, from_at timestamptz NOT NULL, to_at timestamptz NOT NULL, version bigint NOT NULL);

-- What one look found to be told anew, and the rows of the lives concerned, life by life; empty between looks.
CREATE UNLOGGED TABLE hop_change (
    node_id bigint NOT NULL, number bigint NOT NULL, life bigint NOT NULL, kind "char" NOT NULL, queue_id text NOT NULL,
    message_id_hash bigint NOT NULL, recipient_hash bigint NOT NULL, at timestamptz, handed boolean NOT NULL,
    stream_id bigint NOT NULL, sasl_user_id bigint NOT NULL, began_as "char" NOT NULL, again boolean NOT NULL,
    PRIMARY KEY (node_id, number));
CREATE INDEX hop_change_life ON hop_change (life);
CREATE UNLOGGED TABLE hop_row (
    LIKE event, life bigint NOT NULL, number bigint NOT NULL, PRIMARY KEY (recipient_hash, number));
CREATE INDEX hop_row_life ON hop_row (life);

-- Nodes that are services which we hand mail to: their "log" is the events they post.
CREATE VIEW service_node AS
SELECT node_id FROM node WHERE instance IN ('ses', 'sendgrid', 'mailgun', 'postmark', 'sparkpost', 'postal');

-- What the hop before was told as a queue id: OpenSMTPD names the message (its envelopes' first half), and services give one
-- id for all recipients ("id/recipient" here).
CREATE FUNCTION hop_key(queue_id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN length(queue_id) = 16 AND queue_id ~ '^[0-9a-f]+$' THEN left(queue_id, 8)
                ELSE split_part(queue_id, '/', 1) END;

-- Whether a next hop's name is that of a node: the whole name, or its first label where one of the two has no more.
CREATE FUNCTION is_named(remote text, host text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN strpos(remote, '.') > 0 AND strpos(host, '.') > 0 THEN lower(remote) = lower(host)
                ELSE split_part(lower(remote), '.', 1) = split_part(lower(host), '.', 1) END;

-- As in 0002, with one more: hop, what a hand-over's next hop called it, for events that come days later.
CREATE OR REPLACE FUNCTION event_day_index(day date, which text) RETURNS void
    LANGUAGE plpgsql SET search_path = rebound, pg_catalog AS $$
DECLARE
    column_name text := CASE which WHEN 'recipient' THEN 'recipient_hash' WHEN 'message' THEN 'message_id_hash'
                                   WHEN 'queue' THEN 'queue_id' WHEN 'hop' THEN 'next_queue_id' END;
    part text := CASE which WHEN 'hop' THEN ' WHERE direction = ''h'' OR outcome = ''H''' ELSE '' END;
BEGIN
    IF event_day_exists(day) AND to_regclass(event_day_name(day, which)) IS NULL THEN
        IF which = 'time' THEN
            EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I USING brin (occurred_at) WITH (pages_per_range = 32)',
                           event_day_name(day, which), event_day_name(day));
        ELSE
            EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (%I)%s',
                           event_day_name(day, which), event_day_name(day), column_name, part);
        END IF;
    END IF;
EXCEPTION WHEN unique_violation OR duplicate_table THEN
    RETURN; -- another program made it meanwhile
END $$;
