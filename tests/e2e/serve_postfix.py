#!/usr/bin/env python3
# timeout: 180
"""A real Postfix on loopback, a sink that refuses one recipient with 550 5.1.1, and rebound serve between its log and its
door: within five seconds of the bounce smtpd refuses that recipient, and nobody else."""
import grp
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import time

from lib import ENV, FOLDER, REBOUND, check, done, fresh_database, holds, skip

if os.geteuid() != 0:
    skip('Postfix can be started by root only')
POSTFIX = shutil.which('postfix', path='/usr/sbin:/sbin:/usr/bin')
if not POSTFIX:
    skip('no postfix here (Debian package postfix)')
try:
    pwd.getpwnam('postfix'), grp.getgrnam('postdrop')
except KeyError:
    skip('Postfix was installed without its users')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


SMTPD, SINK = free_port(), free_port()
CONF, QUEUE, DATA, LOG, SOCKET = (FOLDER / n for n in ('postfix', 'queue', 'pfdata', 'mail.log', 'look/socketmap'))
MAIN = f"""
compatibility_level = 3.6
queue_directory = {QUEUE}
data_directory = {DATA}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {LOG}
maillog_file_prefixes = {FOLDER}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.ours.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
relayhost = [127.0.0.1]:{SINK}
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
notify_classes =
default_process_limit = 10
smtpd_recipient_restrictions = check_recipient_access socketmap:unix:{SOCKET}:suppression, permit_mynetworks, reject
bounce_queue_lifetime = 0
maximal_queue_lifetime = 1h
transport_maps = inline:{{ {{ ours.example = discard: }} }}
"""
MASTER = f"""
127.0.0.1:{SMTPD} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def start_postfix():
    for folder in (CONF, QUEUE, DATA, SOCKET.parent):
        folder.mkdir()
    shutil.chown(DATA, 'postfix')
    SOCKET.parent.chmod(0o755)
    (CONF / 'main.cf').write_text(MAIN)
    (CONF / 'master.cf').write_text(MASTER)
    for name in ('postfix-files', 'dynamicmaps.cf'):
        if os.path.exists(f'/etc/postfix/{name}'):
            shutil.copy(f'/etc/postfix/{name}', CONF)
    LOG.touch(mode=0o644)
    r = subprocess.run([POSTFIX, '-c', str(CONF), 'start'], env=PLAIN, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    if r.returncode or not open_at(SMTPD):
        stop_postfix()
        skip(f'Postfix does not start here: {r.stdout.decode()[-300:]} {LOG.read_text()[-500:]}')


def stop_postfix():
    subprocess.run([POSTFIX, '-c', str(CONF), 'stop'], env=PLAIN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


def open_at(port, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


class Sink:
    """A remote relay that knows everybody but gone@remote.example."""

    def __init__(self):
        import threading
        self.listener = socket.create_server(('127.0.0.1', SINK))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        import threading
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection, connection.makefile('rwb') as f:
            def say(text):
                f.write(text.encode() + b'\r\n')
                f.flush()
            say('220 sink.remote.example ESMTP')
            while line := f.readline():
                verb = line.split(b':')[0].split()[0].upper() if line.split() else b''
                if verb == b'QUIT':
                    say('221 2.0.0 Bye')
                    return
                if verb == b'DATA':
                    say('354 go on')
                    while f.readline() not in (b'.\r\n', b''):
                        pass
                    say('250 2.0.0 Ok: queued as SINK1')
                elif verb == b'RCPT' and b'gone@remote.example' in line.lower():
                    say('550 5.1.1 <gone@remote.example>: Recipient address rejected: User unknown in virtual mailbox table')
                else:
                    say('250 2.1.0 Ok')


def send(recipient):
    """The reply to RCPT TO, or to the message."""
    with smtplib.SMTP('127.0.0.1', SMTPD, timeout=30) as smtp:
        smtp.ehlo('app.ours.example')
        smtp.mail('news@ours.example')
        code, text = smtp.rcpt(recipient)
        if code == 250:
            code, text = smtp.data(f'From: news@ours.example\r\nTo: {recipient}\r\nSubject: hello\r\n\r\nhello\r\n')
        return code, text.decode()


def logged(text, seconds=15):
    end = time.time() + seconds
    while time.time() < end and text not in LOG.read_text(errors='replace'):
        time.sleep(0.02)
    return text in LOG.read_text(errors='replace')


PLAIN = {k: v for k, v in os.environ.items() if k != 'MAIL_CONFIG'}
sink = Sink()
start_postfix()
service = None
try:
    service = subprocess.Popen([REBOUND, '--database', fresh_database(), 'serve', '--listen', 'none', '--socketmap', str(SOCKET),
                                str(LOG)], env=ENV)
    end = time.time() + 20
    while not SOCKET.exists() and time.time() < end:
        time.sleep(0.05)
    holds('rebound serve listens', SOCKET.exists())
    check('a recipient nobody knows anything about', send('Gone@remote.example')[0], 250)
    holds('Postfix logs the bounce', logged('status=bounced'), LOG.read_text()[-1500:])
    bounced = time.time()
    code, text = 250, ''
    while code != 554 and time.time() - bounced < 15:
        time.sleep(0.25)
        with smtplib.SMTP('127.0.0.1', SMTPD, timeout=30) as smtp:
            smtp.ehlo('app.ours.example')
            smtp.mail('news@ours.example')
            code, text = smtp.rcpt('gone@remote.example')
    took = time.time() - bounced
    check('the door refuses it', (code, b'5.1.1' in text, b'rebound-suppressed/invalid_recipient' in text), (554, True, True))
    holds('within five seconds of its bounce', took < 5, f'{took:.1f} s')
    print(f'from the bounce in the log to the refusal: {took:.1f} s')
    check('others are let through', send('here@remote.example')[0], 250)
    holds('and delivered', logged('to=<here@remote.example>'))
    service.send_signal(signal.SIGTERM)
    service.wait(15)
    code, text = send('here@remote.example')
    holds('without the service Postfix asks to come again, it loses nothing', code in (250, 451), f'{code} {text}')
finally:
    if service and service.poll() is None:
        service.kill()
    stop_postfix()
done()
