#!/usr/bin/env python3
"""Bad input: a clear message, exit 1, the rest read, nothing lost. And a wrong password, a full disk, a closed pipe."""
import gzip
import os
import subprocess

from lib import ENV, FOLDER, REBOUND, check, done, drop_database, fresh_database, holds, name_of, overview, run, sql
from lib_postfix import Log

WINDOW = ('2026-03-01', '2026-03-10')
good = Log()
for i in range(50):
    good.mail('news@brand.example', f'a{i}@other.example')
    good.at(seconds=10)
GOOD = good.text()


def beside(name, data, expect=1, read=50):
    """One bad input beside a good one: the good one counts, the bad one is named."""
    database = fresh_database()
    folder = FOLDER / 'inputs'
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / 'good.log').write_bytes(GOOD)
    (folder / name).write_bytes(data)
    out, err = run('ingest', '--now', '2026-03-10T00:00:00Z', folder, database=database, expect=expect)
    if expect:
        holds(f'{name}: named', name in err, err)
        holds(f'{name}: one line', len(err.strip().splitlines()) == 1, err)
    holds(f'{name}: no control characters are shown', all(c >= ' ' or c == '\n' for c in out + err))
    check(f'{name}: delivered', overview(database, *WINDOW)['delivered'], read)
    return database


def nested(depth):
    head = b'From: MAILER-DAEMON@mx.example\nTo: b@brand.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n'
    return head + b''.join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(depth)) + b'\nend\n'


other = Log(start='2026-03-04T08:00:00', host='mx2')
for i in range(400):
    other.mail('news@brand.example', f'o{i}@other.example')
    other.at(seconds=10)
OTHER = other.text()
long_line = b'2026-03-02T08:00:00+00:00 mx1 postfix/smtp[9]: ' + b'x' * (1 << 20) + b'\n'

for name, data, more in (
        ('binary.bin', os.urandom(100000), {}),
        ('empty.log', b'', {}),
        ('nested.eml', nested(5000), {}),
        ('nul.log', OTHER.replace(b'o7@other', b'o\0@other'), {'expect': 0, 'read': 450}),
        ('utf8.log', OTHER.replace(b'o7@other', b'\xff\xfe\xc3@other'), {'expect': 0, 'read': 450}),
        ('long.log', OTHER + long_line.replace(b'mx1', b'mx2').replace(b'03-02', b'03-04') + b'', {'expect': 0, 'read': 450})):
    drop_database(beside(name, data, **more))

# a gz cut off in the middle: what can be read is read, and it is said; whole, it goes on from there
packed = gzip.compress(OTHER)
database = fresh_database()
path = FOLDER / 'cut.gz'
path.write_bytes(packed[:len(packed) * 2 // 3])
_, err = run('ingest', '--now', '2026-03-10T00:00:00Z', path, database=database, expect=1)
holds('cut.gz: named', 'cut.gz' in err, err)
part = overview(database, *WINDOW)['delivered']
holds('cut.gz: its beginning was read', 50 < part < 400, str(part))
path.write_bytes(packed)
run('ingest', '--now', '2026-03-10T00:00:00Z', path, database=database)
check('cut.gz, whole: delivered', overview(database, *WINDOW)['delivered'], 400)
drop_database(database)

# not to be read, not there
_, err = run('ingest', FOLDER / 'nowhere.log', database=fresh_database(), expect=1)
holds('a missing file is named', 'nowhere.log' in err, err)

# a wrong server, a wrong password: exit 3, one line, no secret
_, err = run('ingest', path, database='host=/nowhere dbname=x user=u password=geheim', expect=3)
holds('no server: one line without the password', len(err.strip().splitlines()) == 1 and 'geheim' not in err, err)
_, err = run('ingest', path, database='host=/nowhere nonsense', expect=2)

# output that cannot be written
r = subprocess.run(f'"{REBOUND}" report --since 2026-03-01 > /dev/full', shell=True, env=ENV, stderr=subprocess.PIPE)
check('a full disk: exit status', r.returncode, 4)
r = subprocess.run(f'"{REBOUND}" report --since 2026-03-01 | head -c 1; exit ${{PIPESTATUS[0]}}', shell=True, env=ENV,
                   executable='/bin/bash', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
check('a closed pipe ends quietly', (r.returncode, r.stderr), (0, b''))

# a database that is taken away in the middle, then back: nothing lost, nothing twice
database = fresh_database()
log = FOLDER / 'again.log'
log.write_bytes(OTHER)
run('ingest', '--now', '2026-03-10T00:00:00Z', log, database=database)
run('db', 'stop')
run('ingest', '--now', '2026-03-10T00:00:00Z', log, database=database, expect=3)
run('db', 'start')
run('ingest', '--now', '2026-03-10T00:00:00Z', log, database=database)
check('after a restart: delivered', overview(database, *WINDOW)['delivered'], 400)
done()
