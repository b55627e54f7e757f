"""What tests/bench/run.sh measures: each thing and its peer in turn, medians of several rounds, and the ratios.

CPU is user + system of the program; for ingest the server's own processes are counted as well. A round runs everything
once, so that all feel the same neighbours; on a busy machine trust the CPU ratios more than those of the wall clock.
"""
import argparse
import glob
import os
import platform
import shutil
import statistics
import subprocess
import time

TICK = os.sysconf('SC_CLK_TCK')
MIB = 1024


class Run:
    """One finished command: wall and CPU seconds, peak memory in KiB."""

    def __init__(self, command, stdin=None, env=None):
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
        if stdin:
            stdin.close()
        complaint = child.stderr.read().decode(errors='replace')
        _, status, usage = os.wait4(child.pid, 0)
        self.wall = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak_kib = usage.ru_maxrss
        if status:
            raise SystemExit(f'{" ".join(command[:3])} failed: {complaint.strip()[-300:]}')


class Cluster:
    """A private server of its own, running and empty."""

    def __init__(self, rebound, folder):
        self.rebound, self.folder = rebound, folder
        os.mkdir(folder, 0o755)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(('REBOUND', 'PG'))}
        self.env.update(REBOUND_DATA=folder, HOME=folder, TZ='UTC')
        subprocess.run([rebound, 'db', 'start'], env=self.env, check=True, stdout=subprocess.DEVNULL)
        self.postmaster = int(open(self.find('**/postmaster.pid')).readline())

    def find(self, pattern):
        return glob.glob(f'{self.folder}/{pattern}', recursive=True, include_hidden=True)[0]

    def cpu(self):
        """Of all processes of the server, also those that have ended."""
        return sum(ticks(pid, pid == self.postmaster) for pid in [self.postmaster, *children(self.postmaster)])

    def ingest(self, log):
        before = self.cpu()
        run = Run([self.rebound, 'ingest', log], env=self.env)
        run.client_cpu = run.cpu
        run.cpu += self.cpu() - before
        return run

    def psql(self, *commands):
        arguments = [part for command in commands for part in ('-c', command)]
        socket = os.path.dirname(self.find('**/.s.PGSQL.5432'))
        done = subprocess.run(['psql', '-h', socket, '-U', 'rebound', '-d', 'postgres', '-qAtX', '-v', 'ON_ERROR_STOP=1',
                               *arguments], env=self.env, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode().strip()

    def stop(self):
        subprocess.run([self.rebound, 'db', 'stop'], env=self.env, stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def children(pid):
    return [int(child) for child in open(f'/proc/{pid}/task/{pid}/children').read().split()]


def ticks(pid, with_dead_children):
    try:
        fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15 if with_dead_children else 13]) / TICK


def raw_copy(cluster, work):
    """The very same rows by binary COPY into day partitions of the same shape; rows and seconds of the COPY alone."""
    rows_file = f'{work}/event.copy'
    days = cluster.psql("SELECT DISTINCT occurred_at::date FROM rebound.event ORDER BY 1").split()
    cluster.psql(f"\\copy (SELECT * FROM rebound.event) TO '{rows_file}' WITH (FORMAT binary)")
    cluster.psql("CREATE SCHEMA raw", "CREATE TABLE raw.event (LIKE rebound.event) PARTITION BY RANGE (occurred_at)")
    for i, day in enumerate(days):
        cluster.psql(f"CREATE TABLE raw.day{i} PARTITION OF raw.event FOR VALUES FROM ('{day} 00:00:00Z') TO "
                     f"('{day} 24:00:00Z')", f"CREATE INDEX ON raw.day{i} USING brin (occurred_at)")
    start = time.monotonic()
    cluster.psql(f"\\copy raw.event FROM '{rows_file}' WITH (FORMAT binary)")
    seconds = time.monotonic() - start
    os.unlink(rows_file)
    return int(cluster.psql('SELECT count(*) FROM raw.event')), seconds


def one_round(rebound, work, number):
    """Everything once, in turn."""
    log = f'{work}/1m.log'
    seen = {
        'wc': Run(['wc', '-l', log]),
        'dry': Run([rebound, 'ingest', '--dry-run', log]),
        'full': Run(['pflogsumm', log]),
        'terse': Run(['pflogsumm', '-h', '0', '-u', '0', '--bounce-detail=0', '--deferral-detail=0', '--reject-detail=0',
                      '--smtpd-warning-detail=0', log]),
    }
    cluster = Cluster(rebound, f'{work}/data{number}')
    try:
        seen['ingest'] = cluster.ingest(log)
        seen['rows'], seen['copy_wall'] = raw_copy(cluster, work)
    finally:
        cluster.stop()
    print(f'round {number}: ' + '  '.join(f'{name} {run.wall:.2f}/{run.cpu:.2f}' for name, run in seen.items()
                                          if isinstance(run, Run)) + f'  copy {seen["copy_wall"]:.2f}  (wall/cpu s)', flush=True)
    return seen


def median(rounds, value):
    return statistics.median(value(r) for r in rounds)


def tell(what, got, goal, good, text='{:.2f}'):
    against = f'   goal {goal:<14} {"reached" if good else "MISSED"}' if goal else ''
    print(f'{what:<58} {text.format(got):>10}{against}')


def compare(rounds):
    def ratio(a, b):
        return median(rounds, lambda r: a(r) / b(r))
    parse = ratio(lambda r: r['dry'].cpu, lambda r: r['wc'].cpu)
    full = ratio(lambda r: r['full'].wall, lambda r: r['ingest'].wall)
    full_cpu = ratio(lambda r: r['full'].cpu, lambda r: r['ingest'].cpu)
    terse = ratio(lambda r: r['terse'].cpu, lambda r: r['ingest'].cpu)
    copy = ratio(lambda r: r['copy_wall'], lambda r: r['ingest'].wall)
    print()
    tell('dry run (parse, correlate, classify) : wc -l, cpu', parse, '<= 4', parse <= 4)
    tell('pflogsumm : ingest, wall', full, '>= 25 (40)', full >= 25)
    tell('pflogsumm : ingest, total cpu (client and server)', full_cpu, '', True)
    tell('pflogsumm terse : ingest, total cpu', terse, '>= 15', terse >= 15)
    tell('ingest : raw binary COPY of the same rows, rows/s', copy, '>= 0.6', copy >= 0.6)
    print(f'medians: wc {median(rounds, lambda r: r["wc"].cpu):.3f} s cpu; dry run {median(rounds, lambda r: r["dry"].cpu):.2f} s '
          f'cpu; ingest {median(rounds, lambda r: r["ingest"].wall):.2f} s wall, '
          f'{median(rounds, lambda r: r["ingest"].client_cpu):.2f} + {median(rounds, lambda r: r["ingest"].cpu - r["ingest"].client_cpu):.2f} s cpu '
          f'(client + server), {rounds[0]["rows"]} rows; pflogsumm {median(rounds, lambda r: r["full"].wall):.1f} s wall')


def growth(rebound, work, rounds, long):
    """Memory and time a line, at ten and a hundred times the lines. The longest log is never a file."""
    cluster = Cluster(rebound, f'{work}/data10m')
    try:
        ten = cluster.ingest(f'{work}/10m.log')
    finally:
        cluster.stop()
    one_kib = max(r['ingest'].peak_kib for r in rounds)
    one_us = median(rounds, lambda r: r['ingest'].client_cpu)
    tell('ingest of 1M lines, client memory, MiB', one_kib / MIB, '<= 64', one_kib <= 64 * MIB, '{:.1f}')
    tell('ingest of 10M lines, client memory, MiB', ten.peak_kib / MIB, '<= 64', ten.peak_kib <= 64 * MIB, '{:.1f}')
    tell('client cpu a line, 10M : 1M lines', ten.client_cpu / 10 / one_us, '<= 1.15', ten.client_cpu / 10 <= 1.15 * one_us)
    print(f'ingest of 10M lines: {ten.wall:.1f} s wall, {ten.client_cpu:.1f} + {ten.cpu - ten.client_cpu:.1f} s cpu')
    if long:
        long_run(rebound, work)


def long_run(rebound, work):
    ten = Run([rebound, 'ingest', '--dry-run', f'{work}/10m.log'])
    generator = subprocess.Popen([f'{work}/gen', '-n', '100000000', '-s', '3', '-d', '100', '-T', f'{work}/truth.json'], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
    hundred = Run([rebound, 'ingest', '--dry-run', '-'], stdin=generator.stdout)
    generator.wait()
    tell('dry run of 100M lines, memory, MiB', hundred.peak_kib / MIB, '<= 64', hundred.peak_kib <= 64 * MIB, '{:.1f}')
    slower = hundred.cpu / 10 / ten.cpu
    tell('client cpu a line, 100M (a pipe) : 10M lines', slower, '<= 1.15', slower <= 1.15)


def machine():
    model = next((line.split(':', 1)[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), '?')
    memory = int(open('/proc/meminfo').readline().split()[1]) // MIB // 1024
    load = ' '.join(f'{x:.1f}' for x in os.getloadavg())
    print(f'machine: {os.cpu_count()} x {model}, {memory} GiB, {platform.system()} {platform.release()}, load {load}')


def main():
    options = argparse.ArgumentParser()
    options.add_argument('rebound')
    options.add_argument('work')
    options.add_argument('--pairs', type=int, default=3)
    options.add_argument('--long', action='store_true')
    o = options.parse_args()
    rebound = os.path.abspath(o.rebound)
    machine()
    rounds = [one_round(rebound, o.work, i + 1) for i in range(o.pairs)]
    compare(rounds)
    growth(rebound, o.work, rounds, o.long)


main()
