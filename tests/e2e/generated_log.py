#!/usr/bin/env python3
# timeout: 900
"""Logs of the load generator: every total equals its truth, for three seeds and for each envelope of one."""
import json
import subprocess

from lib import FOLDER, SHARED, check, done, drop_database, fresh_database, judged_alike, overview, reports, run, skip

GENERATOR = SHARED / 'bench/gen_postfix_log.c'
if not GENERATOR.exists():
    skip('the load generator is not here')
BINARY = FOLDER / 'gen'
subprocess.run(['cc', '-O2', '-o', BINARY, GENERATOR, '-lm'], check=True, stderr=subprocess.DEVNULL)
WINDOW = ('2026-03-20', '2026-04-10')
ENVELOPES = ['iso', 'pri', 'rfc5424', 'journal-json', 'journal-export', 'docker', 'cri', 'nohost']


def generate(lines, seed, days=2):
    log, truth = FOLDER / f'seed{seed}.log', FOLDER / 'truth.json'
    with open(log, 'wb') as f:
        subprocess.run([BINARY, '-n', str(lines), '-s', str(seed), '-d', str(days), '-L', '30', '-T', truth], check=True, stdout=f)
    return log, json.loads(truth.read_text())


def compare(what, database, truth):
    got = overview(database, *WINDOW)
    check(f'{what}: delivered', got['delivered'], truth['sent'])
    check(f'{what}: refused', got['failed_sync'], truth['bounced'])
    check(f'{what}: expired', got['expired'], truth['expired'])
    check(f'{what}: attempted', got['attempted'], truth['sent'] + truth['bounced'] + truth['expired'])
    check(f'{what}: deferred attempts', got['deferred_attempts'], truth['deferred_lines'])
    check(f'{what}: rejected at our door', got['rejected_inbound'], truth['smtpd_rejects'])
    check(f'{what}: own notifications, delivered locally', got['local_delivered'], truth['dsn_notifications'])
    check(f'{what}: nothing waits or is lost', (got['pending'], got['lost'], got['failed_async']), (0, 0, 0))
    rows = reports(database, *WINDOW, names=['domains', '--top', '1000000'])['reports'][0]['rows']
    said = {r['domain']: (r['delivered'], r['failed_sync'], r['expired']) for r in rows}
    want = {d: (t['sent'], t['bounced'], t['expired']) for d, t in truth['domains'].items()}
    check(f'{what}: by domain', {d: said.get(d) for d in want}, want)


def one(what, path, truth):
    database = fresh_database()
    out, _ = run('ingest', '--json', '--now', '2026-11-23T00:00:00Z', path, database=database)
    check(f'{what}: no line unread', json.loads(out)['unread'], 0)
    compare(what, database, truth)
    judged_alike(database)
    drop_database(database)


for seed in (1, 2, 3):
    log, truth = generate(150000, seed)
    one(f'seed {seed}', log, truth)

log, truth = generate(40000, 4)
for envelope in ENVELOPES:
    path = FOLDER / f'{envelope}.log'
    with open(log, 'rb') as i, open(path, 'wb') as o:
        subprocess.run(['python3', SHARED / 'bench/reformat_log.py', envelope], check=True, stdin=i, stdout=o)
    one(envelope, path, truth)
done()
