#!/usr/bin/env python3
# timeout: 120
"""Rules for one provider decide in a relay's log as they do in their own evidence, and what was decided while reading is
what the same rules say of what is kept."""
import json
import re
import subprocess

from lib import ENV, FOLDER, REBOUND, check, done, fresh_database, holds, judged_alike, name_of, run, sql
from lib_postfix import Log

HOSTS = {  # who answers, and for which domain
    'gmail': ('gmail-smtp-in.l.google.com[192.0.2.26]:25', 'gmail.com'),
    'yahoo': ('mta5.am0.yahoodns.net[192.0.2.27]:25', 'yahoo.com'),
    'microsoft365': ('example-org.mail.protection.outlook.com[192.0.2.28]:25', 'outlook.com'),
    'other': ('mx.other.example[192.0.2.29]:25', 'other.example'),
}


def said_by(provider, reply):
    """The rule that decides, asked for the reply alone."""
    out = subprocess.run([REBOUND, 'classify', '--text', '--json', '-'], env=ENV, input=f'{reply}\t{provider}\n'.encode(),
                         stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)


# every reply at every provider: the answers differ by who says it
replies = ['550 5.7.26 Multiple checks did not pass', '550 5.4.1 Recipient address rejected: Access denied',
           '554 5.7.1 Message not allowed', '421 4.7.0 Try again later, closing connection',
           '552 5.2.2 The account is over quota', '550 5.1.1 User unknown', '554 5.7.5 Permanent error evaluating policy',
           '451 4.7.650 The mail server has been temporarily rate limited', '550 5.7.1 Refused for policy reasons']
log = Log()
want, scoped = {}, set()
for provider, (relay, domain) in HOSTS.items():
    for i, reply in enumerate(replies):
        host = relay.rsplit(':', 1)[0]
        answer = said_by(provider, f'host {host} said: {reply} (in reply to RCPT TO command)')
        recipient = f'r{i}.{provider}@{domain}'
        want[recipient] = (answer['rule'] or '', answer['category'], provider)
        scoped.add((reply, answer['rule']))
        dsn = re.match(r'\d+ (\S+)', reply)[1]
        log.mail('a@ours.example', f'well{i}@{domain}')
        queue_id = log.accept('a@ours.example')
        log.said(queue_id, recipient, 'bounced', dsn, reply, host=host)
        log.removed(queue_id)
log.write(FOLDER / 'mail.log')
holds('some replies mean another thing at another provider', len(scoped) > len(replies), f'{len(scoped)} answers')

database = fresh_database()
run('ingest', '--now', '2026-03-03T00:00:00Z', FOLDER / 'mail.log', database=database)
got = {a: (rule, category, provider) for a, rule, category, provider in sql(
    "SELECT r.address, s.rule, s.category, p.provider FROM event e JOIN recipient r USING (recipient_hash) JOIN signature s"
    " USING (signature_id) JOIN provider p ON p.provider_id = e.provider_id WHERE e.outcome = 'F' AND e.weight > 0",
    name_of(database))}
for recipient in sorted(want):
    check(f'what was said to {recipient}', got.get(recipient), want[recipient])
judged_alike(database)
done()
