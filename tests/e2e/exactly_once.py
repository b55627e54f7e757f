#!/usr/bin/env python3
# timeout: 900
"""However the same logs and mails come in - again, renamed, gzipped, in part and then whole, cut in two, mails first, by two
ingesters at once, killed and run again - the reports for a fixed window are the same, byte for byte."""
import gzip
import lzma
import os
import random
import signal
import subprocess
import time

from lib import ENV, FOLDER, REBOUND, ROOT, SHARED, check, done, drop_database, fresh_database, holds, reports, run, same_report

SAMPLES = ROOT / 'tests/data/quickstart'
NOW = '2026-11-23T12:00:00Z'
CONFIG = FOLDER / 'small-batches.conf'
CONFIG.write_text('[ingest]\nbatch_mb = 1\n')


def texts():
    """(name, the whole log, the mails, since, until)"""
    older = gzip.open(SAMPLES / 'mail.log.1.gz').read()
    newer = (SAMPLES / 'mail.log').read_bytes()
    yield 'samples', older + newer, gzip.open(SAMPLES / 'bounces.mbox.gz').read(), '2026-02-01', '2026-05-01'
    generator = SHARED / 'bench/gen_postfix_log.c'
    if not generator.exists():
        print('skipped: the load generator is not here, the samples alone are used')
        return
    binary = FOLDER / 'gen'
    subprocess.run(['cc', '-O2', '-o', binary, generator, '-lm'], check=True, stderr=subprocess.DEVNULL)
    log = subprocess.run([binary, '-n', '60000', '-s', '7', '-d', '3', '-T', FOLDER / 'truth.json'], check=True,
                         stdout=subprocess.PIPE).stdout
    yield 'generated', log, b'', '2026-03-20', '2026-04-02'


def write(name, data):
    path = FOLDER / name
    path.write_bytes(data)
    return path


def ingest(database, *paths, expect=0):
    return run('ingest', '--now', NOW, *paths, database=database, config=CONFIG, expect=expect)


def line_end(data, near):
    return data.index(b'\n', near) + 1


def whole(db, log, mails):
    ingest(db, write('mail.log', log), write('b.mbox', mails))


def twice(db, log, mails):
    whole(db, log, mails)
    whole(db, log, mails)


def renamed_and_gzipped(db, log, mails):
    whole(db, log, mails)
    path = FOLDER / 'mail.log.1.gz'
    path.write_bytes(gzip.compress(log, 1))
    ingest(db, path)
    path = FOLDER / 'old.xz'
    path.write_bytes(lzma.compress(log, preset=0))
    ingest(db, path, write('other-name', log))


def beginning_then_whole(db, log, mails):
    for share in (0.001, 0.3, 0.7):  # in the middle of a line, too
        ingest(db, write('mail.log', log[:int(len(log) * share)]))
    whole(db, log, mails)


def growing_gz(db, log, mails):
    for share in (0.2, 0.9, 1):
        path = FOLDER / 'part.gz'
        path.write_bytes(gzip.compress(log[:int(len(log) * share)], 1))
        ingest(db, path)
    ingest(db, write('b.mbox', mails)) if mails else None


def cut_in_two(db, log, mails):
    cut = line_end(log, len(log) // 2)
    ingest(db, write('mail.log.1', log[:cut]))
    ingest(db, write('mail.log', log[cut:]), write('b.mbox', mails))


def cut_in_many_at_once(db, log, mails):
    cuts = [0] + [line_end(log, len(log) * i // 6) for i in range(1, 6)] + [len(log)]
    paths = [write(f'mail.{9 - i}', log[a:b]) for i, (a, b) in enumerate(zip(cuts, cuts[1:]))]
    random.Random(3).shuffle(paths)
    ingest(db, *paths, write('b.mbox', mails))


def newer_first(db, log, mails):
    cut = line_end(log, len(log) // 2)
    ingest(db, write('mail.log', log[cut:]), write('b.mbox', mails))
    ingest(db, write('mail.log.1', log[:cut]))


def one_by_one_in_any_order(db, log, mails):
    cuts = [0] + [line_end(log, len(log) * i // 5) for i in range(1, 5)] + [len(log)]
    parts = [write(f'mail.{9 - i}', log[a:b]) for i, (a, b) in enumerate(zip(cuts, cuts[1:]))]
    for i in (0, 2, 4, 3, 1):
        ingest(db, parts[i])
    ingest(db, write('b.mbox', mails))


def oldest_last(db, log, mails):
    """The middle of a life lies open between its end, which was read first, and its beginning."""
    cuts = [0] + [line_end(log, len(log) * i // 3) for i in range(1, 3)] + [len(log)]
    parts = [write(f'mail.{9 - i}', log[a:b]) for i, (a, b) in enumerate(zip(cuts, cuts[1:]))]
    for i in (2, 1, 0):
        ingest(db, parts[i])
    ingest(db, write('b.mbox', mails))


def mails_first(db, log, mails):
    ingest(db, write('b.mbox', mails))
    ingest(db, write('mail.log', log))


def by_stdin(db, log, mails):
    with open(write('mail.log', log), 'rb') as f:
        run('ingest', '--now', NOW, '-', database=db, config=CONFIG, stdin=f)
    with open(write('mail.log', log), 'rb') as f:
        run('ingest', '--now', NOW, '-', database=db, config=CONFIG, stdin=f)
    ingest(db, write('b.mbox', mails)) if mails else None


def start(db, *paths):
    return subprocess.Popen([REBOUND, '--config', CONFIG, '--database', db, 'ingest', '--now', NOW, *paths], env=ENV,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def two_at_once(db, log, mails):
    a, b = write('mail.log', log), write('copy.log', log)
    both = [start(db, a), start(db, b)]
    for p in both:
        _, err = p.communicate(timeout=200)
        check('two ingesters: exit status', (p.returncode, err.decode()), (0, ''))
    ingest(db, write('b.mbox', mails)) if mails else None


def killed(db, log, mails):
    """kill -9 at 30 random points of a run, each time from the start again."""
    dice = random.Random(5)
    path, mbox = write('mail.log', log), write('b.mbox', mails)
    paths = [path, mbox] if mails else [path]
    begun = time.monotonic()
    run('ingest', '--dry-run', path)
    usual = max(0.2, 4 * (time.monotonic() - begun))
    ended = 0
    for _ in range(30):
        p = start(db, *paths)
        try:
            p.wait(timeout=dice.uniform(0.005, usual))
            ended += 1
        except subprocess.TimeoutExpired:
            os.kill(p.pid, signal.SIGKILL)
        p.communicate()
    holds('some of the 30 were killed', ended < 30, f'({30 - ended} were)')
    ingest(db, *paths)


def stopped_by_hand(db, log, mails):
    p = start(db, write('mail.log', log))
    time.sleep(0.15)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=60)
    holds('Ctrl-C ends with 130, or the run was over', p.returncode in (130, 0), str(p.returncode))
    whole(db, log, mails)


TLS = ('tls_share', 'encrypted', 'tls_known', 'trusted', 'untrusted', 'none', 'unknown', 'known')


def older_at_once(db, log, mails):
    """Both find lives to restate, at the same moment."""
    cuts = [0] + [line_end(log, len(log) * i // 3) for i in range(1, 3)] + [len(log)]
    parts = [write(f'mail.{9 - i}', log[a:b]) for i, (a, b) in enumerate(zip(cuts, cuts[1:]))]
    ingest(db, parts[2])
    both = [start(db, parts[1]), start(db, parts[0])]
    for p in both:
        _, err = p.communicate(timeout=200)
        check('two older logs at once: exit status', (p.returncode, err.decode()), (0, ''))
    ingest(db, write('b.mbox', mails)) if mails else None


def without_tls(report):
    """Postfix names a connection's encryption once; when its log is read later than the deliveries over it, the first
    minutes behind the cut do not know it."""
    return dict(report, rows=[{k: v for k, v in row.items() if k not in TLS} for row in report['rows']])


WAYS = [twice, renamed_and_gzipped, beginning_then_whole, growing_gz, cut_in_two, cut_in_many_at_once, newer_first, one_by_one_in_any_order, oldest_last, mails_first, by_stdin,
        two_at_once, older_at_once, killed, stopped_by_hand]

for name, log, mails, since, until in texts():
    if not mails:
        mails = b'From a@b.example Mon Mar 23 10:00:00 2026\nSubject: hello\n\nno report\n'
    database = fresh_database()
    whole(database, log, mails)
    want = reports(database, since, until)
    holds(f'{name}: the reports speak of something', want['reports'][0]['rows'][0]['attempted'] > 100)
    drop_database(database)
    for way in WAYS:
        database = fresh_database()
        way(database, log, mails)
        got = reports(database, since, until)
        for a, b in zip(want['reports'], got['reports']):
            if a['name'] == 'quality' and way in (cut_in_two, cut_in_many_at_once, newer_first, one_by_one_in_any_order, oldest_last, older_at_once):
                continue  # it counts inputs
            if way in (one_by_one_in_any_order, oldest_last, older_at_once):
                a, b = without_tls(a), without_tls(b)
            same_report(f'{name}, {way.__name__}: {a["name"]}', b, a)
        drop_database(database)
done()
