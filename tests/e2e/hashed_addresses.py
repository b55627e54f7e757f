#!/usr/bin/env python3
"""privacy.addresses = hashed: nobody's address stands anywhere in the database, and who has the key still finds them."""
import os
import subprocess

from lib import ENV, FOLDER, check, done, fresh_database, holds, name_of, run, socket_folder, sql
from lib_postfix import Log

NAME, NOW = 'zqxann', '2026-03-20T00:00:00Z'
GONE, LATER, GIVEN = f'{NAME}.gone@b.example', f'{NAME}.later@b.example', f'{NAME}.given@a.example'
HAND, BACK, FREE = f'{NAME}.hand@b.example', f'{NAME}.back@b.example', f'{NAME}.free@c.example'


def config(name, secret, mode='hashed'):
    folder = FOLDER / name
    folder.mkdir()
    (folder / 'key').write_text(secret)
    os.chmod(folder / 'key', 0o600)
    (folder / 'rebound.conf').write_text(f'[privacy]\naddresses = {mode}\nkey = {folder}/key\n')
    return folder / 'rebound.conf'


def write_log():
    log = Log()
    for day in range(3):
        log.at(hours=30).mail('news@a.example', FREE)
        log.bounce('news@a.example', GONE, '5.1.1', f'550 5.1.1 <{GONE}>: unknown, no {NAME}.gone%b.example@relay, "{NAME}.gone"@b.example')
    alias = log.accept('news@a.example')
    log.said(alias, GONE, 'bounced', '5.1.1', f'550 5.1.1 <{GIVEN}> is <{NAME}.given> no more, ask {FREE}', orig=GIVEN)
    log.removed(alias)
    open_one = log.accept('news@a.example')
    log.said(open_one, LATER, 'deferred', '4.2.2', f'452 4.2.2 {LATER} full, see b.example!{NAME}.later')
    log.mail('news@a.example', BACK, message_id='m-back@a.example')
    path = FOLDER / 'mail.log'
    path.write_text('\n'.join(line for _, line in log.lines) + f'\n?? not a line, but about <{LATER}>\n')
    return path


def write_bounce():
    path = FOLDER / 'bounce.eml'
    path.write_text(f'''From: MAILER-DAEMON@mx.b.example
To: news@a.example
Subject: Undelivered
Date: Sat, 07 Mar 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{BACK} is gone.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.b.example

Original-Recipient: rfc822; {GIVEN}
Final-Recipient: rfc822; {BACK}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{BACK}> and {GIVEN} unknown, nor {NAME}.back=b.example@relay

--b
Content-Type: text/rfc822-headers

Message-ID: <m-back@a.example>
From: news@a.example
To: {BACK}

--b--
''')
    return path


def dump(database):
    r = subprocess.run(['pg_dump', '-U', 'rebound', '-h', str(socket_folder()), name_of(database)], env=ENV, stdout=subprocess.PIPE)
    check('exit status of pg_dump', r.returncode, 0)
    return r.stdout.decode('utf-8', 'replace').lower()


def where(text):
    return [line[:300] for line in text.splitlines() if NAME in line]


def main():
    mine, other = config('mine', 'a secret of ours, long enough'), config('other', 'a secret of others, long enough')
    database, log, bounce = fresh_database(), write_log(), write_bounce()

    run('ingest', log, bounce, '--now', NOW, database=database, config=mine)
    run('suppression', 'add', HAND, '--note', 'asked by phone', database=database, config=mine)
    text = dump(database)
    check('addresses in the database', where(text), [])
    holds('domains and replies are there', 'b.example' in text and '<recipient>' in text)

    for address, what in ((GONE, 'hard'), (HAND, 'manual'), (BACK, '')):
        out, _ = run('why', address, '--format', 'json', database=database, config=mine, expect=None)
        holds(f'why finds {address}', '"5.1.1' in out or 'manual' in out, out[:300])
        check('why shows what was asked only', out.replace(address, '').count(NAME) and out[-3000:], 0)
    out, _ = run('trace', LATER, database=database, config=mine, expect=None)
    holds('trace finds the open one', '4.2.2' in out, out[:300])
    run('suppression', 'export', '--target', 'plain', '--force', database=database, config=mine, expect=2)

    _, err = run('suppression', 'add', HAND, '--note', 'x', database=database, config=other, expect=2)
    holds('another key is refused', 'another key' in err, err)
    _, err = run('why', GONE, database=database, expect=2)
    holds('no key is refused', 'needs its key' in err, err)
    _, err = run('why', GONE, database=database, config=config('none', 'short'), expect=2)
    holds('a short key is refused', '16 bytes' in err, err)

    clear = fresh_database()
    run('ingest', log, bounce, '--now', NOW, database=clear)
    holds('addresses are kept as they fail otherwise', where(dump(clear)))
    for table, column in (('signature', 'masked'), ('signature', 'sample'), ('strike', 'reply'), ('suppression', 'diagnostic'),
                          ('returned_mail', 'diagnostic'), ('open_recipient', 'reply'), ('quarantine', 'sample')):
        said = [row for row in sql(f'SELECT {column} FROM {table} WHERE {column} <> $$$$', name_of(clear))]
        holds(f'{table}.{column} is filled', said)
        known = [row for row in said if NAME in row[0].replace(FREE, '')]
        check(f'recipients in {table}.{column}', known, [])
    _, err = run('why', GONE, database=clear, config=mine, expect=2)
    holds('a database begun without is not mixed', 'of their own' in err, err)
    done()


main()
