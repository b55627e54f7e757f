#!/usr/bin/env python3
# timeout: 900
"""Every format, cut at a line end: in two files or six, read in one run or several, a head first and then the grown file, killed
and read again - the reports for a fixed window are the same as of the whole file. What a parser keeps between lines must not be
lost with the process that read them. `formats_cut.py FORMAT ...` looks at these alone; REBOUND_CUTS=N cuts at N places each."""
import os
import random
import signal
import subprocess
import sys

from lib import ENV, FOLDER, REBOUND, ROOT, check, done, drop_database, fresh_database, holds, name_of, reports, run, same_report, \
    socket_folder, sql
from lib_formats import GENERATED

SINCE, UNTIL, NOW = '2026-01-01', '2026-11-01', '2026-11-23T12:00:00Z'
CUTS = int(os.environ.get('REBOUND_CUTS', '1'))
CONFIG = FOLDER / 'small-batches.conf'
CONFIG.write_text('[ingest]\nbatch_mb = 1\n')
HEADS = {'powermta': lambda line: b'timeLogged' in line, 'exchange': lambda line: line.startswith((b'#', b'\xef\xbb\xbf#'))}


def samples():
    """(format, name, its lines)"""
    for folder in sorted((ROOT / 'tests/data/logs').iterdir()):
        for path in sorted(folder.glob('*.log')):
            yield folder.name, path.stem, path.read_bytes().splitlines(keepends=True)
    for name, make in GENERATED.items():
        yield name.split('-')[0], 'generated ' + name, [line.encode() + b'\n' for line in make(120)]


def head_of(name, lines, cut):
    """The lines that a file which begins at this place begins with: the names of its columns, as they are by then."""
    is_head, last = HEADS.get(name, lambda line: False), 0
    for n in range(cut):
        if is_head(lines[n]):
            last = n + 1
    first = last
    while first > 0 and is_head(lines[first - 1]):
        first -= 1
    return lines[first:last]


def write(name, lines):
    path = FOLDER / name
    path.write_bytes(b''.join(lines))
    return path


def ingest(database, name, *paths):
    run('ingest', '--now', NOW, '--format', name, '--overlap', *paths, database=database, config=CONFIG, expect=None)


def pieces(name, lines, cuts):
    edges = [0] + sorted(set(cuts)) + [len(lines)]
    parts = [head_of(name, lines, a) + lines[a:b] for a, b in zip(edges, edges[1:]) if a < b]
    return [write(f'part.{i}', part) for i, part in enumerate(parts)]


def whole(db, name, lines, cuts):
    ingest(db, name, write('whole', lines))


def in_one_run(db, name, lines, cuts):
    ingest(db, name, *pieces(name, lines, cuts[:1]))


def in_two_runs(db, name, lines, cuts):
    for path in pieces(name, lines, cuts[:1]):
        ingest(db, name, path)


def head_and_then_all(db, name, lines, cuts):
    ingest(db, name, write('growing', lines[:cuts[0]]))
    ingest(db, name, write('growing', lines))


def in_six(db, name, lines, cuts):
    for path in pieces(name, lines, [len(lines) * i // 6 for i in range(1, 6)]):
        ingest(db, name, path)


def grown_in_six(db, name, lines, cuts):
    for i in range(1, 7):
        ingest(db, name, write('growing', lines[:len(lines) * i // 6]))


def killed(db, name, lines, cuts):
    dice, path, killed_runs = random.Random(5), write('long', lines), 0
    for _ in range(12):
        p = subprocess.Popen([REBOUND, '--config', CONFIG, '--database', db, 'ingest', '--now', NOW, '--format', name, path],
                             env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            p.wait(timeout=dice.uniform(0.02, 0.5))
        except subprocess.TimeoutExpired:
            os.kill(p.pid, signal.SIGKILL)
            killed_runs += 1
        p.communicate()
    holds(f'{name}: runs were killed', killed_runs > 0)
    ingest(db, name, path)


WAYS = [in_two_runs, head_and_then_all, in_one_run]
empty = fresh_database()
run('db', 'init', database=empty)
sql('ALTER SYSTEM SET fsync = off')  # hundreds of databases; the server itself is never killed here
sql('SELECT pg_reload_conf()')


def told(way, name, lines, cuts):
    """What the reports say once the log was read in this way. `quality` counts inputs."""
    told.count += 1
    database = f'cut_{told.count}'
    sql(f'CREATE DATABASE {database} TEMPLATE {name_of(empty)}')
    conninfo = f'host={socket_folder()} user=rebound dbname={database}'
    way(conninfo, name, lines, cuts)
    page = reports(conninfo, SINCE, UNTIL)
    drop_database(conninfo)
    return {r['name']: r for r in page['reports'] if r['name'] != 'quality'}


told.count = 0


def nothing_stays_open(name, lines):
    """Every recipient came to an end; only the last message may still be spoken of."""
    database = fresh_database()
    whole(database, name, lines, None)
    check(f'{name}: messages that are open', [int(n) <= 1 for n in sql('SELECT count(*) FROM open_message', name_of(database))[0]], [True])
    check(f'{name}: recipients that are lost', sql("SELECT coalesce(sum(weight), 0) FROM event WHERE outcome = 'L'", name_of(database)), [['0']])
    drop_database(database)


def compare(what, way, name, lines, cuts, want):
    got = told(way, name, lines, cuts)
    wrong = [n for n in want if got[n] != want[n]]
    check(f'{what}: reports that differ', wrong, [])
    if wrong:
        same_report(f'{what}: {wrong[0]}', got[wrong[0]], want[wrong[0]])
    return not wrong


for name, sample, lines in samples():
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    dice = random.Random(11)
    want = told(whole, name, lines, None)
    holds(f'{name} {sample}: the reports speak of something', want['overview']['rows'])
    ends = [n for n in range(2, len(lines))
            if name != 'powermta' or b''.join(lines[:n]).count(b'"') % 2 == 0]  # a row over several lines is cut by nobody
    places = ends if len(ends) <= CUTS else sorted(dice.sample(ends, CUTS))
    for i, cut in enumerate(places):
        for way in WAYS if os.environ.get('REBOUND_CUTS') else [WAYS[i % len(WAYS)]]:
            compare(f'{name} {sample}, cut behind line {cut}, {way.__name__}', way, name, lines, [cut], want)
    if sample.startswith('generated'):
        nothing_stays_open(name, lines)
        for way in (in_six, grown_in_six):
            compare(f'{name} {sample}, {way.__name__}', way, name, lines, None, want)

for name in ('qmail', 'haraka', 'sendmail'):
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    lines = [line.encode() + b'\n' for line in GENERATED[name](9000)]
    compare(f'{name}, killed', killed, name, lines, None, told(whole, name, lines, None))
done()
