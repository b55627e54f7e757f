-- What the suppression policy needs beside its rows: the rest of its numbers, the strikes as it weighed them, and
-- what was published. All of it but `publication` and the numbers can be worked out again from the facts.

-- reason: the category the entry is listed under; strikes of one reason count together ('' means the category itself).
-- at_once: a pattern over "status rule text" of the reply; one such strike is enough, unless the address is known-good.
-- node_domains: a strike counts only if its node delivered to that many other domains that day (small sender: the other number).
-- resolver_share: a strike counts only if fewer of the other domains failed in DNS that hour.
-- incident: these failures can be a provider's mistake: they are counted by the incident guard.
-- unverified_a_day: at most so many entries a stream and day from mails without evidence (grade D).
ALTER TABLE policy
    ADD COLUMN reason text NOT NULL DEFAULT '',
    ADD COLUMN at_once text NOT NULL DEFAULT '',
    ADD COLUMN known_good interval NOT NULL DEFAULT '90 days',
    ADD COLUMN node_domains int NOT NULL DEFAULT 0,
    ADD COLUMN node_domains_small int NOT NULL DEFAULT 0,
    ADD COLUMN resolver_share double precision NOT NULL DEFAULT 0,
    ADD COLUMN incident boolean NOT NULL DEFAULT false,
    ADD COLUMN unverified_a_day int NOT NULL DEFAULT 0;

-- The numbers of the guards and windows that hold for all categories: one row.
CREATE TABLE policy_guard (
    guard int PRIMARY KEY DEFAULT 1 CHECK (guard = 1),
    settled_after interval NOT NULL,     -- a delivery counts once it stood so long
    stale_after interval NOT NULL,       -- older strikes do not count with a newer one
    incident_window interval NOT NULL, incident_good int NOT NULL, incident_share double precision NOT NULL,
    cap_floor int NOT NULL, cap_share double precision NOT NULL,
    listing_quiet interval NOT NULL, listing_hits int NOT NULL, listing_share double precision NOT NULL,
    shrink_share double precision NOT NULL);

-- listed_at: the failure that listed it. state_cause: incident, cap (pending); delivered, listing, operator (released).
-- confirmed: an operator said yes, the guards no longer hold it.
ALTER TABLE suppression
    ADD COLUMN listed_at timestamptz,
    ADD COLUMN state_cause text NOT NULL DEFAULT '',
    ADD COLUMN confirmed boolean NOT NULL DEFAULT false;
CREATE INDEX suppression_listed ON suppression (listed_at);

-- ---------------------------------------------------------------- strikes as the policy weighed them, by recipient_hash
-- At most one a recipient, reason and day. prev_delivery: the last delivery before it that stood; delivered_since: one
-- stood after it. fresh: the address turned hard with it. The last three are what the guards say.
CREATE TABLE policy_strike (
    recipient_hash bigint NOT NULL, reason text NOT NULL, day date NOT NULL,
    at timestamptz NOT NULL, kind text NOT NULL, signature_id bigint NOT NULL, stream_id bigint NOT NULL,
    node_id bigint NOT NULL, provider_id bigint NOT NULL, domain_id bigint NOT NULL, roof text NOT NULL,
    input_id bigint NOT NULL, input_offset bigint NOT NULL, origin text NOT NULL, evidence "char" NOT NULL,
    personal boolean NOT NULL, at_once boolean NOT NULL, hard boolean NOT NULL,
    prev_delivery timestamptz, delivered_since boolean NOT NULL, known_good boolean NOT NULL, fresh boolean NOT NULL,
    lifted boolean NOT NULL DEFAULT false, roof_incident boolean NOT NULL DEFAULT false,
    domain_incident boolean NOT NULL DEFAULT false,
    PRIMARY KEY (recipient_hash, reason, day));
CREATE INDEX policy_strike_domain ON policy_strike (domain_id, at);
CREATE INDEX policy_strike_roof ON policy_strike (roof, at) WHERE hard;
CREATE INDEX policy_strike_place ON policy_strike (node_id, provider_id, at);

-- What one run works on; empty between runs.
CREATE TABLE policy_work (recipient_hash bigint PRIMARY KEY, read_again boolean NOT NULL);
CREATE UNLOGGED TABLE policy_delivery (
    recipient_hash bigint NOT NULL, delivered_at timestamptz NOT NULL, settled boolean NOT NULL,
    PRIMARY KEY (recipient_hash, delivered_at));
CREATE UNLOGGED TABLE policy_entry (LIKE suppression INCLUDING DEFAULTS, PRIMARY KEY (recipient_hash, scope));
CREATE UNLOGGED TABLE policy_domain (recipient_hash bigint PRIMARY KEY, domain_id bigint NOT NULL, name text NOT NULL);

-- ---------------------------------------------------------------- reference tables
-- When something of ours was listed at a provider, as of the last run; and as of this one.
CREATE TABLE policy_listing (
    node_id bigint NOT NULL, provider_id bigint NOT NULL, blocklist text NOT NULL, listed_item text NOT NULL,
    from_at timestamptz NOT NULL, to_at timestamptz NOT NULL,
    PRIMARY KEY (node_id, provider_id, blocklist, listed_item, from_at, to_at));
CREATE UNLOGGED TABLE policy_listing_now (LIKE policy_listing,
    PRIMARY KEY (node_id, provider_id, blocklist, listed_item, from_at, to_at));
-- Places and days whose hard failures changed. kind: r a provider's roof, d a recipient domain.
CREATE UNLOGGED TABLE policy_touched (
    kind "char" NOT NULL, roof text NOT NULL, domain_id bigint NOT NULL, day date NOT NULL,
    PRIMARY KEY (kind, roof, domain_id, day));
CREATE UNLOGGED TABLE policy_domain_day (domain_id bigint NOT NULL, day date NOT NULL, PRIMARY KEY (domain_id, day));
-- How well a node and its resolver did in an hour or a day: domains tried, failing in DNS, delivered to.
-- basis: rows of the roll-up it was made from; when that grows it is made again.
CREATE TABLE policy_health (
    node_id bigint NOT NULL, at timestamptz NOT NULL, hours int NOT NULL, basis bigint NOT NULL,
    tried int NOT NULL, failing int NOT NULL, delivered int NOT NULL,
    PRIMARY KEY (node_id, at, hours));
-- The last generation of each export: the next one is held against it.
CREATE TABLE publication (
    target text NOT NULL, scope text NOT NULL, generation bigint NOT NULL, entries bigint NOT NULL,
    sha256 text NOT NULL, published_at timestamptz NOT NULL,
    PRIMARY KEY (target, scope));
