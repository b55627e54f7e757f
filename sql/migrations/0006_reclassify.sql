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

-- Signatures that count as a block of ours: of class B, a mailbox provider's "policy", or naming a list.
CREATE VIEW blocking_signature AS
SELECT s.signature_id
  FROM signature s
  LEFT JOIN category c ON c.category = s.category
  LEFT JOIN provider p ON p.provider_id = s.provider_id
 WHERE s.blocklist <> '' OR c.class = 'B' OR (s.category = 'policy_rejected' AND p.kind = 'mailbox');
