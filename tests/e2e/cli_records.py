#!/usr/bin/env python3
"""classify and parse: the objects of the public contract, key by key, for mails, mboxes, reply texts and log lines."""
import json
import os
import subprocess
import sys
import tempfile

REBOUND = os.environ['REBOUND']
KEYS = '''source recipient original_recipient kind category severity fault action enhanced_status reply_code diagnostic
phase reporting_mta remote_mta provider blocklist listed_item envelope_sender envelope_id message_id queue_id
feedback_type rule decoded_by occurred_at evidence'''.split()
TEXT_KEYS = 'line text category severity fault enhanced_status reply_code provider blocklist rule'.split()
bad = []


def run(*args, stdin=b'', status=0):
    r = subprocess.run([REBOUND, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.returncode != status:
        bad.append(f'{args}: exit {r.returncode} instead of {status}: {r.stderr.decode()}')
    return [json.loads(line) for line in r.stdout.decode().splitlines()], r.stderr.decode()


def expect(what, got, **want):
    for key, value in want.items():
        if got.get(key) != value:
            bad.append(f'{what}: {key} is {got.get(key)!r} instead of {value!r}')


def same_keys(what, objects, keys):
    for o in objects:
        if list(o) != keys:
            bad.append(f'{what}: keys {sorted(set(o) ^ set(keys)) or "in another order"}')


def report(*blocks, returned=''):
    """A delivery status notification (RFC 3464)."""
    fields = '\n\n'.join(blocks)
    return f'''Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: news@example.com
Subject: Delivery Status
Date: Tue, 3 Mar 2026 10:05:01 +0100
Message-ID: <dsn.1@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

This is the mail system at mx.example.net.

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Original-Envelope-Id: env-17

{fields}

--cut
Content-Type: message/rfc822

Return-Path: <news@example.com>
From: news@example.com
To: ann@example.org
Message-ID: <send.9@example.com>
Subject: hello

--cut--
'''


FAILED = '''Final-Recipient: rfc822; Ann@Example.ORG
Original-Recipient: rfc822; ann@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ann@example.org>: User unknown
Last-Attempt-Date: Tue, 3 Mar 2026 09:59:00 +0100'''
DELAYED = '''Final-Recipient: rfc822; bob@example.org
Action: delayed
Status: 4.2.2
Diagnostic-Code: smtp; 452 4.2.2 Mailbox full'''
HELLO = 'From: ann@example.org\nTo: bob@example.org\nSubject: lunch\nDate: Tue, 3 Mar 2026 09:00:00 +0000\n\nAt noon?\n'
COMPLAINT = '''From: fbl@example.net
To: abuse@example.com
Subject: FW: hello
Date: Tue, 3 Mar 2026 09:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="cut"

--cut
Content-Type: text/plain

An abuse report.
--cut
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Some/1.0
Version: 1
Original-Rcpt-To: <ann@example.net>
Source-IP: 192.0.2.10

--cut
Content-Type: message/rfc822

From: news@example.com
To: ann@example.net
Message-ID: <send.10@example.com>
Subject: hello

text
--cut--
'''
LOG = '''2026-03-03T09:00:01.000000+00:00 mx1 postfix/smtp[13]: 4F2C81A0B3: to=<ann@example.org>, relay=mx.example.org[198.51.100.1]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=5.1.1, status=bounced (host mx.example.org[198.51.100.1] said: 550 5.1.1 <ann@example.org>: User unknown (in reply to RCPT TO command))
2026-03-03T09:00:02.500000+00:00 mx1 postfix/smtp[14]: 4F2C81A0B3: to=<bob@example.net>, orig_to=<bob@example.com>, relay=mx.example.net[198.51.100.2]:25, delay=1.1, delays=0.1/0/0.4/0.6, dsn=4.2.2, status=deferred (host mx.example.net[198.51.100.2] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))
2026-03-03T09:00:03.000000+00:00 mx1 postfix/smtp[15]: 4F2C81A0B3: to=<eve@example.net>, relay=mx.example.net[198.51.100.2]:25, delay=2, delays=1/0/0.4/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77AA12)
2026-03-03T09:00:04.000000+00:00 mx1 postfix/qmgr[12]: 4F2C81A0B3: removed
'''


def mails(folder):
    for name, text in {'failed.eml': report(FAILED, DELAYED), 'hello.eml': HELLO, 'complaint.eml': COMPLAINT}.items():
        with open(os.path.join(folder, name), 'w') as f:
            f.write(text)
    got, _ = run('classify', '--json', 'failed.eml', 'hello.eml', 'complaint.eml')
    same_keys('classify', got, KEYS)
    if len(got) != 4:
        bad.append(f'{len(got)} objects of 4')
        return
    expect('failed', got[0], source='failed.eml', recipient='ann@example.org', original_recipient='ann@example.org',
           kind='bounce', category='invalid_recipient', severity='hard', fault='address', action='failed',
           enhanced_status='5.1.1', reply_code=550, reporting_mta='mx.example.net', remote_mta='mail.example.org',
           envelope_id='env-17', envelope_sender='news@example.com', message_id='<send.9@example.com>', provider=None,
           feedback_type=None, decoded_by='dsn', occurred_at='2026-03-03T08:59:00Z', evidence=None)
    expect('delayed', got[1], recipient='bob@example.org', kind='deferral', category='mailbox_full', severity='soft',
           action='delayed', enhanced_status='4.2.2', reply_code=452)
    expect('hello', got[2], source='hello.eml', kind='other', recipient=None, category=None, severity='none')
    expect('complaint', got[3], kind='complaint', category='complaint', feedback_type='abuse', recipient='ann@example.net')


def containers():
    mbox = ''.join(f'From MAILER-DAEMON Tue Mar  3 09:05:01 2026\n{text}\n' for text in (report(FAILED), HELLO)).encode()
    with open('both.mbox', 'wb') as f:
        f.write(mbox)
    subprocess.run(['gzip', '-k', 'both.mbox'], check=True)
    for source, stdin in (('both.mbox', b''), ('both.mbox.gz', b''), ('-', mbox)):
        got, _ = run('classify', '--json', source, stdin=stdin)
        if [(o['source'], o['kind']) for o in got] != [(source, 'bounce'), (source, 'other')]:
            bad.append(f'{source}: {got}')
    deep = HELLO
    for i in range(100):
        deep = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n{deep}\n--b{i}--\n'
    with open('deep.eml', 'w') as f:
        f.write('From: a@example.org\nTo: b@example.org\n' + deep)
    got, said = run('classify', '--json', 'deep.eml', 'failed.eml', status=1)
    if not said.startswith('rebound: deep.eml: ') or said.count('\n') != 1 or len(got) != 2:
        bad.append(f'deep.eml: {said} {got}')
    open('nothing.eml', 'w').close()
    got, _ = run('classify', '--json', 'nothing.eml')
    expect('an empty file', got[0] if got else {}, kind='other', source='nothing.eml')


def texts():
    lines = ['550 5.1.1 <ann@example.org>: User unknown', '550-5.1.1 first\\n550 5.1.1 User unknown\tgmail', '',
             'tab\tin the text: mailbox full', 'Grüße, Postfach voll']
    got, _ = run('classify', '--text', '--json', '-', stdin='\n'.join(lines).encode() + b'\n\xff\xfe\n')
    same_keys('--text', got, TEXT_KEYS)
    if [o['line'] for o in got] != [1, 2, 3, 4, 5, 6]:
        bad.append(f'--text: lines {[o["line"] for o in got]}')
        return
    expect('line 1', got[0], text=lines[0], category='invalid_recipient', enhanced_status='5.1.1', reply_code=550, provider=None)
    expect('line 2', got[1], text='550-5.1.1 first\\n550 5.1.1 User unknown', provider='gmail', category='invalid_recipient')
    expect('line 3', got[2], text='')
    expect('line 4', got[3], text=lines[3], provider=None)
    expect('line 5', got[4], text=lines[4])
    expect('line 6', got[5], text='\ufffd\ufffd')


def logs():
    with open('mail.log', 'w') as f:
        f.write(LOG)
    got, _ = run('parse', '--json', 'mail.log', 'failed.eml')
    same_keys('parse', got, KEYS)
    if len(got) != 5:
        bad.append(f'parse: {len(got)} objects of 5')
        return
    expect('bounced', got[0], source='mail.log', kind='bounce', recipient='ann@example.org', category='invalid_recipient',
           severity='hard', fault='address', action='failed', enhanced_status='5.1.1', reply_code=550, phase='rcpt',
           reporting_mta='mx1', remote_mta='mx.example.org', queue_id='4F2C81A0B3', decoded_by='postfix',
           occurred_at='2026-03-03T09:00:01Z')
    expect('deferred', got[1], kind='deferral', original_recipient='bob@example.com', severity='soft', action='delayed',
           category='mailbox_full', occurred_at='2026-03-03T09:00:02.500Z')
    expect('sent', got[2], kind='delivered', category=None, severity='none', action='delivered', reply_code=250,
           enhanced_status='2.0.0')
    expect('the mail', got[3], source='failed.eml', kind='bounce')
    everything, _ = run('parse', '--json', '--all', 'mail.log')
    if [o['event'] for o in everything] != ['attempt', 'attempt', 'attempt', 'removed']:
        bad.append(f'--all: {[o["event"] for o in everything]}')
    expect('--all', everything[0], delay=1, remote_ip='198.51.100.1', remote_port=25, offset=0)
    piped, _ = run('parse', '--json', '-', stdin=LOG.encode())
    if [{**o, 'source': None} for o in piped] != [{**o, 'source': None} for o in got[:3]]:
        bad.append('parse from a pipe differs')
    old = LOG.replace('2026-03-03T09:00:01.000000+00:00', 'Mar  3 09:00:01').splitlines()[0] + '\n'
    year, _ = run('parse', '--json', '--year', '2021', '-', stdin=old.encode())
    expect('--year', year[0], occurred_at='2021-03-03T09:00:01Z')
    zone, _ = run('parse', '--json', '--year', '2021', '--timezone', 'Europe/Berlin', '-', stdin=old.encode())
    expect('--timezone', zone[0], occurred_at='2021-03-03T08:00:01Z')


with tempfile.TemporaryDirectory(prefix='rebound-records-') as work:
    os.chdir(work)
    os.environ['HOME'] = work
    for name in ('REBOUND_CONFIG', 'REBOUND_DATABASE', 'XDG_CONFIG_HOME'):
        os.environ.pop(name, None)
    mails(work)
    containers()
    texts()
    logs()
    os.chdir('/')
for line in bad:
    print('FAIL:', line)
print('records: fine' if not bad else f'{len(bad)} differences')
sys.exit(1 if bad else 0)
