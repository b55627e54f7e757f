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

-- What each receiver says of an item of ours, day by day; only what stands. error_rate: of all it got, refused or put off.
-- At Google an address is a sample of those that share a reputation.
CREATE VIEW reputation_day AS
SELECT ip AS item, 'snds' AS source, day, filter_result AS verdict, complaint_rate, complaint_said, trap_hits, recipients,
       NULL::double precision AS error_rate, NULL::double precision AS spf_rate, NULL::double precision AS dkim_rate,
       NULL::double precision AS dmarc_rate, NULL::double precision AS tls_rate, '' AS needs_work, comments AS note
  FROM snds_day
UNION ALL
SELECT CASE WHEN first_ip = last_ip THEN first_ip ELSE first_ip || ' - ' || last_ip END, 'snds', day,
       CASE WHEN blocked THEN 'BLOCKED' ELSE 'LIMITED' END, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', details
  FROM snds_status
UNION ALL
SELECT p.domain, 'postmaster', p.day, coalesce(max(f.said) FILTER (WHERE f.metric = 'domain_reputation'), ''),
       max(f.value) FILTER (WHERE f.metric IN ('spam_rate', 'user_reported_spam_rate')), '', NULL, NULL,
       coalesce(sum(f.value) FILTER (WHERE f.metric = 'delivery_error'),
                max(f.value) FILTER (WHERE f.metric = 'delivery_error_rate')),
       max(f.value) FILTER (WHERE f.metric IN ('spf_rate', 'spf_success_rate')),
       max(f.value) FILTER (WHERE f.metric IN ('dkim_rate', 'dkim_success_rate')),
       max(f.value) FILTER (WHERE f.metric IN ('dmarc_rate', 'dmarc_success_rate')),
       max(f.value) FILTER (WHERE f.metric IN ('inbound_tls_rate', 'tls_encryption_rate')),
       coalesce(string_agg(f.detail, ', ' ORDER BY f.detail)
                FILTER (WHERE f.metric = 'compliance' AND f.said NOT LIKE 'COMPLIANT%'), ''), ''
  FROM postmaster_part p
  JOIN postmaster_figure f ON f.item_id = p.item_id AND f.day = p.day AND f.part = p.part AND f.version = p.version
 GROUP BY p.item_id, p.domain, p.day
UNION ALL
SELECT unnest(string_to_array(f.said, ' ')), 'postmaster', p.day, f.detail, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, '', CASE WHEN f.value > 1 THEN 'one of ' || f.value::bigint || ' addresses of ' ELSE 'an address of ' END || p.domain
  FROM postmaster_part p
  JOIN postmaster_figure f ON f.item_id = p.item_id AND f.day = p.day AND f.part = p.part AND f.version = p.version
 WHERE f.metric = 'ip_reputation' AND f.said <> '';

-- The worse the higher; verdicts of all receivers on one scale.
CREATE FUNCTION verdict_rank(verdict text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN verdict IN ('RED', 'BAD', 'BLOCKED') THEN 4 WHEN verdict IN ('YELLOW', 'LOW') THEN 3
                WHEN verdict IN ('MEDIUM', 'LIMITED') THEN 2 WHEN verdict IN ('GREEN', 'HIGH') THEN 1 ELSE 0 END;
