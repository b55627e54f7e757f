#!/usr/bin/env python3
"""A real Exim's log and the DSNs it sent, against the truth: by final state and by domain. One difference is Exim's own doing and
is named here: a 5xx greeting fails a message at once, where the truth calls it expired."""
import collections
import gzip
import json

from lib import FOLDER, SHARED, check, done, fresh_database, holds, judged_alike, name_of, overview, reports, run, skip, sql

CORPUS = SHARED / 'corpus/real/exim-seed1'
if not CORPUS.exists():
    skip('the corpus of real logs is not here')
CONFIG = FOLDER / 'own.conf'
CONFIG.write_text('[networks]\nown = 192.0.2.0/24 203.0.113.0/24\n')
WINDOW = ('2026-11-20', '2026-11-25')
REFUSED_AT_GREETING = 'greetblock.example'

truth = json.loads(gzip.open(CORPUS / 'truth.json.gz').read())
database = fresh_database()
out, _ = run('ingest', '--json', '--now', '2026-11-24T00:00:00Z', CORPUS / 'mail.log.gz', CORPUS / 'dsn.mbox.gz', database=database,
             config=CONFIG)
check('no line unread', json.loads(out)['unread'], 0)

want = collections.defaultdict(lambda: [0, 0, 0])
for r in truth['recipients']:
    final = 'bounced' if r['domain'] == REFUSED_AT_GREETING and r['final'] == 'expired' else r['final']
    want[r['domain']][['sent', 'bounced', 'expired'].index(final)] += 1
rows = reports(database, *WINDOW, names=['domains', '--top', '100000'])['reports'][0]['rows']
got = {r['domain']: [r['delivered'], r['failed_sync'], r['expired']] for r in rows if r['attempted']}
remote = {d: n for d, n in want.items() if d in got}
check('by domain', got, remote)
missing = {d: n for d, n in want.items() if d not in got}
print('not among the remote domains (local here):', dict(missing))
total = overview(database, *WINDOW)
check('nothing waits, is lost or bounced later', (total['pending'], total['lost'], total['failed_async']), (0, 0, 0))
check('by state', [total['delivered'], total['failed_sync'], total['expired']], [sum(n[i] for n in remote.values()) for i in range(3)])

accepted = {}
for line in open(SHARED / 'corpus/real/category_map.tsv'):
    if not line.startswith('#'):
        name, categories = line.rstrip('\n').split('\t')[:2]
        accepted[name] = categories.split(',')
said = {a: c for a, c in sql(
    "SELECT r.address, s.category FROM event e JOIN recipient r USING (recipient_hash) JOIN signature s USING (signature_id)"
    " WHERE e.outcome IN ('F', 'X') AND e.direction = 's' AND e.weight > 0", name_of(database))}
failed = [r for r in truth['recipients'] if r['final'] != 'sent' and r['domain'] in got]
wrong = collections.Counter(f'{r["category"]} as {said.get(r["rcpt"].lower())}' for r in failed
                            if said.get(r['rcpt'].lower()) not in accepted[r['category']])
share = 1 - sum(wrong.values()) / len(failed)
holds('categories right for >= 97 %', share >= 0.97, f'({share:.1%}; wrong: {dict(wrong)})')
waiting = sql("SELECT count(*) FROM returned_mail WHERE kind = 'b' AND state = 'w' AND block < 1048576", name_of(database))
check('each failed DSN is joined', waiting, [['0']])
judged_alike(database, CONFIG)
done()
