#!/usr/bin/env python3
# timeout: 300
"""rebound serve: look-ups from a list that is replaced whole and outlives the database and a restart; what monitoring asks;
limits; a reload that keeps the old rules when the new ones are bad; an end within seconds."""
import http.client
import os
import signal
import socket
import subprocess
import time

from lib import ENV, FOLDER, REBOUND, check, done, fresh_database, holds, name_of, run, socket_folder, sql
from lib_postfix import Log

LOG, SOCKET, SNAPSHOT = FOLDER / 'mail.log', FOLDER / 'socketmap', FOLDER / 'list.snapshot'
CONFIG = FOLDER / 'rebound.conf'
with socket.socket() as s:
    s.bind(('127.0.0.1', 0))
    PORT = s.getsockname()[1]


class Service:
    def __init__(self, db):
        CONFIG.write_text(f'[rebound]\ndatabase = {db}\n[serve]\nlogs = {LOG}\nlisten = 127.0.0.1:{PORT}\nsocketmap = {SOCKET}\n'
                          f'snapshot = {SNAPSHOT}\n')
        self.said = open(FOLDER / 'serve.err', 'ab+')
        self.process = subprocess.Popen([REBOUND, '--config', str(CONFIG), '-v', 'serve'], env=ENV, stderr=self.said)
        wait(lambda: get('/healthz')[0] == 200)

    def stop(self):
        began = time.time()
        self.process.terminate()
        check('exit status after SIGTERM', self.process.wait(20), 143)
        holds('it ends within ten seconds', time.time() - began < 10, f'{time.time() - began:.1f} s')

    def messages(self):
        return (FOLDER / 'serve.err').read_text()


def wait(truth, seconds=10):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if truth():
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def get(path, method='GET', body=None):
    c = http.client.HTTPConnection('127.0.0.1', PORT, timeout=20)
    try:
        c.request(method, path, body)
        r = c.getresponse()
        return r.status, r.read().decode()
    except (http.client.HTTPException, OSError):
        return 0, ''
    finally:
        c.close()


def ask_raw(data):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(str(SOCKET))
        s.sendall(data)
        answer = b''
        while not answer.endswith(b','):
            piece = s.recv(65536)
            if not piece:
                break
            answer += piece
        return answer.decode()


def ask(key, name='suppression'):
    text = f'{name} {key}'.encode()
    answer = ask_raw(b'%d:%s,' % (len(text), text))
    return answer.split(':', 1)[1][:-1] if answer else ''


def write(*recipients):
    log = Log(start=time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime()))
    log.count = write.count
    log.mail('a@ours.example', f'well{log.count}@other.example')
    for recipient in recipients:
        log.bounce('a@ours.example', recipient, '5.1.1', '550 5.1.1 <x>: Recipient address rejected: User unknown')
    for i in range(3):
        log.bounce('a@ours.example', f'listed{i}@other.example', '5.7.1',
                   '550 5.7.1 Service unavailable; Client host [192.0.2.44] blocked using zen.spamhaus.org')
    write.count = log.count
    with open(LOG, 'a') as f:
        f.writelines(line + '\n' for _, line in log.lines)


write.count = 0
REFUSED = 'OK REJECT 5.1.1 rebound-suppressed/invalid_recipient'


def answers(db):
    holds('nobody is refused before anybody bounced', wait(lambda: ask('gone@other.example') == 'NOTFOUND '))
    began = time.time()
    write('gone@other.example')
    holds('a bounce is refused', wait(lambda: ask('gone@other.example') == REFUSED), ask('gone@other.example'))
    holds('within five seconds', time.time() - began < 5, f'{time.time() - began:.1f} s')
    print(f'from the bounce to the refusal: {time.time() - began:.1f} s')
    check('case is folded', ask('GONE@Other.Example'), REFUSED)
    check('another is not', ask('here@other.example'), 'NOTFOUND ')
    check('another map', ask('x', 'other').split()[0], 'PERM')
    run('suppression', 'add', 'left.example', '--reason', 'manual', database=db)
    refused = 'OK REJECT 5.7.1 rebound-suppressed/manual'
    holds('an operator\'s entry comes by itself; of a domain', wait(lambda: ask('a@left.example') == refused), ask('a@left.example'))
    check('the domain itself', ask('left.example'), refused)
    check('no other domain', ask('a@notleft.example'), 'NOTFOUND ')


def limits():
    two = b'23:suppression a@b.example,'
    check('two requests at once', ask_raw(two + two).count('NOTFOUND'), 2)
    for what, bad in (('longer than 4 KiB', b'4097:' + b'x' * 10), ('six digits', b'100000:'), ('a leading zero', b'05:'),
                      ('no number', b'x'), ('no comma', b'3:abcd')):
        check(f'{what}: closed', ask_raw(bad), '')
    check('unknown path', get('/nothing')[0], 404)
    check('no GET', get('/healthz', 'DELETE')[0], 405)
    check('a body too large', get('/healthz', 'POST', b'x' * (1024 * 1024 + 1))[0] in (0, 413), True)
    with socket.create_connection(('127.0.0.1', PORT)) as s:
        try:
            s.sendall(b'GET /healthz HTTP/1.1\r\n' + b'X: ' + b'y' * 17000 + b'\r\n\r\n')
            answer = s.recv(100)
        except ConnectionError:
            answer = b''
        holds('headers too large', answer == b'' or b' 400 ' in answer, answer)
    with socket.create_connection(('127.0.0.1', PORT)) as s:  # a byte a second
        began = time.time()
        s.settimeout(1)
        ended = False
        while not ended and time.time() - began < 25:
            try:
                s.sendall(b'G')
                ended = s.recv(10) == b''
            except socket.timeout:
                pass
            except OSError:
                ended = True
        holds('a slow request is cut off after 15 s', ended and 14 < time.time() - began < 18, f'{time.time() - began:.1f} s')


def figures():
    status, text = get('/metrics')
    check('metrics', status, 200)
    for want in ('rebound_build_info{version="', 'rebound_database_up 1', 'rebound_suppression_lookups_total{result="listed"}',
                 'rebound_snapshot_entries 2', '# TYPE rebound_delivery_seconds histogram', 'rebound_suppressions{reason="invalid_recipient",state="active"} 1',
                 'rebound_failures_total{provider="other",category="invalid_recipient",fault="address"} 1',
                 'rebound_ingest_lines_total{source="postfix",outcome="event"}',
                 'target="192.0.2.44"} 1\n'):
        holds(f'metrics: {want}', want in text, text[-1500:])
    check('families of blocklists', text.count('# TYPE rebound_blocklist_state gauge'), 1)
    holds('no addresses in metrics', '@' not in text and 'other.example' not in text)


def reload(service):
    rules = FOLDER / 'rules.d'
    rules.mkdir()
    (rules / 'mine.rules').write_text('rule mine.bad\n    nonsense\n')
    service.process.send_signal(signal.SIGHUP)
    holds('bad rules are told', wait(lambda: 'stay in use' in service.messages()), service.messages()[-500:])
    check('and not used', ask('gone@other.example'), REFUSED)
    (rules / 'mine.rules').unlink()
    service.process.send_signal(signal.SIGHUP)
    holds('good ones are read', wait(lambda: 'were read again' in service.messages()), service.messages()[-500:])
    holds('reloads are counted', wait(lambda: 'rebound_reloads_total{result="refused"} 1' in get('/metrics')[1] and
                                      'rebound_reloads_total{result="used"} 1' in get('/metrics')[1]))
    write('after@other.example')
    holds('it goes on with them', wait(lambda: ask('after@other.example') == REFUSED))


def without_database(service):
    run('db', 'stop')
    holds('not ready', wait(lambda: get('/readyz')[0] == 503, 20))
    check('alive', get('/healthz')[0], 200)
    check('look-ups go on', ask('gone@other.example'), REFUSED)
    write('later@other.example')
    service.stop()
    service = Service(service.db)
    check('also after a restart', ask('gone@other.example'), REFUSED)
    holds('the file is for its owner only', os.stat(SNAPSHOT).st_mode & 0o777 == 0o600)
    run('db', 'start')
    holds('what was written meanwhile is read when it is back', wait(lambda: ask('later@other.example') == REFUSED, 60),
          service.messages()[-800:])
    holds('ready again', wait(lambda: get('/readyz')[0] == 200))
    return service


db = fresh_database()
LOG.touch()
service = Service(db)
service.db = db
holds('ready', wait(lambda: get('/readyz')[0] == 200, 20), get('/readyz')[1])
answers(db)
holds('metrics follow', wait(lambda: 'rebound_suppressions{reason="manual"' in get('/metrics')[1], 25))
figures()
limits()
reload(service)
service = without_database(service)
service.stop()
check('the socket is gone', SOCKET.exists(), False)
done()
