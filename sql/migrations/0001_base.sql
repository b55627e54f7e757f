-- The whole schema's first state. Obeys the rules that let it run unchanged on one server and on a
-- cluster: ids are content hashes made by the client (bigint), every key but that of `event` holds the
-- distribution column, no sequences, triggers, foreign keys or default partitions.
--
-- One-letter codes ("char"), the same in event and in every roll-up:
--   outcome    D delivered   H handed_over (2xx by a smarthost)   Q deferred   F failed_sync   X expired
--              A failed_async (a bounce after 2xx)   S suppressed   E local_error   L lost   R rejected at our door
--   direction  s submitted   f forwarded   i inbound or local   h hand-over between own nodes   n our own notifications
--   tls        0 unknown 1 none 2 anonymous 3 untrusted 4 trusted 5 verified
-- Id 0 means "unknown" or "none" in every id column.

CREATE FUNCTION add_counts(a bigint[], b bigint[]) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY i)
              FROM unnest(a, b) WITH ORDINALITY AS t (x, y, i));

-- ---------------------------------------------------------------- reference tables: dictionaries and policy
CREATE TABLE setting (name text PRIMARY KEY, value text NOT NULL);

CREATE TABLE node (
    node_id bigint PRIMARY KEY, name text NOT NULL, host text NOT NULL, instance text NOT NULL);
CREATE TABLE egress (egress_id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE provider (
    provider_id bigint PRIMARY KEY, provider text NOT NULL, name text NOT NULL, kind text NOT NULL, roof text NOT NULL);
CREATE TABLE remote_host (remote_host_id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE domain (domain_id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE stream (stream_id bigint PRIMARY KEY, name text NOT NULL, kind text NOT NULL DEFAULT 'bulk');
CREATE TABLE sasl_user (sasl_user_id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE category (
    category text PRIMARY KEY, fault text NOT NULL, severity text NOT NULL, class "char" NOT NULL,
    title text NOT NULL, advice text NOT NULL);
CREATE TABLE blocklist (
    blocklist text PRIMARY KEY, name text NOT NULL, operator text NOT NULL, type text NOT NULL,
    status text NOT NULL, weight int NOT NULL, delist_url text NOT NULL);
-- What a failure means. The category sits here and only here: a rule change touches these rows.
CREATE TABLE signature (
    signature_id bigint PRIMARY KEY, masked text NOT NULL, reply_code int NOT NULL, enhanced_status text NOT NULL,
    phase text NOT NULL, provider_id bigint NOT NULL, category text NOT NULL, severity text NOT NULL,
    rule text NOT NULL, blocklist text NOT NULL, misconfigured boolean NOT NULL,
    sample text NOT NULL, sample_at timestamptz NOT NULL);
-- The only place where suppression numbers stand. listed_after: strikes until listed; span: what they must
-- stretch over; ttl NULL: for good; scope: global, stream.
CREATE TABLE policy (
    category text PRIMARY KEY, listed_after int NOT NULL, known_good_after int NOT NULL, min_gap interval NOT NULL,
    min_span interval NOT NULL, ttl interval, ttl_personal interval, scope text NOT NULL, kind text NOT NULL,
    needs_reset boolean NOT NULL);
-- Days whose deliveries are in rollup_domain and rollup_sender; other days are read from event.
CREATE TABLE sealed_day (day date PRIMARY KEY);

-- ---------------------------------------------------------------- facts, by recipient_hash
-- One row per attempt outcome, written once. weight -1 takes a row back (restating), so every sum is right.
-- attempt_flags: 1 this is an attempt   2 the first row of its message and recipient   4 its first deferral
--                8 its first reply of class B or naming a blocklist   16 final   32 delivered at the first attempt
--                64 its message began before the log we have   128 text was damaged and cleaned
--                256 the recipient was rewritten (orig_to)
CREATE TABLE event (
    occurred_at timestamptz NOT NULL,
    recipient_hash bigint NOT NULL,
    node_id bigint NOT NULL,
    egress_id bigint NOT NULL,
    input_id bigint NOT NULL,
    input_offset bigint NOT NULL,
    message_id_hash bigint NOT NULL,
    domain_id bigint NOT NULL,
    provider_id bigint NOT NULL,
    remote_host_id bigint NOT NULL,
    stream_id bigint NOT NULL,
    signature_id bigint NOT NULL,
    sasl_user_id bigint NOT NULL,
    size_bytes bigint NOT NULL,
    cohort date NOT NULL,
    delay_ms int,
    delay_queue_ms int,
    delay_active_ms int,
    delay_connect_ms int,
    delay_send_ms int,
    attempt int NOT NULL,
    attempt_flags smallint NOT NULL,
    weight smallint NOT NULL,
    tls smallint NOT NULL,
    direction "char" NOT NULL,
    outcome "char" NOT NULL,
    queue_id text NOT NULL,
    next_queue_id text NOT NULL
) PARTITION BY RANGE (occurred_at);

-- Each bounce or complaint, one row a recipient. state: w waits for its attempt   f made a failed_async event
-- k the failure was known   c counted complaint   u its match window is over   n nothing to join (delay, success ...)
CREATE TABLE returned_mail (
    recipient_hash bigint NOT NULL, mail_digest bytea NOT NULL, block int NOT NULL,
    input_id bigint NOT NULL, input_offset bigint NOT NULL,
    occurred_at timestamptz NOT NULL, kind "char" NOT NULL, state "char" NOT NULL, evidence "char",
    action text NOT NULL, enhanced_status text NOT NULL, reply_code int NOT NULL, signature_id bigint NOT NULL,
    message_id_hash bigint NOT NULL, queue_id text NOT NULL, domain_id bigint NOT NULL, provider_id bigint NOT NULL,
    category text NOT NULL, feedback_type text NOT NULL, reporting_mta text NOT NULL, remote_mta text NOT NULL,
    decoded_by text NOT NULL, diagnostic text NOT NULL, stream_id bigint NOT NULL, node_id bigint NOT NULL,
    PRIMARY KEY (recipient_hash, mail_digest, block));
CREATE INDEX returned_mail_state ON returned_mail (state, occurred_at);

-- One strike a recipient, day, signature and stream; in force while strikes > 0 (restating takes back).
CREATE TABLE strike (
    recipient_hash bigint NOT NULL, day date NOT NULL, signature_id bigint NOT NULL, stream_id bigint NOT NULL,
    strikes int NOT NULL, first_at timestamptz NOT NULL, node_id bigint NOT NULL, provider_id bigint NOT NULL,
    domain_id bigint NOT NULL, input_id bigint NOT NULL, input_offset bigint NOT NULL, origin text NOT NULL,
    evidence "char" NOT NULL, reply text NOT NULL,
    PRIMARY KEY (recipient_hash, day, signature_id, stream_id));
CREATE TABLE policy_due (recipient_hash bigint PRIMARY KEY);
CREATE TABLE last_delivery (recipient_hash bigint PRIMARY KEY, delivered_at timestamptz NOT NULL);
CREATE TABLE recipient (recipient_hash bigint PRIMARY KEY, address text NOT NULL, domain text NOT NULL);

CREATE TABLE suppression (
    recipient_hash bigint NOT NULL, scope text NOT NULL,
    address text NOT NULL, domain text NOT NULL, kind text NOT NULL, state text NOT NULL, reason text NOT NULL,
    origin text NOT NULL, evidence "char", strikes int NOT NULL, first_event timestamptz, last_event timestamptz,
    expires_at timestamptz, signature_id bigint NOT NULL, diagnostic text NOT NULL, rule text NOT NULL,
    node_id bigint NOT NULL, input_id bigint NOT NULL, input_offset bigint NOT NULL,
    provider_id bigint NOT NULL, changed_at timestamptz NOT NULL, note text NOT NULL DEFAULT '',
    PRIMARY KEY (recipient_hash, scope));
CREATE INDEX suppression_state ON suppression (state);
CREATE TABLE suppression_history (
    recipient_hash bigint NOT NULL, scope text NOT NULL, changed_at timestamptz NOT NULL, change text NOT NULL,
    state text NOT NULL, reason text NOT NULL, actor text NOT NULL, note text NOT NULL, last_event timestamptz,
    PRIMARY KEY (recipient_hash, scope, changed_at, change));

-- ---------------------------------------------------------------- progress, by input_id
CREATE TABLE input_position (
    input_id bigint PRIMARY KEY, first_line_hash bigint NOT NULL, ordinal int NOT NULL,
    position bigint NOT NULL, digest bytea NOT NULL, blocks bytea NOT NULL,
    format text NOT NULL, path text NOT NULL, device bigint NOT NULL, inode bigint NOT NULL,
    year int NOT NULL, month int NOT NULL, changed_at timestamptz NOT NULL);
CREATE INDEX input_position_first_line ON input_position (first_line_hash);
-- What an input said about a node: its time span (overlap check) and what became of its lines.
CREATE TABLE input_span (
    input_id bigint NOT NULL, node_id bigint NOT NULL, format text NOT NULL,
    first_at timestamptz NOT NULL, last_at timestamptz NOT NULL,
    lines bigint NOT NULL, events bigint NOT NULL, known bigint NOT NULL, unread bigint NOT NULL,
    oversized bigint NOT NULL,
    PRIMARY KEY (input_id, node_id));
-- Every mail read, once: input_id is made from its digest. tries counts parses that began.
CREATE TABLE mail_seen (
    input_id bigint NOT NULL, mail_digest bytea NOT NULL, kind text NOT NULL, decoded_by text NOT NULL,
    occurred_at timestamptz, tries int NOT NULL,
    PRIMARY KEY (input_id, mail_digest));
CREATE TABLE quarantine (
    content_hash bigint NOT NULL, input_id bigint NOT NULL, input_offset bigint NOT NULL, kind text NOT NULL,
    reason text NOT NULL, sample text NOT NULL, seen bigint NOT NULL, last_seen timestamptz NOT NULL,
    PRIMARY KEY (input_id, content_hash));

-- ---------------------------------------------------------------- by node_id
-- generation moves with every commit for the node (compare-and-set): two ingesters cannot both hold its open messages.
CREATE TABLE node_state (
    node_id bigint PRIMARY KEY, generation bigint NOT NULL, newest_at timestamptz NOT NULL, connections bytea NOT NULL);
-- A life: a queue id is used again, and logs may be read in any order, so its first line's time is part of its key.
-- began: that line was its true beginning. closed: it has left the queue, but its beginning was not read yet.
CREATE TABLE open_message (
    node_id bigint NOT NULL, queue_id text NOT NULL, first_at timestamptz NOT NULL, began boolean NOT NULL,
    lost boolean NOT NULL, closed boolean NOT NULL, last_at timestamptz NOT NULL, expired_at timestamptz,
    message_id_hash bigint NOT NULL, sender_known boolean NOT NULL,
    null_sender boolean NOT NULL, stream_id bigint NOT NULL, sasl_user_id bigint NOT NULL, size_bytes bigint NOT NULL,
    client_own boolean NOT NULL, client_known boolean NOT NULL, notification boolean NOT NULL, forwarded boolean NOT NULL,
    PRIMARY KEY (node_id, queue_id, first_at));
CREATE TABLE open_recipient (
    node_id bigint NOT NULL, queue_id text NOT NULL, first_at timestamptz NOT NULL, recipient_hash bigint NOT NULL,
    original_hash bigint NOT NULL,
    domain_id bigint NOT NULL, provider_id bigint NOT NULL, remote_host_id bigint NOT NULL, egress_id bigint NOT NULL,
    signature_id bigint NOT NULL, cohort date NOT NULL, attempts int NOT NULL, counted boolean NOT NULL,
    deferred boolean NOT NULL, blocked boolean NOT NULL, direction "char" NOT NULL,
    last_at timestamptz NOT NULL, address text NOT NULL, reply text NOT NULL,
    PRIMARY KEY (node_id, queue_id, first_at, recipient_hash, original_hash));

CREATE TABLE rollup_hour (
    node_id bigint NOT NULL, hour timestamptz NOT NULL, cohort date NOT NULL, egress_id bigint NOT NULL,
    provider_id bigint NOT NULL, stream_id bigint NOT NULL, direction "char" NOT NULL, outcome "char" NOT NULL,
    tls smallint NOT NULL,
    n bigint NOT NULL,                    -- rows
    attempts bigint NOT NULL,             -- of them attempts
    attempted bigint NOT NULL,            -- first row of a message and recipient
    first_deferred bigint NOT NULL,       -- its first deferral
    first_try_delivered bigint NOT NULL,
    final bigint NOT NULL,
    final_attempts bigint NOT NULL,       -- attempts that the final ones took
    blocked bigint NOT NULL,              -- its first reply of class B or naming a blocklist
    on_time_60s bigint NOT NULL,          -- delivered within 60 s of injection
    bytes bigint NOT NULL,
    PRIMARY KEY (node_id, hour, cohort, egress_id, provider_id, stream_id, direction, outcome, tls));
CREATE INDEX rollup_hour_cohort ON rollup_hour (cohort);
CREATE TABLE rollup_failure (
    node_id bigint NOT NULL, hour timestamptz NOT NULL, cohort date NOT NULL, egress_id bigint NOT NULL,
    provider_id bigint NOT NULL, stream_id bigint NOT NULL, direction "char" NOT NULL, outcome "char" NOT NULL,
    signature_id bigint NOT NULL, n bigint NOT NULL, attempts bigint NOT NULL, final bigint NOT NULL,
    PRIMARY KEY (node_id, hour, cohort, egress_id, provider_id, stream_id, direction, outcome, signature_id));
CREATE INDEX rollup_failure_cohort ON rollup_failure (cohort);
-- Delays of delivered mail, from the final line. phase: 0 all 1 before the queue manager 2 queue 3 connection 4 sending.
-- buckets[i] counts delays with width_bucket(ln(delay_ms + 1), 0, 13, 26) = i - 1.
CREATE TABLE rollup_delay (
    node_id bigint NOT NULL, hour timestamptz NOT NULL, cohort date NOT NULL, provider_id bigint NOT NULL,
    stream_id bigint NOT NULL, phase smallint NOT NULL, buckets bigint[] NOT NULL,
    PRIMARY KEY (node_id, hour, cohort, provider_id, stream_id, phase));
CREATE TABLE rollup_domain (
    node_id bigint NOT NULL, day date NOT NULL, cohort date NOT NULL, domain_id bigint NOT NULL,
    provider_id bigint NOT NULL, stream_id bigint NOT NULL, direction "char" NOT NULL, outcome "char" NOT NULL,
    signature_id bigint NOT NULL, n bigint NOT NULL, attempted bigint NOT NULL, final bigint NOT NULL,
    PRIMARY KEY (node_id, day, cohort, domain_id, provider_id, stream_id, direction, outcome, signature_id));
CREATE TABLE rollup_sender (
    node_id bigint NOT NULL, day date NOT NULL, cohort date NOT NULL, stream_id bigint NOT NULL,
    sasl_user_id bigint NOT NULL, provider_id bigint NOT NULL, direction "char" NOT NULL, outcome "char" NOT NULL,
    n bigint NOT NULL, attempted bigint NOT NULL, final bigint NOT NULL,
    PRIMARY KEY (node_id, day, cohort, stream_id, sasl_user_id, provider_id, direction, outcome));
-- Replies that name a blocklist, by hour, so that the state is worked out from sums and no reading order changes it.
CREATE TABLE listing (
    node_id bigint NOT NULL, blocklist text NOT NULL, listed_item text NOT NULL, provider_id bigint NOT NULL,
    hour timestamptz NOT NULL, hits bigint NOT NULL, own_item boolean NOT NULL,
    first_at timestamptz NOT NULL, last_at timestamptz NOT NULL, sample text NOT NULL, signature_id bigint NOT NULL,
    PRIMARY KEY (node_id, blocklist, listed_item, provider_id, hour));
