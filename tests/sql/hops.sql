-- The names by which relays know each other.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SET search_path = rebound, public;
SELECT plan(11);

SELECT ok(is_named('relay-b.brand.example', 'relay-b'), 'a log''s short host is the first label of the name');
SELECT ok(is_named('RELAY-B.brand.example', 'relay-b.Brand.example'), 'case does not matter');
SELECT ok(NOT is_named('relay-b.other.example', 'relay-b.brand.example'), 'two whole names have to be the same');
SELECT ok(NOT is_named('relay-bc.brand.example', 'relay-b'), 'a label is compared whole');

SELECT is(hop_key('4bXyZ01234z9Qw'), '4bXyZ01234z9Qw', 'Postfix says its queue id');
SELECT is(hop_key('1tabcd-00000000001-0001'), '1tabcd-00000000001-0001', 'so does Exim');
SELECT is(hop_key('7d5c2aef00112233'), '7d5c2aef', 'OpenSMTPD says the message, its log the envelope');
SELECT is(hop_key('7D5C2AEF00112233'), '7D5C2AEF00112233', 'and writes it in small letters');
SELECT is(hop_key('QTKkAyIeTQ2kRkFnYgy6sA/0a1b2c3d'), 'QTKkAyIeTQ2kRkFnYgy6sA', 'a service has one id for all recipients');
SELECT is(hop_key(''), '', 'no id stays none');

INSERT INTO node (node_id, name, host, instance) VALUES (1, 'local/ses', 'local', 'ses'), (2, 'mx1', 'mx1', 'postfix');
SELECT results_eq('SELECT node_id FROM service_node', ARRAY[1::bigint], 'a service is known by its format');

SELECT * FROM finish();
ROLLBACK;
