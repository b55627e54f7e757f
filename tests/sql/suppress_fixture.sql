-- Facts by hand, for the policy's tests: one call a fact, read aloud. Loaded before the cases.
CREATE OR REPLACE FUNCTION h(text) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN hashtextextended(lower($1), 0);

CREATE OR REPLACE FUNCTION due(address text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO policy_due VALUES (h(address)) ON CONFLICT DO NOTHING;
    INSERT INTO recipient VALUES (h(address), lower(address), split_part(lower(address), '@', 2)) ON CONFLICT DO NOTHING;
    INSERT INTO domain VALUES (h(split_part(address, '@', 2)), split_part(lower(address), '@', 2)) ON CONFLICT DO NOTHING;
$$;

CREATE OR REPLACE FUNCTION a_stream(stream text) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO stream VALUES (h(stream), stream, CASE WHEN stream LIKE 'trans%' THEN 'transactional' ELSE 'bulk' END)
    ON CONFLICT DO NOTHING;
    SELECT CASE WHEN stream = '' THEN 0 ELSE h(stream) END;
$$;

CREATE OR REPLACE FUNCTION fact(address text, at timestamptz, outcome text, message text, category text DEFAULT '',
                                node text DEFAULT 'mx1', weight int DEFAULT 1, direction text DEFAULT 's')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM event_day_add(at::date);
    INSERT INTO event (occurred_at, recipient_hash, node_id, egress_id, input_id, input_offset, message_id_hash, domain_id,
                       provider_id, remote_host_id, stream_id, signature_id, sasl_user_id, size_bytes, cohort, attempt,
                       attempt_flags, weight, tls, direction, outcome, queue_id, next_queue_id)
    VALUES (at, h(address), h(node), 0, 1, 0, CASE WHEN message = '' THEN 0 ELSE h(message) END, h(split_part(address, '@', 2)),
            0, 0, 0, CASE WHEN category = '' THEN 0 ELSE h('signature ' || category) END, 0, 100, at::date, 1, 1, weight, 0,
            direction, outcome, 'Q' || message, '');
    INSERT INTO rollup_hour VALUES (h(node), date_trunc('hour', at), at::date, 0, 0, 0, direction, outcome, 0, weight, 1, 1, 0, 0, 1, 1, 0, 0, 0)
    ON CONFLICT ON CONSTRAINT rollup_hour_pkey DO UPDATE SET n = rollup_hour.n + excluded.n;
END $$;

CREATE OR REPLACE FUNCTION delivered(address text, at timestamptz, message text DEFAULT 'm', node text DEFAULT 'mx1', weight int DEFAULT 1)
RETURNS void LANGUAGE sql AS $$
    SELECT fact(address, at, 'D', message || at, '', node, weight);
    INSERT INTO domain VALUES (h(split_part(address, '@', 2)), split_part(lower(address), '@', 2)) ON CONFLICT DO NOTHING;
    INSERT INTO policy_due SELECT h(address)
     WHERE EXISTS (SELECT FROM strike WHERE recipient_hash = h(address)) OR EXISTS (SELECT FROM suppression WHERE recipient_hash = h(address))
    ON CONFLICT DO NOTHING;
$$;

CREATE OR REPLACE FUNCTION a_signature(category text, masked text DEFAULT '') RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO signature VALUES (h('signature ' || category || masked), masked, 550, '5.1.1', 'rcpt', 0, category, 'hard', category || '.test', '', false, '', now())
    ON CONFLICT DO NOTHING;
    SELECT h('signature ' || category || masked);
$$;

CREATE OR REPLACE FUNCTION failed(address text, at timestamptz, category text, stream text DEFAULT 'news', evidence text DEFAULT 'A',
                                  provider text DEFAULT '', node text DEFAULT 'mx1', masked text DEFAULT '', strikes int DEFAULT 1)
RETURNS void LANGUAGE sql AS $$
    SELECT due(address);
    SELECT fact(address, at, CASE WHEN category = 'timeout_expired' THEN 'X' ELSE 'F' END, 'f' || at, category, node, strikes);
    INSERT INTO provider VALUES (h(provider), provider, provider, 'mailbox', provider) ON CONFLICT DO NOTHING;
    INSERT INTO strike VALUES (h(address), at::date, a_signature(category, masked), a_stream(stream), strikes, at, h(node),
                               CASE WHEN provider = '' THEN 0 ELSE h(provider) END, h(split_part(address, '@', 2)), 1, 4711, 'log',
                               evidence::"char", '550 ' || category)
    ON CONFLICT (recipient_hash, day, signature_id, stream_id) DO UPDATE
    SET strikes = strike.strikes + excluded.strikes, first_at = least(strike.first_at, excluded.first_at);
$$;

-- A bounce after the 250: a strike, and the delivery of that message no longer stands.
CREATE OR REPLACE FUNCTION bounced(address text, sent timestamptz, at timestamptz, category text, message text DEFAULT 'm')
RETURNS void LANGUAGE sql AS $$
    SELECT due(address);
    SELECT fact(address, at, 'A', message || sent, category);
    INSERT INTO strike VALUES (h(address), at::date, a_signature(category), a_stream('news'), 1, at, h('mx1'), 0,
                               h(split_part(address, '@', 2)), 1, 4711, 'dsn', 'C', '550 ' || category)
    ON CONFLICT (recipient_hash, day, signature_id, stream_id) DO UPDATE SET strikes = strike.strikes + 1;
$$;

CREATE OR REPLACE FUNCTION complained(address text, at timestamptz, feedback text DEFAULT 'abuse', stream text DEFAULT 'news',
                                      evidence text DEFAULT 'C', category text DEFAULT 'complaint', message text DEFAULT 'm')
RETURNS void LANGUAGE sql AS $$
    SELECT due(address);
    INSERT INTO returned_mail VALUES (h(address), sha256((address || at || feedback)::bytea), 0, 2, 0, at, 'c',
        CASE WHEN feedback = 'not-spam' THEN 'n' WHEN evidence = 'D' THEN 'u' ELSE 'c' END::"char", evidence::"char",
        '', '', 0, 0, h(message), '', 0, 0, category, feedback, '', '', 'arf', 'abuse report', a_stream(stream), 0)
    ON CONFLICT DO NOTHING;
$$;

-- A node that works: deliveries to other domains, on the day or in the hour.
CREATE OR REPLACE FUNCTION healthy(at timestamptz, domains int, node text DEFAULT 'mx1') RETURNS void LANGUAGE sql AS $$
    SELECT delivered('x@other' || i || '.example', at, 'h', node) FROM generate_series(1, domains) AS i;
$$;

CREATE OR REPLACE FUNCTION blocked(provider text, at timestamptz, hits int DEFAULT 1, own boolean DEFAULT true, node text DEFAULT 'mx1')
RETURNS void LANGUAGE sql AS $$
    INSERT INTO listing VALUES (h(node), 'spamhaus-zen', '192.0.2.1', h(provider), date_trunc('hour', at), hits, own, at, at, '554 blocked', a_signature('blocklisted'))
    ON CONFLICT (node_id, blocklist, listed_item, provider_id, hour) DO UPDATE SET hits = listing.hits + excluded.hits;
$$;

CREATE OR REPLACE FUNCTION decided(change text, who text, at timestamptz, last timestamptz, in_scope text DEFAULT 'global') RETURNS void LANGUAGE sql AS $$
    INSERT INTO suppression_history VALUES (h(who), in_scope, at, change, '', '', 'operator', 'test', last);
    INSERT INTO policy_due VALUES (h(who)) ON CONFLICT DO NOTHING;
$$;

CREATE OR REPLACE FUNCTION forget_all() RETURNS void LANGUAGE sql AS $$
    DELETE FROM event;
    DELETE FROM strike;
    DELETE FROM policy_due;
    DELETE FROM recipient;
    DELETE FROM suppression;
    DELETE FROM suppression_history;
    DELETE FROM returned_mail;
    DELETE FROM listing;
    DELETE FROM rollup_hour;
    DELETE FROM rollup_domain;
    DELETE FROM signature;
    DELETE FROM domain;
    DELETE FROM stream;
    DELETE FROM provider;
    DELETE FROM policy_strike;
    DELETE FROM policy_listing;
    DELETE FROM policy_health;
    DELETE FROM node_state;
    DELETE FROM sealed_day;
$$;

CREATE OR REPLACE VIEW list AS
    SELECT concat_ws(' ', coalesce(nullif(address, ''), '@' || domain), scope, state, reason, strikes,
                     coalesce(expires_at::date::text, 'forever')) || CASE WHEN state_cause <> '' THEN ' ' || state_cause ELSE '' END AS entry
      FROM suppression;
