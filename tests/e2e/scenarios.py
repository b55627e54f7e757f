#!/usr/bin/env python3
"""Stories with known ends: who may be listed, and who must not be."""
import json

from lib import FOLDER, check, done, drop_database, fresh_database, holds, name_of, overview, run, sql
from lib_postfix import Log

SENDER = 'news@brand.example'
FULL = '452 4.2.2 <{}>: Mailbox full'


def listed(database, state='active'):
    out, _ = run('suppression', 'list', '--state', state, '--format', 'json', database=database, expect=None)
    return {s['address']: s['reason'] for s in json.loads(out)['suppressions']}


def strikes(database):
    return int(sql("SELECT coalesce(sum(strikes), 0) FROM strike JOIN signature USING (signature_id) JOIN policy USING (category)"
                   " WHERE listed_after > 0", name_of(database))[0][0])


def ingest(database, log, name='mail.log', now='2026-06-01T00:00:00Z', config=None, expect=0):
    return run('ingest', '--now', now, log.write(FOLDER / name), database=database, config=config, expect=expect)


def full_mailbox():
    """One queued mail to a full mailbox retried for five days: no strike before it ends, one after."""
    database, log = fresh_database(), Log()
    queue_id = log.accept(SENDER)
    for _ in range(20):
        log.said(queue_id, 'ann@other.example', 'deferred', '4.2.2', FULL.format('ann@other.example'))
        log.at(hours=6)
    ingest(database, log, now='2026-03-08T00:00:00Z')
    check('full mailbox, while it is tried: strikes', strikes(database), 0)
    log.expired(queue_id, SENDER)
    log.removed(queue_id)
    ingest(database, log, now='2026-03-08T00:00:00Z')
    check('full mailbox, at the end: strikes', strikes(database), 1)
    check('full mailbox: nobody is listed for one', listed(database), {})
    got = overview(database, '2026-03-01', '2026-03-10')
    check('full mailbox: one message, twenty attempts', (got['attempted'], got['expired'], got['attempts']), (1, 1, 20))
    drop_database(database)


def blocked_mailings():
    """Five mailings that expire behind a 4xx block of our IP: no strike at all."""
    database, log = fresh_database(), Log()
    for _ in range(5):
        queue_id = log.accept(SENDER)
        for _ in range(10):
            log.said(queue_id, 'ann@other.example', 'deferred', '4.7.1',
                     '451 4.7.1 Service unavailable; client [192.0.2.10] blocked using zen.spamhaus.org')
            log.at(hours=12)
        log.expired(queue_id, SENDER)
        log.removed(queue_id)
        log.at(days=2)
    ingest(database, log)
    check('blocked mailings: strikes of a category that suppresses', strikes(database), 0)
    check('blocked mailings: list', listed(database), {})
    drop_database(database)


def own_list_at_work():
    """An exported access map at work in the same log: no second strike, and it counts as suppressed."""
    database, log = fresh_database(), Log()
    log.bounce(SENDER, 'gone@other.example', '5.1.1', '550 5.1.1 <gone@other.example>: User unknown')
    log.at(days=1)
    log.line('postfix/smtpd', 'NOQUEUE: reject: RCPT from app.example[10.0.0.9]: 554 5.1.1 <gone@other.example>: Recipient address '
             'rejected: rebound-suppressed/invalid_recipient since 2026-03-02; from=<news@brand.example> to=<gone@other.example> '
             'proto=ESMTP helo=<app.example>')
    queue_id = log.accept(SENDER)
    log.to(queue_id, 'gone@other.example', 'bounced', '5.1.1', 'rebound-suppressed/invalid_recipient since 2026-03-02', relay='none',
           daemon='error')
    log.removed(queue_id)
    ingest(database, log)
    check('own list at work: strikes', strikes(database), 1)
    check('own list at work: list', listed(database), {'gone@other.example': 'invalid_recipient'})
    got = overview(database, '2026-03-01', '2026-03-10')
    check('own list at work: suppressed, attempted', (got['suppressed'], got['attempted'], got['injected']), (2, 1, 3))
    drop_database(database)


def traps():
    """What cost others their numbers; each line of this story is one of them."""
    database, log = fresh_database(), Log()
    # a 4xx at one MX on the way to another is no attempt; lines of other syslog names count
    a = log.accept(SENDER)
    log.line('postfix/smtp', f'{a}: host mx1.other.example[198.51.100.8] said: 452 4.2.2 <a@other.example>: Mailbox full '
             '(in reply to RCPT TO command)')
    log.to(a, 'a@other.example', 'sent', '2.0.0', '250 ok', syslog='postfix-out/relay')
    log.removed(a)
    # discard, pipe, virtual: local
    for i, daemon in enumerate(('discard', 'pipe', 'virtual', 'local', 'lmtp')):
        b = log.accept(SENDER)
        log.to(b, f'l{i}@own.example', 'sent', '2.0.0', 'delivered', relay=daemon if daemon != 'discard' else 'none', daemon=daemon)
        log.removed(b)
    # our own DSN to a remote sender
    c = log.accept('bob@remote.example', client='mx.remote.example[198.51.100.99]')
    log.said(c, 'x@other.example', 'bounced', '5.1.1', '550 5.1.1 no such user')
    log.line('postfix/cleanup', 'D5ND5ND5: message-id=<dsn@mx1.example>'.replace('D5ND5ND5', 'D5AD5AD5'))
    log.line('postfix/bounce', f'{c}: sender non-delivery notification: D5AD5AD5')
    log.queued('D5AD5AD5', '')
    log.removed(c)
    log.sent('D5AD5AD5', 'bob@remote.example')
    log.removed('D5AD5AD5')
    # refused after DATA: no `removed`; its short id comes again
    log.line('postfix/smtpd', 'ABCDEF1: client=app.example[10.0.0.9]')
    log.line('postfix/cleanup', 'ABCDEF1: message-id=<r@mx1.example>')
    log.line('postfix/cleanup', 'ABCDEF1: milter-reject: END-OF-MESSAGE from app.example[10.0.0.9]: 5.7.1 no; '
             'from=<news@brand.example> to=<z@other.example> proto=ESMTP helo=<app.example>')
    log.at(minutes=5)
    log.line('postfix/smtpd', 'ABCDEF1: client=app.example[10.0.0.9]')
    log.line('postfix/cleanup', 'ABCDEF1: message-id=<r2@mx1.example>')
    log.queued('ABCDEF1', SENDER)
    log.sent('ABCDEF1', 'z@other.example')
    log.removed('ABCDEF1')
    # recipients that end at different times; the delay of a retried one counts once, from the final line
    d = log.accept(SENDER, rcpts=2)
    log.sent(d, 'd1@other.example')
    log.said(d, 'd2@other.example', 'deferred', '4.2.1', '450 4.2.1 try again later', delay=2)
    log.at(hours=1)
    log.queued(d, SENDER)
    log.sent(d, 'd2@other.example', delay=3602)
    log.removed(d)
    # a 5xx greeting is logged as deferred with a 4.x status; it expires
    e = log.accept(SENDER)
    log.to(e, 'e@other.example', 'deferred', '4.7.1', 'host mx.other.example[198.51.100.7] refused to talk to me: '
           '554 5.7.1 Your access to this mail system has been rejected due to the sending MTA\'s poor reputation')
    log.at(days=5)
    log.expired(e, SENDER)
    log.removed(e)
    # another's mail that an alias sends on
    f = log.accept('x@remote.example', client='mx.remote.example[198.51.100.99]')
    log.sent(f, 'f@other.example', orig='team@own.example')
    log.removed(f)
    # no attempt was made
    g = log.accept(SENDER)
    log.to(g, 'g@other.example', 'deferred', '4.4.1', 'connect to mx.other.example[198.51.100.7]:25: Connection timed out', relay='none')
    log.at(minutes=5)
    log.to(g, 'g@other.example', 'deferred', '4.4.1', 'delivery temporarily suspended: connect to mx.other.example[198.51.100.7]:25: '
           'Connection timed out', relay='none', daemon='error')
    log.at(minutes=30)
    log.sent(g, 'g@other.example')
    log.removed(g)
    # address verification is no mail
    h = log.accept(SENDER)
    log.to(h, 'h@other.example', 'deliverable', '2.1.5', '250 2.1.5 Ok')
    log.removed(h)
    ingest(database, log)
    got = overview(database, '2026-03-01', '2026-04-10')
    check('traps: delivered (a, z, d1, d2, g)', got['delivered'], 5)
    check('traps: refused (x)', got['failed_sync'], 1)
    check('traps: expired (e)', got['expired'], 1)
    check('traps: attempted', got['attempted'], 7)
    check('traps: attempts (the 4xx on the way and the suspended one are none)', got['attempts'], 9)
    check('traps: local', got['local_delivered'], 5)
    check('traps: forwarded', got['forwarded'], 1)
    check('traps: refused at our door', got['rejected_inbound'], 1)
    check('traps: nothing waits or is lost', (got['pending'], got['lost']), (0, 0))
    delays = sql("SELECT sum(n) FROM rollup_delay, unnest(buckets) AS n WHERE phase = 0", name_of(database))
    check('traps: a delay a delivery', delays, [['5']])
    drop_database(database)


def years():
    """Stamps without a year: the newest year that does not end in the future; December to January inside a file."""
    database = fresh_database()
    text = ''
    for stamp, queue_id, rcpt in (('Dec 31 23:59:58', 'AAAA01', 'a'), ('Jan  1 00:00:03', 'AAAA02', 'b')):
        text += (f'{stamp} mx1 postfix/smtpd[1]: {queue_id}: client=app.example[10.0.0.9]\n'
                 f'{stamp} mx1 postfix/qmgr[1]: {queue_id}: from=<{SENDER}>, size=1, nrcpt=1 (queue active)\n'
                 f'{stamp} mx1 postfix/smtp[1]: {queue_id}: to=<{rcpt}@other.example>, relay=mx.other.example[198.51.100.7]:25, '
                 f'delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n'
                 f'{stamp} mx1 postfix/qmgr[1]: {queue_id}: removed\n')
    path = FOLDER / 'year.log'
    path.write_text(text)
    run('ingest', '--now', '2026-11-23T00:00:00Z', path, database=database)
    check('years: over new year', [r[0] for r in sql(
        "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM event ORDER BY 1", name_of(database))],
        ['2025-12-31', '2026-01-01'])
    drop_database(database)


def overlap():
    """The same lines in two contents do not double: the second is set aside, both are named."""
    database, log = fresh_database(), Log()
    for i in range(10):
        log.mail(SENDER, f'a{i}@other.example')
        log.at(minutes=10)
    ingest(database, log)
    log.lines.pop(0)
    _, err = ingest(database, log, name='mail.info', expect=1)
    holds('overlap: both are named', 'mail.info' in err and 'mail.log' in err, err)
    check('overlap: counted once', overview(database, '2026-03-01', '2026-03-10')['delivered'], 10)
    drop_database(database)


def bounce_mail(to, rcpt, message_id, text='550 5.1.1 User unknown', when='Tue, 03 Mar 2026 10:00:00 +0000'):
    """A DSN as a remote relay writes it."""
    return f"""Return-Path: <>
Received: from mx.other.example by mx1.example; {when}
From: MAILER-DAEMON@mx.other.example
To: {to}
Date: {when}
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
Diagnostic-Code: smtp; {text}

--b
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
From: news@brand.example
To: {rcpt}

--b--
""".encode()


def late_and_forged():
    """A bounce after a 250 makes one failure however often it is told; a forged one for a mail never sent strikes nobody; one
    that a token proves strikes without a log, and is the same failure when the log comes."""
    key = FOLDER / 'key'
    key.write_text('a secret of more than sixteen bytes\n')
    key.chmod(0o600)
    config = FOLDER / 'tokens.conf'
    config.write_text(f'[tokens]\nkey = {key}\n')
    now = '2026-03-20T00:00:00Z'
    database, log = fresh_database(), Log()
    log.mail(SENDER, 'late@other.example', message_id='late@brand.example')
    log.mail(SENDER, 'proven@other.example', message_id='proven@brand.example')
    mails = FOLDER / 'mails'
    mails.mkdir(exist_ok=True)
    (mails / '1.eml').write_bytes(bounce_mail('news@brand.example', 'late@other.example', 'late@brand.example'))
    (mails / '2.eml').write_bytes(bounce_mail('news@brand.example', 'late@other.example', 'late@brand.example', '550 5.1.1 No such user'))
    (mails / '3.eml').write_bytes(bounce_mail('news@brand.example', 'victim@other.example', 'forged@brand.example'))
    made, _ = run('token', 'make', '--sender', 'news@brand.example', 'proven@other.example', config=config)
    out, _ = run('token', 'check', made.strip(), config=config)
    check('token check', out, 'good: proven@other.example\n')
    run('token', 'check', made.strip().replace('proven', 'victim'), config=config, expect=1)
    # tokens are good for 14 days from today, so this one mail lives in today's time
    (mails / '4.eml').write_bytes(bounce_mail(made.strip(), 'proven@other.example', 'proven@brand.example'))
    today, _ = run('ingest', mails, database=database, config=config)
    check('mails before logs: struck by the token alone', sql(
        "SELECT r.address, s.strikes, s.evidence FROM strike s JOIN recipient r USING (recipient_hash) WHERE strikes > 0",
        name_of(database)), [['proven@other.example', '1', 'B']])
    ingest(database, log, now=now, config=config)
    check('the log comes: strikes', sorted(map(tuple, sql(
        "SELECT r.address, s.strikes FROM strike s JOIN recipient r USING (recipient_hash) WHERE strikes > 0", name_of(database)))),
        [('late@other.example', '1'), ('proven@other.example', '1')])
    got = overview(database, '2026-03-01', '2026-03-10')
    check('late: delivered, bounced later, attempted', (got['delivered'], got['failed_async'], got['attempted']), (2, 2, 2))
    holds('forged: not listed', 'victim@other.example' not in listed(database))
    drop_database(database)


full_mailbox()
late_and_forged()
blocked_mailings()
own_list_at_work()
traps()
years()
overlap()
done()
