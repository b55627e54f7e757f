-- What rules said before they were changed, and what `reclassify` works on.

-- Every signature whose meaning a run changed; at: the run. was_blocking, is_blocking: of class B or naming a blocklist.
CREATE TABLE reclassification (
    at timestamptz NOT NULL, signature_id bigint NOT NULL, actor text NOT NULL,
    old_category text NOT NULL, new_category text NOT NULL, old_rule text NOT NULL, new_rule text NOT NULL,
    old_blocklist text NOT NULL, new_blocklist text NOT NULL, -- '' too where the refusal lists nobody (misconfigured)
    listed_item text NOT NULL, own_item boolean NOT NULL,     -- what the sample names, for a list that is new
    was_blocking boolean NOT NULL, is_blocking boolean NOT NULL,
    PRIMARY KEY (at, signature_id));

-- Rows of event whose flag 8 changes; empty between runs. attempt_flags: as they stood; flags: as they ought to be.
CREATE UNLOGGED TABLE reclassify_row (
    LIKE event, row_number bigint NOT NULL, flags smallint NOT NULL,
    PRIMARY KEY (recipient_hash, row_number));

-- The lives a run looks at: what one node did with one recipient under one queue id. Empty between runs.
CREATE UNLOGGED TABLE reclassify_life (
    recipient_hash bigint NOT NULL, node_id bigint NOT NULL, queue_id text NOT NULL,
    PRIMARY KEY (recipient_hash, node_id, queue_id));

-- Lives that a signature touched which counts otherwise now. A function, because what it answers is read by several
-- processes at once, which an INSERT of the same rows is not. A row is asked for its signature first, which is near its
-- front and rules nearly all out: the outcomes stand in what it is joined to, so that they are asked afterwards.
CREATE FUNCTION reclassify_lives(run timestamptz) RETURNS SETOF reclassify_life
    LANGUAGE plpgsql STABLE SET search_path = rebound, pg_catalog AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT e.recipient_hash, e.node_id, e.queue_id
      FROM event e
      JOIN (SELECT DISTINCT r.signature_id, '{Q,F,X,E,L}'::"char"[] AS outcomes
              FROM reclassification r
             WHERE r.at = run AND r.was_blocking <> r.is_blocking) c
        ON c.signature_id = e.signature_id AND e.outcome = ANY (c.outcomes);
END $$;

-- Signatures that count as a block of ours: of class B, a mailbox provider's "policy", or naming a list.
CREATE VIEW blocking_signature AS
SELECT s.signature_id
  FROM signature s
  LEFT JOIN category c ON c.category = s.category
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 WHERE s.blocklist <> '' OR c.class = 'B' OR (s.category = 'policy_rejected' AND p.kind = 'mailbox');
