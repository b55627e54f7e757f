#!/usr/bin/env python3
# timeout: 300
"""ingest --follow and serve on a folder as multilog keeps it: `current`, renamed to @4000... when it is full, at any moment - also
between "starting delivery" and its report, also while nobody follows. Every delivery is a row, once."""
import os
import signal
import subprocess
import time

from lib import ENV, FOLDER, REBOUND, check, done, drop_database, fresh_database, holds, name_of, run, sql


class Multilog:
    """qmail-send's lines with the time of day; deliveries stay at work until they are told to end."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder, self.count, self.at_work = folder, 0, []
        self.open()

    def open(self):
        self.file = open(self.folder / 'current', 'ab', buffering=0)

    def stamp(self):
        at = time.time_ns()
        return f'@{(1 << 62) + 10 + at // 10**9:016x}{at % 10**9:08x}'

    def say(self, text):
        self.file.write(f'{self.stamp()} {text}\n'.encode())

    def begin(self, n=1):
        for _ in range(n):
            self.count += 1
            self.say(f'new msg {self.count}')
            self.say(f'info msg {self.count}: bytes 900 from <a@ours.example> qp {self.count} uid 89')
            self.say(f'starting delivery {self.count}: msg {self.count} to remote r{self.count}@other.example')
            self.at_work.append(self.count)

    def end(self, n=1):
        for _ in range(n):
            number = self.at_work.pop(0)
            self.say(f'delivery {number}: success: 192.0.2.25_accepted_message./Remote_host_said:_250_ok/')
            self.say(f'end msg {number}')

    def rotate(self):
        self.file.close()
        os.rename(self.folder / 'current', self.folder / f'{self.stamp()}.s')
        self.open()

    def paths(self):
        """What a service names (current) and what a shell finds for a folder."""
        return [self.folder / 'current']

    def all(self):
        return sorted(self.folder.iterdir())


def told(db):
    """Deliveries, and how many of them know their message."""
    return tuple(map(int, sql('SELECT coalesce(sum(weight), 0), coalesce(sum(weight) FILTER (WHERE attempt_flags & 64 = 0), 0) '
                              'FROM event', name_of(db))[0]))


def wait_for(db, want, seconds=8):
    end = time.time() + seconds
    while (got := told(db)[0]) != want and time.time() < end:
        time.sleep(0.05)
    return got


def start(db, command, *paths):
    return subprocess.Popen([REBOUND, '--database', db, *command, *map(str, paths)], env=ENV, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def stop(process, number=signal.SIGTERM):
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, err.decode()


def through_rotations(db, log, command):
    log.begin(4)
    log.end(2)
    p = start(db, command, *log.paths())
    check(f'{command[0]}: what is there already', wait_for(db, 2, 15), 2)
    log.end(1)
    check(f'{command[0]}: what began before it came', wait_for(db, 3), 3)
    log.rotate()
    log.end(1)
    log.begin(3)
    check(f'{command[0]}: what began before the rotation', wait_for(db, 4), 4)
    time.sleep(0.5)
    stop(p)

    log.end(1)  # nobody follows
    log.begin(1)
    p = start(db, command, *log.paths())
    check(f'{command[0]}: what began before the stop', wait_for(db, 5, 15), 5)
    log.end(1)
    check(f'{command[0]}: and ended after the start', wait_for(db, 6), 6)
    time.sleep(0.5)
    os.kill(p.pid, signal.SIGKILL)
    p.communicate()
    log.end(1)
    log.begin(2)
    log.rotate()  # while nobody follows
    log.end(2)
    p = start(db, command, *log.all())
    check(f'{command[0]}: a rotation while nobody followed', wait_for(db, 9, 15), 9)
    stop(p)
    log.end(1)
    log.begin(1)
    log.end(1)
    run('ingest', *log.all(), database=db)
    check(f'{command[0]}: read on by hand, and nothing twice', told(db)[0], 11)
    check(f'{command[0]}: nothing is open', sql('SELECT count(*) FROM open_message', name_of(db)), [['0']])


for name, command in ('follow', ['ingest', '--follow']), ('serve', ['serve', '--listen', 'none']):
    database = fresh_database()
    run('db', 'init', database=database)
    through_rotations(database, Multilog(FOLDER / name), command)
    drop_database(database)
done()
