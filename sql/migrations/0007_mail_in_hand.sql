-- Mails that are being read: written before a batch is parsed, gone with its commit. What is still here belongs to a run
-- that died; then mails go in hand one by one, and one that ended the program three times is set aside.
CREATE TABLE mail_in_hand (
    input_id bigint NOT NULL, input_offset bigint NOT NULL, tries int NOT NULL, taken_at timestamptz NOT NULL,
    PRIMARY KEY (input_id, input_offset));
