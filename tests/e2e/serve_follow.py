#!/usr/bin/env python3
# timeout: 300
"""ingest --follow: a line written is a row committed within a second, through every rotation, once; idle it costs nothing;
a signal ends it at once and the next run goes on from there."""
import gzip
import os
import signal
import subprocess
import time

from lib import ENV, FOLDER, REBOUND, check, done, drop_database, fresh_database, holds, name_of, run, sql
from lib_postfix import Log


class Relay:
    """Writes a log as a relay does, a message at a time, with the time of day."""

    def __init__(self, path):
        self.path, self.count = path, 0
        self.file = open(path, 'ab', buffering=0)

    def text(self, n=1, bounced=False):
        log = Log(start=time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime()))
        log.count = self.count
        for _ in range(n):
            self.count += 1
            if bounced:
                log.bounce('a@ours.example', f'r{self.count}@other.example', '5.1.1', '550 5.1.1 User unknown')
            else:
                log.mail('a@ours.example', f'r{self.count}@other.example')
        return ''.join(line + '\n' for _, line in log.lines).encode()

    def write(self, n=1, **more):
        self.file.write(self.text(n, **more))

    def reopen(self):
        self.file.close()
        self.file = open(self.path, 'ab', buffering=0)


def rows(db):
    return int(sql('SELECT coalesce(sum(weight), 0) FROM event', name_of(db))[0][0])


def wait_for(db, want, seconds=5):
    end = time.time() + seconds
    while (got := rows(db)) != want and time.time() < end:
        time.sleep(0.05)
    return got


class Following:
    def __init__(self, db, *paths):
        self.process = subprocess.Popen([REBOUND, '--database', db, 'ingest', '--follow', '--json', *map(str, paths)],
                                        env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def cpu(self):
        fields = open(f'/proc/{self.process.pid}/stat').read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def stop(self, number=signal.SIGTERM):
        began = time.time()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        holds('a signal ends it within a second', time.time() - began < 1.5, f'{time.time() - began:.2f} s')
        check('its exit status and messages', (self.process.returncode, err.decode()), (128 + number, ''))
        return out.decode()


def maildir(path):
    for name in ('new', 'cur', 'tmp'):
        (path / name).mkdir(parents=True)
    return path


BOUNCE = """From: MAILER-DAEMON@mx.other.example
To: a@ours.example
Subject: Undelivered
Message-ID: <b{n}@mx.other.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.other.example

Final-Recipient: rfc822; r{n}@other.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: text/rfc822-headers

From: a@ours.example
To: r{n}@other.example
Message-ID: <{n:05x}a{n:04x}@mx1.example>
Subject: hello

--b--
"""


def through_rotations(db, folder):
    relay, box = Relay(folder / 'mail.log'), maildir(folder / 'Maildir')
    relay.write(5)
    f = Following(db, relay.path, box, folder / 'later.log')
    check('what is there already', wait_for(db, 5, 10), 5)
    relay.write(3)
    check('what is written then', wait_for(db, 8), 8)

    text = relay.text(1)
    cut = text.index(b'status=') + 3
    relay.file.write(text[:cut])
    time.sleep(0.7)
    check('half a line is none', rows(db), 8)
    relay.file.write(text[cut:])
    check('its other half makes it one', wait_for(db, 9), 9)

    os.rename(relay.path, folder / 'mail.log.1')
    relay.write(2)  # the writer has it open still
    check('renamed: the old file is read on', wait_for(db, 11), 11)
    relay.reopen()
    relay.write(4)
    check('and the new one', wait_for(db, 15), 15)

    (folder / 'mail.log.2.gz').write_bytes(gzip.compress((folder / 'mail.log.1').read_bytes()))
    os.remove(folder / 'mail.log.1')
    relay.write(1)
    check('compressed: nothing twice', wait_for(db, 16), 16)

    (folder / 'mail.log.1').write_bytes(relay.path.read_bytes())
    os.truncate(relay.path, 0)
    relay.write(2)
    check('copytruncate: what comes after the cut', wait_for(db, 18), 18)

    (box / 'tmp/1.mail').write_text(BOUNCE.format(n=1))
    os.rename(box / 'tmp/1.mail', box / 'new/1.mail')
    end = time.time() + 5
    while time.time() < end and sql('SELECT count(*) FROM returned_mail', name_of(db)) == [['0']]:
        time.sleep(0.1)
    check('a bounce that comes into the Maildir', sql('SELECT count(*) FROM returned_mail', name_of(db)), [['1']])
    check('joined to its send', wait_for(db, 19), 19)
    later = Relay(folder / 'later.log')
    later.count = 500
    text = later.text(1).replace(b' mx1 ', b' mx2 ')
    later.file.write(text)
    check('a log that was not there at first', wait_for(db, 20), 20)
    f.stop()
    return relay


def after_a_pause(db, folder, relay):
    """Written, rotated and compressed while nobody followed."""
    relay.write(3)
    os.rename(folder / 'mail.log.1', folder / 'mail.log.3')
    (folder / 'mail.log.1.gz').write_bytes(gzip.compress(relay.path.read_bytes()))
    os.remove(relay.path)
    relay.reopen()
    relay.write(2)
    f = Following(db, relay.path, folder / 'Maildir')
    check('rotated while nobody followed', wait_for(db, 25, 10), 25)
    f.stop(signal.SIGINT)
    run('ingest', folder / 'mail.log', folder / 'later.log', folder / 'Maildir', database=db)
    check('all of it was known', rows(db), 25)


def latency(db, folder):
    """The worst of 100 lines but one, from the write to the row, with 500 messages a second beside them."""
    relay = Relay(folder / 'busy.log')
    relay.write(1)
    f = Following(db, relay.path)
    wait_for(db, 1, 10)
    total, waits = 1, []
    for _ in range(100):
        relay.write(25)
        total += 25
        began = time.time()
        while rows(db) < total and time.time() - began < 5:
            time.sleep(0.01)
        waits.append(time.time() - began)
    waits.sort()
    holds('a line written is a row within a second (p99)', waits[98] < 1, f'p50 {waits[50]:.3f} s p99 {waits[98]:.3f} s')
    print(f'latency: p50 {waits[50] * 1000:.0f} ms, p99 {waits[98] * 1000:.0f} ms')
    time.sleep(3)
    before = f.cpu()
    time.sleep(10)
    share = (f.cpu() - before) / 10
    holds('under 1 % of a processor when idle', share < 0.01, f'{share:.2%}')
    print(f'idle: {share:.2%} of a processor')
    f.stop()


for name, scenario in ('rotations', through_rotations), ('latency', latency):
    database, place = fresh_database(), FOLDER / name
    run('db', 'upgrade', database=database)
    place.mkdir()
    relay = scenario(database, place)
    if name == 'rotations':
        after_a_pause(database, place, relay)
    drop_database(database)
out, err = run('ingest', '--follow', '-', database=fresh_database(), expect=2)
check('stdin is refused', 'stdin cannot be followed' in err, True)
done()
