#!/usr/bin/env python3
# timeout: 600
"""A message that passes several relays of ours, or one of ours and a sending service, counts once, where it ends - in whatever
order the logs come; what only looks like a hand-over is none."""
import itertools
import json
import random
import subprocess

from lib import ENV, FOLDER, REBOUND, check, done, drop_database, fresh_database, holds, name_of, overview, reports, run, same_report, sql
from lib_postfix import Log

NOW, SINCE, UNTIL = '2026-04-01T00:00:00Z', '2026-03-01', '2026-03-20'
SENDER = 'news@brand.example'
CONFIG = FOLDER / 'hops.conf'
CONFIG.write_text('[streams]\nsasl:shop = orders\n')
OWN = FOLDER / 'own.conf'
OWN.write_text('[streams]\nsasl:shop = orders\n[networks]\nown = 198.51.100.10, 198.51.100.16/28\n')  # the relays, not mx.other.example
TO_B, TO_C, FROM_A = 'relay-b.brand.example[198.51.100.20]:25', 'edge.brand.example[198.51.100.30]:25', 'relay-a.brand.example[198.51.100.10]'


class Relays:
    """Three relays on one clock. pass_on() hands a message from one to the next; answers its queue id there."""

    def __init__(self):
        self.a, self.b, self.c = Log(host='relay-a'), Log(host='relay-b'), Log(host='edge')
        self.logs = [self.a, self.b, self.c]

    def at(self, **after):
        for log in self.logs:
            log.at(**after)

    def pass_on(self, log, queue_id, to, rcpt, message_id, relay=TO_B, client=FROM_A, sender=SENDER, orig=None, reply=None):
        next_id = to.accept(sender, client=client, message_id=message_id)
        log.at(seconds=0.3)
        log.to(queue_id, rcpt, 'sent', '2.0.0', reply or f'250 2.0.0 Ok: queued as {next_id}', relay=relay, orig=orig)
        log.removed(queue_id)
        return next_id

    def deliver(self, log, queue_id, rcpt, **more):
        log.at(seconds=1)
        log.sent(queue_id, rcpt, **more)
        log.removed(queue_id)


def story():
    """What happened, and how it counts: (relays, mails, expectation of the overview)."""
    r = Relays()
    a, b, c = r.logs
    b.accept('x@y.example')  # the relays' own queue ids are never in step
    # 1 submitted at a by a user, b delivers
    q = a.accept(SENDER, sasl='shop', message_id='m1@brand.example')
    q1 = r.pass_on(a, q, b, 'one@other.example', 'm1@brand.example')
    r.deliver(b, q1, 'one@other.example')
    # 2 b is refused
    r.at(minutes=1)
    q = a.accept(SENDER, message_id='m2@brand.example')
    q = r.pass_on(a, q, b, 'two@other.example', 'm2@brand.example')
    b.said(q, 'two@other.example', 'bounced', '5.1.1', '550 5.1.1 <two@other.example>: User unknown')
    b.removed(q)
    # 3 b delivers at the second try, two days later
    r.at(minutes=1)
    q = a.accept(SENDER, sasl='shop', message_id='m3@brand.example')
    q3 = r.pass_on(a, q, b, 'three@other.example', 'm3@brand.example')
    b.said(q3, 'three@other.example', 'deferred', '4.2.1', '450 4.2.1 try again later', delay=2)
    came = b.now
    # 4 a has to wait for b
    r.at(minutes=1)
    q = a.accept(SENDER, message_id='m4@brand.example')
    a.to(q, 'four@other.example', 'deferred', '4.4.1', 'connect to relay-b.brand.example[198.51.100.20]:25: Connection refused',
         relay='none')
    r.at(minutes=10)
    q = r.pass_on(a, q, b, 'four@other.example', 'm4@brand.example')
    r.deliver(b, q, 'four@other.example')
    # 5 fallback: the receiver defers a, b takes over
    r.at(minutes=1)
    q = a.accept(SENDER, message_id='m5@brand.example')
    a.said(q, 'five@slow.example', 'deferred', '4.3.2', '450 4.3.2 busy', host='mx.slow.example[192.0.2.77]')
    r.at(minutes=10)
    q = r.pass_on(a, q, b, 'five@slow.example', 'm5@brand.example')
    r.deliver(b, q, 'five@slow.example', delay=1.5)
    # 6 a delivers by itself
    r.at(minutes=1)
    a.mail(SENDER, 'six@other.example', message_id='m6@brand.example')
    # 7 three hops, a user, two recipients of which one is refused at the edge
    r.at(minutes=1)
    q = a.accept(SENDER, sasl='shop', message_id='m7@brand.example', rcpts=2)
    qb = b.accept(SENDER, client=FROM_A, message_id='m7@brand.example', rcpts=2)
    for rcpt in ('seven@other.example', 'seven2@other.example'):
        a.to(q, rcpt, 'sent', '2.0.0', f'250 2.0.0 Ok: queued as {qb}', relay=TO_B)
    a.removed(q)
    qc = c.accept(SENDER, client='relay-b.brand.example[198.51.100.20]', message_id='m7@brand.example', rcpts=2)
    for rcpt in ('seven@other.example', 'seven2@other.example'):
        b.to(qb, rcpt, 'sent', '2.0.0', f'250 2.0.0 Ok: queued as {qc}', relay=TO_C)
    b.removed(qb)
    c.sent(qc, 'seven@other.example')
    c.said(qc, 'seven2@other.example', 'bounced', '5.1.1', '550 5.1.1 <seven2@other.example>: User unknown')
    c.removed(qc)
    # 8 a stranger says the queue id of one of b's messages, and one that is nobody's
    r.at(minutes=1)
    q = a.accept(SENDER, message_id='m8@brand.example')
    a.to(q, 'eight@forger.example', 'sent', '2.0.0', f'250 2.0.0 Ok: queued as {q1}')
    a.removed(q)
    a.mail(SENDER, 'eight2@forger.example', message_id='m8b@brand.example')
    # 9 a message with another one's Message-ID, to the same recipient, past b
    q = a.accept('forger@elsewhere.example', message_id='m1@brand.example')
    a.to(q, 'one@other.example', 'sent', '2.0.0', '250 2.0.0 Ok: queued as 77777B7777')
    a.removed(q)
    q = a.accept('forger@elsewhere.example', message_id='m1@brand.example')
    a.to(q, 'one@other.example', 'sent', '2.0.0', '250 ok')
    a.removed(q)
    # 10 b's queue id comes again, with the same recipient
    r.at(hours=3)
    q = a.accept(SENDER, message_id='m10@brand.example')
    b.line('postfix/smtpd', f'{q1}: client={FROM_A}')
    b.line('postfix/cleanup', f'{q1}: message-id=<m10@brand.example>')
    b.queued(q1, SENDER)
    a.to(q, 'one@other.example', 'sent', '2.0.0', f'250 2.0.0 Ok: queued as {q1}', relay=TO_B)
    a.removed(q)
    r.deliver(b, q1, 'one@other.example')
    # 11 two relays have the same queue id at the same time
    r.at(minutes=1)
    q = a.accept(SENDER, message_id='m11@brand.example')
    for log, message_id, rcpt in ((b, 'm11@brand.example', 'eleven@other.example'), (c, 'm11c@brand.example', 'eleven@other.example')):
        log.line('postfix/smtpd', f'ABCDE1: client={FROM_A}')
        log.line('postfix/cleanup', f'ABCDE1: message-id=<{message_id}>')
        log.queued('ABCDE1', SENDER)
        log.sent('ABCDE1', rcpt)
        log.removed('ABCDE1')
    a.to(q, 'eleven@other.example', 'sent', '2.0.0', '250 2.0.0 Ok: queued as ABCDE1', relay=TO_B)
    a.removed(q)
    # 12 another's mail that an alias at a sends on over b
    r.at(minutes=1)
    q = a.accept('x@remote.example', client='mx.remote.example[192.0.2.99]', message_id='m12@remote.example')
    q = r.pass_on(a, q, b, 'twelve@other.example', 'm12@remote.example', sender='x@remote.example', orig='team@own.example')
    r.deliver(b, q, 'twelve@other.example')
    # 13 b rewrites the recipient
    r.at(minutes=1)
    q = a.accept(SENDER, sasl='shop', message_id='m13@brand.example')
    q = r.pass_on(a, q, b, 'list@brand.example', 'm13@brand.example')
    r.deliver(b, q, 'thirteen@other.example', orig='list@brand.example')
    # 14 accepted by the receiver, then returned by mail
    r.at(minutes=1)
    q = a.accept(SENDER, sasl='shop', message_id='m14@brand.example')
    q = r.pass_on(a, q, b, 'fourteen@other.example', 'm14@brand.example')
    r.deliver(b, q, 'fourteen@other.example')
    # 15 b knows no Message-ID, a short-lived queue id says it all
    r.at(minutes=1)
    q = a.accept(SENDER, message_id='m15@brand.example')
    b.line('postfix/smtpd', f'0F15AA0F15: client={FROM_A}')
    b.line('postfix/cleanup', '0F15AA0F15: message-id=<>')
    b.queued('0F15AA0F15', SENDER)
    a.to(q, 'fifteen@other.example', 'sent', '2.0.0', '250 2.0.0 Ok: queued as 0F15AA0F15', relay=TO_B)
    a.removed(q)
    r.deliver(b, '0F15AA0F15', 'fifteen@other.example')
    # 16 b's report about 2 goes back over a, and is refused there in turn: nobody's mail, in no rate
    r.at(minutes=1)
    q = b.accept('', client='localhost[127.0.0.1]', message_id='dsn2@relay-b.brand.example')
    q = r.pass_on(b, q, a, SENDER, 'dsn2@relay-b.brand.example', relay='relay-a.brand.example[198.51.100.10]:25',
                  client='relay-b.brand.example[198.51.100.20]', sender='')
    a.said(q, SENDER, 'bounced', '5.1.1', f'550 5.1.1 <{SENDER}>: User unknown', host='mx.brand.example[198.51.100.60]')
    a.removed(q)
    # ... and the end of 3
    r.at(days=2)
    b.queued(q3, SENDER)
    r.deliver(b, q3, 'three@other.example', delay=(b.now - came).total_seconds() + 3)
    return r


def bounce(rcpt, message_id):
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.other.example
To: {SENDER}
Date: Tue, 03 Mar 2026 10:00:00 +0000
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.other.example

Final-Recipient: rfc822; {rcpt}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
From: {SENDER}
To: {rcpt}

--b--
""".encode()


def complaint(rcpt, message_id):
    return f"""From: fbl@other.example
To: abuse@brand.example
Date: Wed, 04 Mar 2026 10:00:00 +0000
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: fbl/1.0
Version: 1
Original-Mail-From: <{SENDER}>
Original-Rcpt-To: <{rcpt}>

--b
Content-Type: message/rfc822

Message-ID: <{message_id}>
From: {SENDER}
To: {rcpt}

hello

--b--
""".encode()


def ingest(database, *paths, config=CONFIG):
    run('ingest', '--now', NOW, *paths, database=database, config=config)


def files(relays, mails):
    paths = [log.write(FOLDER / f'{log.host}.log') for log in relays.logs]
    box = FOLDER / 'hop-mails'
    box.mkdir(exist_ok=True)
    for i, mail in enumerate(mails):
        (box / f'{i}.eml').write_bytes(mail)
    return paths + [box]


def parts_of(path, count):
    lines = path.read_bytes().splitlines(True)
    out = []
    for i in range(count):
        part = FOLDER / f'{path.stem}.{count - i}'
        part.write_bytes(b''.join(lines[len(lines) * i // count:len(lines) * (i + 1) // count]))
        out.append(part)
    return out


def looks(database, config=CONFIG):
    page = reports(database, SINCE, UNTIL, config=config)
    return [r for r in page['reports'] if r['name'] != 'quality']


STRUCK = [('fourteen@other.example', '1', 'relay-b', 'orders'), ('seven2@other.example', '1', 'edge', 'orders'),
          ('three@other.example', 'c', 'relay-b', 'orders'), ('two@other.example', '1', 'relay-b', 'brand.example')]


def strikes(database):
    return sorted(map(tuple, sql('SELECT r.address, s.strikes::text, n.name, t.name FROM strike s JOIN recipient r USING (recipient_hash)'
                                 ' JOIN node n USING (node_id) JOIN stream t USING (stream_id) WHERE strikes > 0 UNION ALL '
                                 'SELECT r.address, m.kind::text, n.name, t.name FROM returned_mail m JOIN recipient r USING (recipient_hash)'
                                 ' JOIN node n USING (node_id) JOIN stream t USING (stream_id) WHERE m.kind = $$c$$', name_of(database))))


def own_relays():
    relays = story()
    paths = files(relays, [bounce('fourteen@other.example', 'm14@brand.example'), complaint('three@other.example', 'm3@brand.example')])
    a, b, c, box = paths
    database = fresh_database()
    ingest(database, *paths)
    got = overview(database, SINCE, UNTIL, CONFIG)
    # 1 3 4 5 6 7 8 8b 9 9b 10 11 11c 13 14 15 and b's own mail to y.example is still in its queue: no try, no count
    check('own relays: attempted, delivered', (got['attempted'], got['delivered']), (18, 16))
    check('own relays: refused (2, 7), returned (14)', (got['failed_sync'], got['failed_async']), (2, 1))
    check('own relays: nothing waits, 12 is forwarded', (got['pending'], got['forwarded']), (0, 1))
    check('own relays: deferred (3 alone: what a had to wait for is a\'s affair)', got['deferred'], 1)
    users = reports(database, SINCE, UNTIL, ['users'], CONFIG)['reports'][0]['rows']
    check('own relays: the user of a in what b and edge delivered', [(u['user'], u['attempted']) for u in users], [('(none)', 12), ('shop', 6)])
    nodes = reports(database, SINCE, UNTIL, ['nodes'], CONFIG)['reports'][0]['rows']
    check('own relays: shares of what left us, and what was passed on inside', sorted((n['node'].split('/')[0], n['attempted'],
          n['passed_on'], n['passed_on_late']) for n in nodes), [('edge', 3, 0, 0), ('relay-a', 5, 13, 2), ('relay-b', 10, 2, 0)])
    check('own relays: strikes and complaints', strikes(database), STRUCK)
    want = looks(database)
    trace(database)
    drop_database(database)

    dice = random.Random(7)
    pieces = [p for path in (a, b, c) for p in parts_of(path, 3)] + [box]
    ways = {' '.join(p.stem for p in order): [[p] for p in order]
            for order in dice.sample(list(itertools.permutations(paths)), 10)}
    ways['b later'] = [[a, c, box], [b]]
    ways['a later'] = [[b, c, box], [a]]
    for i in range(8):
        order = list(pieces)
        dice.shuffle(order)
        ways[f'pieces {" ".join(p.name for p in order)}'] = [[p] for p in order]
    ways['pieces at once'] = [pieces]
    ways['own networks listed'] = [paths]
    ways['own networks listed, b later'] = [[a, c, box], [b]]
    ways['own networks listed, b last'] = [[a], [box], [c], [b]]
    ways['own networks listed, the last first'] = [[c], [b], [box], [a]]
    for way, steps in ways.items():
        database = fresh_database()
        for step in steps:
            ingest(database, *step, config=OWN if way.startswith('own') else CONFIG)
        for one, other in zip(looks(database), want):
            same_report(f'{way}: {other["name"]}', one, other)
        check(f'{way}: strikes and complaints', strikes(database), STRUCK)
        drop_database(database)


def taken_back():
    """What looked like a hand-over while b's log began in the middle turns out none when its beginning is read."""
    a, b = Log(host='relay-a'), Log(host='relay-b')
    q = a.accept(SENDER, sasl='shop', message_id='back1@brand.example')
    b.line('postfix/smtpd', 'BAC0BAC0BA: client=app.example[10.0.0.9]')
    b.line('postfix/cleanup', 'BAC0BAC0BA: message-id=<another@brand.example>')
    b.queued('BAC0BAC0BA', SENDER)
    beginning = len(b.lines)
    a.at(seconds=1)
    a.to(q, 'ann@other.example', 'sent', '2.0.0', '250 2.0.0 Ok: queued as BAC0BAC0BA')
    a.removed(q)
    b.at(minutes=10)
    b.sent('BAC0BAC0BA', 'ann@other.example', delay=600)
    b.removed('BAC0BAC0BA')
    lines = b.text().splitlines(True)
    (FOLDER / 'back.1').write_bytes(b''.join(lines[:beginning]))
    (FOLDER / 'back.0').write_bytes(b''.join(lines[beginning:]))
    log = a.write(FOLDER / 'back.a')
    (FOLDER / 'back.eml').write_bytes(bounce('ann@other.example', 'back1@brand.example'))
    database = fresh_database()
    ingest(database, log, FOLDER / 'back.1', FOLDER / 'back.0', FOLDER / 'back.eml')
    want = looks(database)
    check('taken back: two messages', want[0]['rows'][0]['attempted'], 2)
    drop_database(database)
    database = fresh_database()
    ingest(database, log, FOLDER / 'back.eml')
    ingest(database, FOLDER / 'back.0')
    check('taken back: it looks like one at first', overview(database, SINCE, UNTIL, CONFIG)['attempted'], 1)
    ingest(database, FOLDER / 'back.1')
    for one, other in zip(looks(database), want):
        same_report(f'taken back: {other["name"]}', one, other)
    check('taken back: the strike is a\'s', [s[:3] for s in strikes(database)], [('ann@other.example', '1', 'relay-a')])
    drop_database(database)


def other_formats():
    """Postfix to Exim, and Exim to OpenSMTPD, which logs no Message-ID."""
    a = Log(host='relay-a')
    q = a.accept(SENDER, sasl='shop', message_id='x1@brand.example')
    a.at(seconds=1)
    a.to(q, 'ann@other.example', 'sent', '2.0.0', '250 OK id=1tabcd-00000000001-0001', relay='exim.brand.example[198.51.100.20]:25')
    a.removed(q)
    exim = FOLDER / 'exim.log'
    exim.write_text(
        f'2026-03-02 08:00:01 1tabcd-00000000001-0001 <= {SENDER} H=relay-a.brand.example [198.51.100.10] P=esmtps S=1000 id=x1@brand.example\n'
        '2026-03-02 08:00:02 1tabcd-00000000001-0001 => ann@other.example R=smart T=remote_smtp H=opensmtpd.brand.example [198.51.100.30] '
        'C="250 2.0.0 7d5c2aef Message accepted for delivery"\n'
        '2026-03-02 08:00:02 1tabcd-00000000001-0001 Completed\n')
    opensmtpd = FOLDER / 'opensmtpd.log'
    opensmtpd.write_text(
        '2026-03-02T08:00:02.000000+00:00 bsd smtpd[9]: 0a1b2c3d4e5f6071 smtp connected address=198.51.100.20 host=exim.brand.example\n'
        '2026-03-02T08:00:02.000000+00:00 bsd smtpd[9]: 0a1b2c3d4e5f6071 smtp message msgid=7d5c2aef size=1000 nrcpt=1 proto=ESMTP\n'
        f'2026-03-02T08:00:02.000000+00:00 bsd smtpd[9]: 0a1b2c3d4e5f6071 smtp envelope evpid=7d5c2aef00112233 from=<{SENDER}> to=<ann@other.example>\n'
        f'2026-03-02T08:00:04.000000+00:00 bsd smtpd[9]: 0a1b2c3d4e5f6072 mta delivery evpid=7d5c2aef00112233 from=<{SENDER}> '
        'to=<ann@other.example> rcpt=<-> source="198.51.100.30" relay="198.51.100.7 (mx.other.example)" delay=2s result="Ok" '
        'stat="250 2.0.0 Ok: queued as 4F00BA5"\n')
    paths = [a.write(FOLDER / 'formats.a'), exim, opensmtpd]
    want = None
    for order in itertools.permutations(paths):
        database = fresh_database()
        for path in order:
            ingest(database, path)
        got = looks(database)
        want = want or got
        check('other formats: one message', (got[0]['rows'][0]['attempted'], got[0]['rows'][0]['delivered']), (1, 1))
        users = reports(database, SINCE, UNTIL, ['users'], CONFIG)['reports'][0]['rows']
        check('other formats: its user', [(u['user'], u['attempted']) for u in users], [('shop', 1)])
        for one, other in zip(got, want):
            same_report(f'other formats {" ".join(p.stem for p in order)}: {other["name"]}', one, other)
        out, _ = run('trace', 'x1@brand.example', '--format', 'json', database=database, config=CONFIG)
        check('other formats: trace', [e['outcome'] for e in json.loads(out)['events']], ['passed_on', 'passed_on', 'delivered'])
        drop_database(database)


def content_filter():
    """One relay alone, whose mail goes through a filter and comes back: one message, of the user who sent it."""
    a = Log(host='relay-a')
    q = a.accept(SENDER, sasl='shop', message_id='f1@brand.example')
    again = a.accept(SENDER, client='localhost[127.0.0.1]', message_id='f1@brand.example')
    a.at(seconds=1)
    a.to(q, 'ann@other.example', 'sent', '2.0.0', f'250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {again}',
         relay='127.0.0.1[127.0.0.1]:10024')
    a.removed(q)
    a.at(seconds=1)
    a.sent(again, 'ann@other.example')
    a.removed(again)
    database = fresh_database()
    ingest(database, a.write(FOLDER / 'filter.log'))
    got = overview(database, SINCE, UNTIL, CONFIG)
    check('content filter: one message', (got['attempted'], got['delivered']), (1, 1))
    users = reports(database, SINCE, UNTIL, ['users'], CONFIG)['reports'][0]['rows']
    check('content filter: its user', [(u['user'], u['attempted']) for u in users], [('shop', 1)])
    check('content filter: due no more', sql('SELECT count(*) FROM hop_due', name_of(database)), [['0']])
    drop_database(database)


def at_once():
    """Two relays' logs by two ingesters at the same moment; and killed on the way, again and again."""
    paths = files(story(), [bounce('fourteen@other.example', 'm14@brand.example'), complaint('three@other.example', 'm3@brand.example')])
    database = fresh_database()
    ingest(database, *paths)
    want = looks(database)
    drop_database(database)

    def start(*names):
        return subprocess.Popen([REBOUND, '--config', CONFIG, '--database', database, 'ingest', '--now', NOW, *names], env=ENV,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def all_the_same(way):
        for one, other in zip(looks(database), want):
            same_report(f'{way}: {other["name"]}', one, other)
        check(f'{way}: strikes and complaints', strikes(database), STRUCK)
        drop_database(database)

    database = fresh_database()
    for p in [start(path) for path in paths[:3]]:
        _, err = p.communicate(timeout=200)
        check('at once: exit status', (p.returncode, err.decode()), (0, ''))
    ingest(database, paths[3])
    all_the_same('at once')
    database, dice = fresh_database(), random.Random(11)
    ingest(database, paths[0])
    for _ in range(20):
        p = start(*paths[1:3])
        try:
            p.wait(timeout=dice.uniform(0.02, 0.5))
        except subprocess.TimeoutExpired:
            p.kill()
        p.communicate()
    ingest(database, *paths)
    all_the_same('killed')


# ---------------------------------------------------------------- services

SES = 'email-smtp.eu-west-1.amazonaws.com[192.0.2.80]:587'
SENDGRID, MAILGUN = 'smtp.sendgrid.net[192.0.2.81]:587', 'smtp.mailgun.org[192.0.2.82]:587'
SMART = FOLDER / 'smart.conf'
SMART.write_text('[networks]\nsmarthosts = .amazonaws.com, smtp.sendgrid.net, smtp.mailgun.org\n[streams]\nsasl:shop = orders\n')


def ses_id(n):
    return f'0100018e3b6a7c{n:02x}-5d2b1e43-3333-4444-8888-0123456789ab-000000'


def ses(n, kind, when, body, rcpts, message_id=None):
    mail = {'timestamp': '2026-03-02T08:00:01Z', 'source': SENDER, 'messageId': ses_id(n), 'destination': rcpts,
            'commonHeaders': {'messageId': message_id or f'<{ses_id(n)}@email.amazonses.example>'}}
    return json.dumps({'eventType': kind, 'mail': mail, kind[0].lower() + kind[1:]: dict(body, timestamp=when)})


def smart_story():
    """(log, SES's events, SendGrid's, Mailgun's)"""
    a = Log(host='relay-a')
    ids = {}
    for n, rcpt in enumerate(('ok', 'gone', 'slow', 'silent', 'back', 'listed', 'back3')):
        q = a.accept(SENDER, sasl='shop', message_id=f's{n}@brand.example')
        a.at(seconds=1)
        a.to(q, f'{rcpt}@far.example', 'sent', '2.0.0', f'250 Ok {ses_id(n)}', relay=SES)
        a.removed(q)
        ids[rcpt] = n
    q = a.accept(SENDER, message_id='g@brand.example', rcpts=2)
    for rcpt in ('one@grid.example', 'two@grid.example'):
        a.to(q, rcpt, 'sent', '2.0.0', '250 Ok: queued as QTKkAyIeTQ2kRkFnYgy6sA', relay=SENDGRID)
    a.removed(q)
    q = a.accept(SENDER, message_id='gun@brand.example')
    a.to(q, 'ann@gun.example', 'sent', '2.0.0', '250 Great success', relay=MAILGUN)
    a.removed(q)
    a.mail(SENDER, 'direct@far.example', message_id='direct@brand.example')
    bounced = {'emailAddress': '', 'action': 'failed', 'status': '5.1.1', 'diagnosticCode': 'smtp; 550 5.1.1 user unknown'}

    def failed(rcpt, when, sub='General', **more):
        return ses(ids[rcpt], 'Bounce', when, dict({'bounceType': 'Permanent', 'bounceSubType': sub, 'bouncedRecipients': [
            dict(bounced, emailAddress=f'{rcpt}@far.example')]}, **more), [f'{rcpt}@far.example'])

    def delivered(rcpt, when):
        return ses(ids[rcpt], 'Delivery', when, {'recipients': [f'{rcpt}@far.example'], 'smtpResponse': '250 2.0.0 OK', 'processingTimeMillis': 900},
                   [f'{rcpt}@far.example'])

    amazon = [delivered('ok', '2026-03-02T08:00:03Z'), failed('gone', '2026-03-02T08:00:03Z'),
              ses(ids['slow'], 'DeliveryDelay', '2026-03-02T08:10:00Z', {'delayType': 'TransientCommunicationFailure', 'delayedRecipients': [
                  {'emailAddress': 'slow@far.example', 'status': '4.4.1', 'diagnosticCode': 'smtp; 421 4.4.1 no answer'}]}, ['slow@far.example']),
              delivered('slow', '2026-03-03T09:00:00Z'), delivered('back', '2026-03-02T08:00:04Z'),
              failed('back', '2026-03-03T10:00:00Z', reportingMTA='dns; mx.far.example'),
              failed('back3', '2026-03-03T10:00:00Z', reportingMTA='dns; mx.far.example'),
              failed('listed', '2026-03-02T08:00:03Z', 'OnAccountSuppressionList')]
    grid = [json.dumps([{'email': f'{who}@grid.example', 'timestamp': 1772438500 + i, 'event': kind, 'smtp-id': '<g@brand.example>',
                         'sg_event_id': f'e{i}', 'sg_message_id': 'QTKkAyIeTQ2kRkFnYgy6sA.filter0001.1.ABC-0', 'response': '250 OK',
                         'reason': '550 5.1.1 no such user', 'status': '5.1.1' if kind == 'bounce' else '2.0.0'}
                        for i, (who, kind) in enumerate((('one', 'delivered'), ('two', 'bounce')))])]
    gun = [json.dumps({'signature': {}, 'event-data': {'event': 'delivered', 'timestamp': 1772438510.5, 'recipient': 'ann@gun.example',
                       'envelope': {'sender': SENDER}, 'message': {'headers': {'message-id': 'gun@brand.example'}},
                       'delivery-status': {'code': 250, 'message': 'OK', 'mx-host': 'mx.gun.example'}}})]
    return a, amazon, grid, gun


def services():
    """A smarthost's 250 is a hand-over; the service's own events say what came of it, once, in any order."""
    a, amazon, grid, gun = smart_story()
    log = a.write(FOLDER / 'smart.log')
    paths = [log]
    for name, events in (('ses.json', amazon), ('grid.json', grid), ('gun.json', gun)):
        (FOLDER / name).write_text(''.join(e + '\n' for e in events))
        paths.append(FOLDER / name)
    box = FOLDER / 'smart-mails'
    box.mkdir(exist_ok=True)
    (box / '1.eml').write_bytes(bounce('silent@far.example', 's3@brand.example'))
    (box / '2.eml').write_bytes(bounce('ann@gun.example', 'gun@brand.example'))
    paths.append(box)
    counts = ('attempted', 'delivered', 'handed_over', 'failed_sync', 'failed_async', 'suppressed', 'pending')
    database = fresh_database()
    ingest(database, log, config=SMART)
    got = overview(database, SINCE, UNTIL, SMART)
    check('services: the log alone', [got[k] for k in counts], [11, 1, 10, 0, 0, 0, 0])
    ingest(database, *paths[1:], config=SMART)
    got = overview(database, SINCE, UNTIL, SMART)
    # ok slow back one ann direct are delivered, silent handed over at least; gone two refused; back silent back3 ann came back,
    # back3 with no word before; listed was not sent
    check('services: with their events', [got[k] for k in counts], [10, 8, 0, 2, 4, 1, 0])
    out, _ = run('trace', 's1@brand.example', '--format', 'json', database=database, config=SMART)
    check('services: trace', [(e['node'], e['outcome']) for e in json.loads(out)['events']],
          [('relay-a', 'passed_on'), ('local/ses', 'failed_sync')])
    users = reports(database, SINCE, UNTIL, ['users'], SMART)['reports'][0]['rows']
    check('services: the user is the one who logged in at our relay', [(u['user'], u['attempted']) for u in users], [('shop', 6), ('(none)', 4)])
    want = looks(database, SMART)
    drop_database(database)
    for order in random.Random(3).sample(list(itertools.permutations(paths)), 10):
        database = fresh_database()
        for path in order:
            ingest(database, path, config=SMART)
        for one, other in zip(looks(database, SMART), want):
            same_report(f'services {" ".join(p.stem for p in order)}: {other["name"]}', one, other)
        drop_database(database)


def trace(database):
    """One timeline over all relays, whatever it is asked by."""
    def events(key):
        out, _ = run('trace', key, '--format', 'json', database=database, config=CONFIG)
        return [(e['node'].split('/')[0], e['outcome'], e['queue_id']) for e in json.loads(out)['events']]

    three = [('relay-a', 'passed_on', '00003A0003'), ('relay-b', 'deferred', '00004A0004'), ('relay-b', 'delivered', '00004A0004')]
    check('trace by Message-ID: a, then b at last', events('m3@brand.example'), three)
    check('trace by the queue id at the last hop', events('00004A0004')[-1], three[-1])
    seven = [('relay-a', 'passed_on')] * 2 + [('relay-b', 'passed_on')] * 2 + [('edge', 'delivered'), ('edge', 'failed_sync')]
    check('trace over three hops', sorted(e[:2] for e in events('m7@brand.example')), sorted(seven))
    check('trace: the other relay with the same queue id is no part of it', events('m11@brand.example'),
          [('relay-a', 'passed_on', '0000DA000D'), ('relay-b', 'delivered', 'ABCDE1')])
    check('trace: a recipient that was rewritten on the way', [e[:2] for e in events('m13@brand.example')],
          [('relay-a', 'passed_on'), ('relay-b', 'delivered')])
    fifteen = [('relay-a', 'passed_on'), ('relay-b', 'delivered')]
    check('trace: a relay that knew no Message-ID', [e[:2] for e in events('m15@brand.example')], fifteen)
    check('trace: back from there', [e[:2] for e in events('0F15AA0F15')], fifteen)
    text, _ = run('trace', 'm14@brand.example', database=database, config=CONFIG)
    for word in ('passed_on', 'delivered', 'failed_async', '(mail)'):
        check(f'trace: {word}', len([line for line in text.splitlines() if f' {word} ' in line]), 1)


own_relays()
taken_back()
other_formats()
content_filter()
at_once()
services()
done()
