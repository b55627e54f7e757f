#!/usr/bin/env python3
"""What receivers say of our mail: SNDS, Postmaster Tools and TLS reports. Told by content, counted, once, the newest stands;
broken files are named; reports in every form."""
import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import time

from lib import ENV, FOLDER, REBOUND, ROOT, check, done, fresh_database, holds, run, sql, name_of
from lib_postfix import Log

DATA = ROOT / 'tests/data/imports'
NOW = '2026-03-06T12:00:00Z'
SINCE = ('2026-02-20', '2026-03-07')
STAMP = 1772698000  # 2026-03-05T08:06:40Z: when the files were made
WORK = FOLDER / 'work'
WORK.mkdir()
GOOD = [f'{n}.{e}' for n, e in (('snds-data', 'csv'), ('snds-names', 'csv'), ('snds-status', 'csv'), ('postmaster-v1-list', 'json'),
                                ('postmaster-v1-lines', 'json'), ('postmaster-v2-stats', 'json'), ('postmaster-v2-compliance', 'json'),
                                ('tlsrpt-report', 'json'))]
TABLES = ['snds_day', 'snds_status', 'postmaster_part', 'postmaster_figure', 'tls_report', 'tls_policy', 'tls_failure']


def put(name, data, stamp=STAMP):
    path = WORK / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    os.utime(path, (stamp, stamp))
    return path


def ingest(*paths, database, expect=0):
    out, err = run('ingest', '--json', '--now', NOW, *paths, database=database, expect=expect)
    return json.loads(out), err


def counts(database):
    return {t: int(sql(f'SELECT count(*) FROM {t}', name_of(database))[0][0]) for t in TABLES}


def report(database, *names):
    out, _ = run('report', *names, '--since', SINCE[0], '--until', SINCE[1], '--format', 'json', database=database)
    return {r['name']: r['rows'] for r in json.loads(out)['reports']}


def row(rows, **keys):
    found = [r for r in rows if all(r[k] == v for k, v in keys.items())]
    return found[0] if found else {}


# ---- once: all of them, again, renamed, packed, with other line ends, from a pipe
database = fresh_database()
paths = [put(name, (DATA / name).read_bytes()) for name in GOOD]
first, _ = ingest(*paths, database=database)
check('records', (first['imports'], first['import_records'], first['import_irrelevant'], first['import_unread']), (8, 16, 3, 0))
check('no line of it is a log', first['lines'], 0)
whole = counts(database)
check('rows', whole, {'snds_day': 4, 'snds_status': 2, 'postmaster_part': 8, 'postmaster_figure': 26, 'tls_report': 1,
                      'tls_policy': 2, 'tls_failure': 3})
before = report(database, 'reputation', 'reputation_days', 'tls_reports', 'tls_failures', 'quality')

again, _ = ingest(*paths, database=database)
check('again: all known', (again['imports_old'], again['import_records'], again['inputs_old']), (8, 0, 8))
other = WORK / 'other'
other.mkdir()
for i, path in enumerate(paths):
    shutil.copy2(path, other / f'{i}.txt')
    packed = put(f'{i}.gz', gzip.compress(path.read_bytes()))
    os.utime(packed, (STAMP, STAMP))
renamed, _ = ingest(other, *WORK.glob('*.gz'), database=database)
check('renamed and packed: all known', (renamed['imports'], renamed['imports_old'], renamed['import_records']), (16, 16, 0))
with open(paths[7], 'rb') as pipe:
    out, _ = run('ingest', '--json', '--now', NOW, '-', database=database, stdin=pipe)
check('from a pipe: known', json.loads(out)['imports_old'], 1)
check('nothing doubled', counts(database), whole)
check('reports are the same', report(database, 'reputation', 'reputation_days', 'tls_reports', 'tls_failures', 'quality'), before)
lf = [put(f'crlf-{p.name}', b'\xef\xbb\xbf' + p.read_bytes().lstrip(b'\xef\xbb\xbf').replace(b'\r\n', b'\n').replace(b'\n', b'\r\n'))
      for p in paths]
crlf, _ = ingest(*lf, database=database)
check('CRLF and BOM are read alike', (crlf['imports_old'], crlf['import_records'], crlf['import_unread']), (1, 15, 0))
check('other bytes of the same facts add none', counts(database), whole)

# ---- the newest telling stands, in whatever order they are read
row_of = '192.0.2.10,3/1/2026 5:00 PM,3/2/2026 5:00 PM,1400,1390,1388,{},0.2%,,,{},mail1.brand.example,news@brand.example,\n'
newer_snds = put('newer.csv', row_of.format('YELLOW', 2), STAMP + 600)
oldest_snds = put('oldest.csv', row_of.format('RED', 9), STAMP - 600)
stats = json.loads((DATA / 'postmaster-v1-list.json').read_text())['trafficStats']
newer_stats = put('newer.json', json.dumps(dict(stats[0], userReportedSpamRatio=0.0031, deliveryErrors=[])), STAMP + 600)
oldest_stats = put('oldest.json', json.dumps(dict(stats[0], userReportedSpamRatio=0.5)), STAMP - 600)
tls = json.loads((DATA / 'tlsrpt-report.json').read_text())
less = dict(tls, policies=[dict(tls['policies'][0], summary={'total-successful-session-count': 5000, 'total-failure-session-count': 1},
                                **{'failure-details': [{'result-type': 'certificate-expired', 'failed-session-count': 1}]})])
newer_tls = put('newer-tls.json', json.dumps(less), STAMP + 600)
oldest_tls = put('oldest-tls.json', json.dumps(dict(less, policies=[])), STAMP - 600)
changed = [newer_snds, newer_stats, newer_tls, oldest_snds, oldest_stats, oldest_tls]
ingest(*changed, database=database)
reversed_database = fresh_database()
for path in reversed(changed):
    ingest(path, database=reversed_database)
ingest(*reversed(paths), database=reversed_database)
for name in ('reputation', 'reputation_days', 'tls_reports', 'tls_failures'):
    check(f'{name}: the order of reading changes nothing', report(reversed_database, name)[name], report(database, name)[name])
days = report(database, 'reputation_days')['reputation_days']
march = row(days, item='192.0.2.10', source='snds', day='2026-03-01T00:00:00Z')
check('the newer day replaced the older', (march['verdict'], march['trap_hits'], march['recipients'], march['complaint_rate']),
      ('YELLOW', 2, 1388, 0.002))
google = row(days, item='brand.example', source='postmaster', day='2026-03-01T00:00:00Z')
check('figures that a newer telling leaves out are gone', (google['complaint_rate'], google['error_rate']), (0.0031, None))
policies = report(database, 'tls_reports')['tls_reports']
check('a report under the same name replaces the older', [(r['policy_domain'], r['sessions'], r['failed'], r['failures']) for r in policies],
      [('brand.example', 5001, 1, 'certificate-expired 1')])
check('and nothing of the older is left', counts(database)['tls_failure'], 1)

# ---- what reports say
seen = before['reputation']
worst = row(seen, item='192.0.2.11')
check('SNDS', (worst['source'], worst['state'], worst['complaint_rate'], worst['trap_hits'], worst['note']),
      ('snds', 'RED', 0.023, 1, 'Listed, see "delisting"'))
brand = row(seen, item='brand.example')
check('Postmaster', (brand['state'], brand['worst'], brand['complaint_rate'], brand['complaint_rate_most'], round(brand['error_rate'], 6),
                     brand['dkim_rate'], brand['tls_rate'], brand['feedback_loops']),
      ('HIGH', 'LOW', 0.002, 0.004, 0.0134, 1, 0.85, 'campaign7 3.40 %'))
check('Postmaster: why', brand['errors'], 'temporary error rate limit exceeded 1.30 %, permanent error bad dmarc policy 0.04 %')
check('Postmaster: told', brand['told'], 'errors: temporary error rate limit exceeded 1.30 %, permanent error bad dmarc policy 0.04 %; '
      'needs work: dmarc alignment, one click unsubscribe; campaigns: campaign7 3.40 %')
check('Postmaster: needs work', brand['needs_work'], 'DMARC_ALIGNMENT, ONE_CLICK_UNSUBSCRIBE')
check('blocked range', row(seen, item='192.0.2.10 - 192.0.2.11')['state'], 'BLOCKED')
check('TLS policies', [(r['policy_domain'], r['organization'], r['policy_type'], r['sessions'], r['failed']) for r in before['tls_reports']],
      [('brand.example', 'Mailbox Provider Example', 'sts', 5629, 303), ('news.brand.example', 'Mailbox Provider Example', 'no-policy-found', 12, 0)])
check('TLS failures', [(r['result_type'], r['sessions']) for r in before['tls_failures']],
      [('starttls-not-supported', 200), ('certificate-expired', 100), ('validation-failure', 3)])
quality = {r['format']: (r['inputs'], r['read'], r['events'], r['unread']) for r in before['quality']}
check('quality', quality, {'snds': (3, 8, 6, 0), 'postmaster': (4, 10, 9, 0), 'tls-rpt': (1, 1, 1, 0)})

out, _ = run('db', 'status', '--format', 'json', database=reversed_database)
check('db status', {r['format']: (r['files'], r['records'], r['newest_at']) for r in json.loads(out)['imports']},
      {'postmaster': (6, 11, '2026-03-05T00:00:00Z'), 'snds': (5, 8, '2026-03-05T00:00:00Z'), 'tls-rpt': (3, 3, '2026-03-01T00:00:00Z')})
holds('db status, text', 'files of figures read: 6 postmaster, 5 snds, 3 tls-rpt' in run('db', 'status', database=reversed_database)[0])

# ---- beside our own counts, in every form
log = Log()
for i in range(30):
    log.mail('news@brand.example', f'a{i}@other.example')
    log.at(seconds=10)
ingest(put('mail.log', log.text()), database=database)
beside = report(database, 'tls')
check('tls: the reports of others come beside our own', sorted(beside), ['tls', 'tls_failures', 'tls_reports'])
check('tls: our own counts stay ours', sum(r['delivered'] for r in beside['tls']), 30)
check('without any, tls is alone', sorted(report(fresh_database(), 'tls')), ['tls'])
text, _ = run('report', 'tls', 'reputation', '--since', SINCE[0], '--until', SINCE[1], database=database)
holds('text', all(t in text for t in ('Encryption', 'TLS reports about our domains', 'certificate-expired 1', 'What receivers say of us', 'RED')), text)
table, _ = run('report', 'tls', '--since', SINCE[0], '--until', SINCE[1], '--format', 'csv', database=database)
check('csv: one table, as asked', len([r for r in csv.reader(io.StringIO(table)) if r and r[0] == 'provider']) + table.count('policy_domain'), 1)
table, _ = run('report', 'reputation', '--since', SINCE[0], '--until', SINCE[1], '--format', 'csv', database=database)
check('csv: reputation', sorted({r['source'] for r in csv.DictReader(io.StringIO(table))}), ['postmaster', 'snds'])
page, _ = run('report', '--since', SINCE[0], '--until', SINCE[1], '--format', 'html', database=database)
holds('html', all(t in page for t in ('What receivers say of us', 'Encryption of mail to us, as others report it', 'certificate-expired')))
todo, _ = run('report', '--since', SINCE[0], '--until', SINCE[1], database=database)
todo = ' '.join(todo.split())
holds('what to do: the spam rate that Google states', "Gmail's users report 0.20 % of what they get from brand.example as spam" in todo, todo)
holds('what to do: verdicts', 'Microsoft has its worst opinion of 192.0.2.11 (RED), 192.0.2.10 - 192.0.2.11 (BLOCKED):' in todo, todo)
hidden, _ = run('report', 'reputation', '--redact', '--since', SINCE[0], '--until', SINCE[1], database=database)
holds('redacted', 'brand.example' not in hidden and '192.0.2.1' not in hidden, hidden)
text, _ = run('report', 'tls_reports', database=reversed_database)
holds('a window ends where the data ends', 'brand.example' in text, text)

# ---- TLS reports as they usually come: by mail
mail = (DATA / 'tlsrpt-mail.eml').read_bytes()
database = fresh_database()
got, _ = ingest(put('report.eml', mail), put('report.json', (DATA / 'tlsrpt-report.json').read_bytes()), database=database)
check('by mail and as a file: once', (got['mails'], got['other_mails'], got['imports'], got['imports_old'], got['import_records']), (1, 1, 2, 1, 1))
check('its policies', len(report(database, 'tls_reports')['tls_reports']), 2)
spoilt = mail.replace(b'H4sI', b'AAAA').replace(b'1772420412.1', b'1772420412.2')
got, err = ingest(put('spoilt.eml', spoilt), database=database, expect=1)
check('a spoilt one: set aside', (got['inputs_refused'], got['import_records'], got['import_unread']), (1, 0, 1))
holds('a spoilt one: says why', 'spoilt.eml' in err and 'tls-rpt' in err, err)
check('and the good one stays', len(report(database, 'tls_reports')['tls_reports']), 2)

# ---- two at once
database = fresh_database()
both = [subprocess.Popen([REBOUND, '--database', database, 'ingest', '-q', '--now', NOW, *map(str, order)], env=ENV,
                         stdout=subprocess.DEVNULL) for order in (paths + changed, changed[::-1] + paths[::-1])]
check('two at once: both end well', [p.wait(120) for p in both], [0, 0])
for name in ('reputation', 'reputation_days', 'tls_reports', 'tls_failures'):
    check(f'two at once: {name}', report(database, name)[name], report(reversed_database, name)[name])

# ---- followed: a file that is written anew, or grows, is read when its writer pauses
database = fresh_database()
run('db', 'upgrade', database=database)
lines = (DATA / 'snds-data.csv').read_text().splitlines(True)
followed = put('followed.csv', lines[0])
later = WORK / 'later.json'
following = subprocess.Popen([REBOUND, '--database', database, 'ingest', '-q', '--follow', '--now', NOW, str(followed), str(later)],
                             env=ENV, stdout=subprocess.DEVNULL)


def waited(table, want, seconds=20):
    until = time.time() + seconds
    while counts(database)[table] < want and time.time() < until:
        time.sleep(0.2)
    return counts(database)[table]


check('followed: what was there', waited('snds_day', 1), 1)
with open(followed, 'a') as f:
    f.write(lines[1])
later.write_text(json.dumps(tls))
check('followed: what was added', (waited('snds_day', 2), waited('tls_report', 1)), (2, 1))
following.terminate()
check('followed: ends well', following.wait(20), 143)

# ---- broken files: named, counted, nothing of them kept; the rest is read
snds = (DATA / 'snds-data.csv').read_text()
cut = json.dumps(tls)[:700]
database = fresh_database()
for name, data, unread, says in (
        ('cut-tls.json', cut, 1, 'tls-rpt: no JSON'),
        ('cut-stats.json', json.dumps({'trafficStats': stats})[:900], 1, 'postmaster: no JSON'),
        ('moved.csv', 'GREEN,192.0.2.1,3/1/2026,3/1/2026,1,1,1,< 0.1%,,,0,h,a@b.example,\n', 1, 'snds: none of it could be read: no IP address'),
        ('deep.json', '{"organization-name": "x", "report-id": ' + '[' * 5000, 1, 'nested deeper than 64'),
        ('large.json', '{"organization-name": "x", "report-id": "' + 'x' * (3 << 20) + '"}', 1, 'larger than 2 MiB'),
        ('empty.csv', '', 0, 'empty')):
    path = put(name, data)
    good = put('beside.csv', snds + f'# {name}\n')
    got, err = ingest(path, good, database=database, expect=1)
    check(f'{name}: set aside', (got['inputs_refused'], got['import_records'], got['import_unread']), (1, 3, unread + 1))
    holds(f'{name}: says why', says in err and name in err and len(err.strip().splitlines()) == 1, err)
packed = gzip.compress((DATA / 'tlsrpt-report.json').read_bytes())
_, err = ingest(put('cut.json.gz', packed[:-40]), database=database, expect=1)
holds('cut.json.gz: says why', 'cut.json.gz' in err, err)
check('nothing of the broken ones is kept', {t: n for t, n in counts(database).items() if n}, {'snds_day': 3})
samples = sql("SELECT kind, reason, sample FROM quarantine WHERE reason LIKE '%as many columns%' ORDER BY 3", name_of(database))
check('samples of the unread are kept', samples[:1], [['import', 'not as many columns as SNDS has', '# cut-stats.json']])
holds('no address is in a sample', not sql("SELECT 1 FROM quarantine WHERE sample LIKE '%a@b.example%'", name_of(database)))
part, _ = ingest(put('part.csv', snds + '192.0.2.12,3/2/2026,3/2/2026,-4,1,1,GREEN,,,,0,h,,\n'), database=database)
check('one bad row: the rest is read', (part['import_records'], part['import_unread']), (3, 1))

# ---- without a database
out, _ = run('ingest', '--dry-run', '--json', '--now', NOW, *paths)
check('dry run', json.loads(out)['import_records'], 16)
out, _ = run('parse', '--json', paths[0], paths[7])
lines = [json.loads(line) for line in out.splitlines()]
check('parse', [line['kind'] for line in lines], ['snds_day'] * 3 + ['tls_report', 'tls_policy'] + ['tls_failure'] * 3 + ['tls_policy'])
check('parse: a day', (lines[0]['ip'], lines[0]['day'], lines[0]['filter_result'], lines[0]['complaint_said'], lines[0]['comments']),
      ('192.0.2.10', '2026-03-01', 'GREEN', '< 0.1%', None))
out, _ = run('parse', '--timezone', 'America/Los_Angeles', paths[0])
holds('parse: stamps without a zone', '2026-03-02T01:00:00Z' in out, out)
out, _ = run('formats')
holds('formats', all(f'\n  {name} ' in out for name in ('snds', 'postmaster', 'tls-rpt')), out)
_, err = run('ingest', '--format', 'tls-rpt', paths[0], database=database, expect=1)
holds('a format can be forced', 'tls-rpt' in err, err)
done()
