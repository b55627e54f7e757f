#!/usr/bin/env python3
"""No failure whose fault is the sender's, the message's or the network's may count against an address: of the labelled bounce mails
none is given a category that suppresses where no accepted category of its label does."""
import collections
import json
import subprocess

from lib import ENV, REBOUND, SHARED, check, done, holds, skip

CORPUS = SHARED / 'corpus/bounces'
if not CORPUS.exists():
    skip('the corpus of bounce mails is not here')
ADDRESS = {'invalid_recipient', 'inactive_mailbox', 'domain_not_found', 'no_mail_service', 'mailbox_full'}

accepted = {}
for line in open(SHARED / 'corpus/category_map.tsv', encoding='utf-8'):
    if line.strip() and not line.startswith('#'):
        name, categories = line.rstrip('\n').split('\t')[:2]
        accepted[name] = set(categories.split(','))

mails = {}
for expected in sorted(CORPUS.glob('*/expected.jsonl')):
    for line in open(expected, encoding='utf-8'):
        mail = json.loads(line)
        mails[str(expected.parent / mail['file'])] = mail['rows'] or []
out = subprocess.run([REBOUND, 'classify', '--json', *mails], env=ENV, stdout=subprocess.PIPE).stdout.decode('utf-8', 'replace')
said = collections.defaultdict(dict)
for line in out.splitlines():
    o = json.loads(line)
    said[o['source']][(o['recipient'] or '').lower()] = o['category']

blamed, wrong = 0, []
for path, rows in mails.items():
    for row in rows:
        for name in [row['recipient'], *row['recipient_alt']]:
            category = said[path].get(name.lower())
            if category in ADDRESS and row['reason'] in accepted and row['kind'] in ('bounce', 'deferral'):
                blamed += 1
                if row['reason'] != 'undefined' and not accepted[row['reason']] & ADDRESS:
                    wrong.append((path, row['reason'], category))
                break
holds('some are blamed', blamed > 100, str(blamed))
check('blamed without reason', wrong, [])
done()
