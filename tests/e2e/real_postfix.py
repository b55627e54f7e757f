#!/usr/bin/env python3
"""A real relay's log, the DSNs it sent and the truth: recipients by final state and by domain equal it exactly, categories are
right for >= 97 % of the failed, no failure counts twice, each failed DSN is joined."""
import collections
import gzip
import json
import re

from lib import FOLDER, SHARED, check, done, fresh_database, holds, judged_alike, name_of, overview, reports, run, skip, sql

CORPUS = SHARED / 'corpus/real/postfix-seed1'
if not CORPUS.exists():
    skip('the corpus of real logs is not here')
CONFIG = FOLDER / 'own.conf'
CONFIG.write_text('[networks]\nown = 192.0.2.0/24 203.0.113.0/24\n')
WINDOW = ('2026-11-20', '2026-11-25')


def load(name):
    return gzip.open(CORPUS / name, 'rt', errors='replace').read()


def truth():
    """The recipients of the truth that left by SMTP: others are local here, the log names their transport."""
    local = {(m[1], m[2].lower()) for m in
             re.finditer(r'/(?:lmtp|pipe|discard|virtual|local)\[\d+\]: (\w+): to=<([^>]*)>', load('mail.log.gz'))}
    return [r for r in json.loads(load('truth.json.gz'))['recipients']
            if (r['queue_id'], r['rcpt'].lower()) not in local]


recipients = truth()
final = collections.Counter(r['final'] for r in recipients)
accepted = {}
for line in open(SHARED / 'corpus/real/category_map.tsv'):
    if not line.startswith('#'):
        name, categories = line.rstrip('\n').split('\t')[:2]
        accepted[name] = categories.split(',')

database = fresh_database()
run('ingest', '--now', '2026-11-24T00:00:00Z', CORPUS / 'mail.log.gz', CORPUS / 'dsn.mbox.gz', database=database, config=CONFIG)

got = overview(database, *WINDOW)
check('delivered', got['delivered'], final['sent'])
check('refused', got['failed_sync'], final['bounced'])
check('expired', got['expired'], final['expired'])
check('attempted', got['attempted'], sum(final.values()))
check('nothing waits, is lost or bounced later', (got['pending'], got['lost'], got['failed_async']), (0, 0, 0))

want = collections.defaultdict(lambda: [0, 0, 0])
for r in recipients:
    want[r['domain']][['sent', 'bounced', 'expired'].index(r['final'])] += 1
rows = reports(database, *WINDOW, names=['domains', '--top', '100000'])['reports'][0]['rows']
check('by domain', {r['domain']: [r['delivered'], r['failed_sync'], r['expired']] for r in rows if r['attempted']}, dict(want))

# one failed recipient and its category at a time: queue ids are unique in this log
category = {(q, a): c for q, a, c in sql(
    "SELECT e.queue_id, r.address, s.category FROM event e JOIN recipient r USING (recipient_hash) JOIN signature s"
    " USING (signature_id) WHERE e.outcome IN ('F', 'X') AND e.direction = 's' AND e.weight > 0", name_of(database))}
failed = [r for r in recipients if r['final'] != 'sent']
check('each failure once', len(category), len(failed))
wrong = collections.Counter()
by_address = {a: c for (q, a), c in category.items()}  # the truth does not know all queue ids
for r in failed:
    said = category.get((r['queue_id'], r['rcpt'].lower())) or by_address.get(r['rcpt'].lower())
    if said not in accepted[r['category']]:
        wrong[f'{r["category"]} as {said}'] += 1
share = 1 - sum(wrong.values()) / len(failed)
holds('categories right for >= 97 %', share >= 0.97, f'({share:.1%}; wrong: {dict(wrong)})')
check('no failure unclassified', [k for k in wrong if k.endswith('unclassified')], [])

dsn = json.loads(load('truth.json.gz'))['dsn']
joined = sql("SELECT count(*) FROM returned_mail WHERE kind = 'b' AND state IN ('k', 'f') AND block < 1048576", name_of(database))
check('each failed DSN is joined', int(joined[0][0]), sum(p['action'] == 'failed' for d in dsn for p in d['reports']))
check('delayed and relayed ones strike nobody', sql(
    "SELECT count(*) FROM strike s WHERE s.origin <> 'log'", name_of(database)), [['0']])
judged_alike(database, CONFIG)
done()
