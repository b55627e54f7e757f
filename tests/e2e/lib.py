"""What the whole-program tests share: a private server of their own, one database a scenario, and rebound itself."""
import atexit
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / 'shared'
REBOUND = os.environ.get('REBOUND', str(ROOT / 'build/rebound'))
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix='rebound-e2e-', dir='/tmp'))
ENV = {k: v for k, v in os.environ.items() if not k.startswith('REBOUND_')}
ENV.update(REBOUND_DATA=str(FOLDER / 'data'), HOME=str(FOLDER), TZ='UTC', XDG_CONFIG_HOME=str(FOLDER / 'config'))
ENV.pop('XDG_DATA_HOME', None)
os.chmod(FOLDER, 0o755)
checks = failures = 0


def clean():
    subprocess.run([REBOUND, 'db', 'stop'], env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(clean)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def skip(why):
    print(f'skipped: {why}')
    sys.exit(77)


def check(what, got, want):
    """One fact. Says what differs and goes on, so that a run shows all of it."""
    global checks, failures
    checks += 1
    if got != want:
        failures += 1
        print(f'FAIL {what}\n  want {str(want)[:1500]}\n  got  {str(got)[:1500]}', flush=True)
    return got == want


def same_report(what, got, want):
    """Two reports of one name; shows the first rows that differ."""
    if got == want:
        return check(what, True, True)
    rows = [(a, b) for a, b in zip(got['rows'] + [None] * 9, want['rows'] + [None] * 9) if a != b]
    pair = rows[0] if rows else (got, want)
    if isinstance(pair[0], dict) and isinstance(pair[1], dict):
        keys = [k for k in pair[1] if pair[0].get(k) != pair[1].get(k)]
        pair = [{k: d.get(k) for k in keys} for d in pair]
    return check(f'{what} ({len(rows)} rows differ, {len(got["rows"])} for {len(want["rows"])})', str(pair[0])[:300], str(pair[1])[:300] + ' ')


def holds(what, truth, note=''):
    return check(f'{what} {note}', bool(truth), True)


def done():
    print(f'{checks} checks, {failures} failed')
    sys.exit(1 if failures else 0)


def run(*args, database=None, config=None, expect=0, stdin=None, timeout=280):
    """rebound ARGS; answers (stdout, stderr). expect: its exit status, None for any."""
    command = [REBOUND]
    if config:
        command += ['--config', str(config)]
    if database:
        command += ['--database', database]
    r = subprocess.run(command + [str(a) for a in args], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       stdin=stdin if stdin is not None else subprocess.DEVNULL, timeout=timeout)
    out, err = r.stdout.decode('utf-8', 'replace'), r.stderr.decode('utf-8', 'replace')
    if expect is not None:
        check(f'exit status of rebound {" ".join(map(str, args))[:200]}', (r.returncode, err if r.returncode != expect else ''),
              (expect, ''))
    return out, err


def socket_folder():
    """Where the private server listens; makes and starts it when it is not there."""
    run('db', 'start')
    return next(p.parent for p in FOLDER.glob('data/**/.s.PGSQL.*') if not p.name.endswith('.lock'))


def sql(statement, database='postgres'):
    r = subprocess.run(['psql', '-X', '-U', 'rebound', '-h', str(socket_folder()), '-d', database, '-At', '-F', '\t',
                        '-v', 'ON_ERROR_STOP=1', '-c', statement], env=dict(ENV, PGOPTIONS='-c search_path=rebound,public'),
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.returncode:
        raise RuntimeError(r.stderr.decode())
    return [line.split('\t') for line in r.stdout.decode().splitlines()]


made = 0


def fresh_database():
    """A new, empty database on the private server: its conninfo."""
    global made
    made += 1
    sql(f'CREATE DATABASE e2e_{made}')
    return f'host={socket_folder()} user=rebound dbname=e2e_{made}'


def name_of(conninfo):
    return conninfo.rsplit('=', 1)[1]


def drop_database(conninfo):
    sql(f'DROP DATABASE IF EXISTS {name_of(conninfo)} WITH (FORCE)')


REPORTS = ['overview', 'providers', 'domains', 'categories', 'failures', 'blocklists', 'timeline', 'nodes', 'undelivered',
           'suppressions', 'quality', 'senders', 'latency', 'deferrals', 'complaints', 'tls']


def reports(database, since, until, names=REPORTS, config=None):
    """The JSON of these reports for a fixed window, without the time of its making."""
    out, _ = run('report', *names, '--since', since, '--until', until, '--format', 'json', database=database, config=config)
    try:
        page = json.loads(out)
    except ValueError:
        return {'not JSON': out[:500]}
    page.pop('generated_at', None)
    return page


def judged_alike(database, config=None):
    """What was decided while a log or a mail was read is what the same rules say of what is kept of it."""
    said = json.loads(run('reclassify', '--dry-run', '--json', database=database, config=config)[0])
    check('judged again under the same rules', (said['changed'], said['signatures'] > 0), (0, True))


def overview(database, since, until, config=None):
    page = reports(database, since, until, ['overview'], config)
    return page['reports'][0]['rows'][0]
