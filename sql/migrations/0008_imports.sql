-- What receivers say of our mail in figures of their own: Microsoft SNDS, Google Postmaster Tools, SMTP TLS reports.
-- Shown as such, never merged into what our own relays counted.
--
-- item_id is a hash of what a telling is about (source and address, domain, or report name): with the day it is the
-- natural key, and what it is spread by. A newer telling of the same item and day takes the older one's place: as_of is
-- when its file was made. Where a telling has many rows its head names the version that stands (a hash of the file's
-- content and the place in it); rows of other versions do not count, and are cleared away.

-- Every file read, once: input_id is made from its digest. The days are those it told of, NULL for none.
CREATE TABLE import_seen (
    input_id bigint NOT NULL, digest bytea NOT NULL, format text NOT NULL, as_of timestamptz NOT NULL,
    records bigint NOT NULL, irrelevant bigint NOT NULL, unread bigint NOT NULL, first_day date, last_day date,
    PRIMARY KEY (input_id, digest));

-- An address of ours and a day at Microsoft. complaint_rate: the upper end of what is said; NULL: not said.
CREATE TABLE snds_day (
    item_id bigint NOT NULL, day date NOT NULL, as_of timestamptz NOT NULL, ip text NOT NULL,
    from_at timestamptz NOT NULL, to_at timestamptz NOT NULL,
    rcpt_commands bigint NOT NULL, data_commands bigint NOT NULL, recipients bigint NOT NULL,
    filter_result text NOT NULL, complaint_said text NOT NULL, complaint_rate double precision,
    trap_hits bigint NOT NULL, sample_helo text NOT NULL, sample_sender_domain text NOT NULL, comments text NOT NULL,
    PRIMARY KEY (item_id, day));
-- A range of addresses that Microsoft treats as special, on the day of the file.
CREATE TABLE snds_status (
    item_id bigint NOT NULL, day date NOT NULL, as_of timestamptz NOT NULL, first_ip text NOT NULL,
    last_ip text NOT NULL, blocked boolean NOT NULL, details text NOT NULL,
    PRIMARY KEY (item_id, day));

-- A domain of ours and a day at Google. part: what is told together (traffic, compliance, or one metric of v2).
CREATE TABLE postmaster_part (
    item_id bigint NOT NULL, day date NOT NULL, part text NOT NULL, as_of timestamptz NOT NULL, version bigint NOT NULL,
    domain text NOT NULL,
    PRIMARY KEY (item_id, day, part));
CREATE TABLE postmaster_figure (
    item_id bigint NOT NULL, day date NOT NULL, part text NOT NULL, version bigint NOT NULL,
    metric text NOT NULL, detail text NOT NULL, value double precision, said text NOT NULL,
    PRIMARY KEY (item_id, day, part, version, metric, detail));

-- One TLS report by the name its sender gave it; its policies, and why sessions failed.
CREATE TABLE tls_report (
    item_id bigint PRIMARY KEY, as_of timestamptz NOT NULL, version bigint NOT NULL,
    organization text NOT NULL, report_id text NOT NULL, day date NOT NULL,
    from_at timestamptz NOT NULL, to_at timestamptz NOT NULL);
CREATE TABLE tls_policy (
    item_id bigint NOT NULL, version bigint NOT NULL, policy int NOT NULL, policy_type text NOT NULL,
    policy_domain text NOT NULL, policy_text text NOT NULL, mx_hosts text NOT NULL,
    successful bigint NOT NULL, failed bigint NOT NULL,
    PRIMARY KEY (item_id, version, policy));
CREATE TABLE tls_failure (
    item_id bigint NOT NULL, version bigint NOT NULL, policy int NOT NULL, failure int NOT NULL,
    result_type text NOT NULL, sending_ip text NOT NULL, receiving_mx text NOT NULL, receiving_helo text NOT NULL,
    receiving_ip text NOT NULL, sessions bigint NOT NULL, information text NOT NULL, reason_code text NOT NULL,
    PRIMARY KEY (item_id, version, policy, failure));
