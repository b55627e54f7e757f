#!/usr/bin/env python3
# timeout: 600
"""Rules and history: what was read by old rules and judged again is what reading it by the new rules makes."""
import json
import random

from lib import FOLDER, REPORTS, check, done, drop_database, fresh_database, holds, name_of, reports, run, same_report, sql
from lib_postfix import Log

SENDER, NOW, WINDOW = 'news@brand.example', '2026-03-20T00:00:00Z', ('2026-03-01', '2026-03-19')

OLD = '''
rule old.gate
    category invalid_recipient
    text     zorbly gate
    yes      550 5.7.1 Zorbly gate is closed
rule old.quux
    category greylisted
    text     quux later
    yes      451 4.7.1 Quux later
rule old.plover
    category rate_limited
    text     plover slow
    yes      450 4.7.0 Plover slow down
rule old.xyzzy
    category blocklisted
    blocklist sorbs
    text     xyzzy
    yes      554 5.7.0 Xyzzy says no
'''
NEW = '''
rule new.gate
    category sender_rejected
    text     zorbly gate
    yes      550 5.7.1 Zorbly gate is closed
rule new.quux
    category ip_reputation
    blocklist barracuda
    text     quux later
    yes      451 4.7.1 Quux later
rule new.plover
    category mailbox_full
    text     plover slow
    yes      450 4.7.0 Plover slow down
rule new.xyzzy
    category invalid_recipient
    text     xyzzy
    yes      554 5.7.0 Xyzzy says no
'''
REPLIES = [('deferred', '4.7.1', '451 4.7.1 Quux later'), ('deferred', '4.7.0', '450 4.7.0 Plover slow down'),
           ('deferred', '4.2.2', '452 4.2.2 Mailbox full'), ('deferred', '4.7.1', '451 4.7.1 Service refused, IP blocked using zen.spamhaus.org'),
           ('bounced', '5.7.1', '550 5.7.1 Zorbly gate is closed'), ('bounced', '5.7.0', '554 5.7.0 Xyzzy says no'), ('sent', '', '')]
HOSTS = ['mx.other.example[198.51.100.7]', 'gmail-smtp-in.l.google.com[142.250.1.26]']


def config(name, rules):
    folder = FOLDER / name
    (folder / 'rules.d').mkdir(parents=True)
    (folder / 'rules.d' / 'own.rules').write_text(rules)
    (folder / 'rebound.conf').write_text('')
    return folder / 'rebound.conf'


def lives(log, count):
    """Messages of up to five attempts each, some left in the queue, some given up, some ids used again."""
    dice = random.Random(7)
    queue_ids = []
    for i in range(count):
        log.at(minutes=dice.randrange(1, 40))
        queue_id = log.accept(SENDER, rcpts=2)
        for who in range(dice.randrange(1, 3)):
            rcpt, host = f'user{dice.randrange(40)}@other{who}.example', dice.choice(HOSTS)
            for _ in range(dice.randrange(1, 6)):
                status, dsn, reply = dice.choice(REPLIES)
                log.at(seconds=dice.randrange(1, 900))
                if status == 'sent':
                    log.sent(queue_id, rcpt, relay=host + ':25')
                else:
                    log.said(queue_id, rcpt, status, dsn, reply, host=host)
                if status != 'deferred':
                    break
        queue_ids.append(queue_id)
        if i % 5 == 0:
            log.expired(queue_id, SENDER)
        if i % 7 != 3 or i % 5 == 0:
            log.removed(queue_id)
    return queue_ids


def state(database):
    """All that hangs on meanings, without what is made from the store's own seed."""
    name = name_of(database)
    return {
        'signatures': sql('SELECT signature_id, category, severity, rule, blocklist, misconfigured FROM signature ORDER BY 1', name),
        'hours': sql('SELECT * FROM rollup_hour WHERE n <> 0 ORDER BY node_id, hour, cohort, egress_id, provider_id, stream_id, direction,'
                     ' outcome, tls', name),
        'flags': sql('SELECT queue_id, occurred_at, signature_id, attempt_flags, sum(weight) FROM event'
                     ' GROUP BY 1, 2, 3, 4 HAVING sum(weight) <> 0 ORDER BY 1, 2, 3, 4', name),
        'open': sql('SELECT queue_id, address, blocked, signature_id FROM open_recipient ORDER BY 1, 2', name),
        'listings': sql('SELECT node_id, blocklist, listed_item, provider_id, hour, hits, own_item, first_at, last_at FROM listing'
                        ' WHERE hits > 0 ORDER BY 1, 2, 3, 4, 5', name),
        'strikes': sql('SELECT address, day, signature_id, strikes FROM strike JOIN recipient USING (recipient_hash) ORDER BY 1, 2, 3', name),
        'list': sql('SELECT address, scope, state, reason, strikes, first_event, last_event FROM suppression'
                    " WHERE state = 'active' ORDER BY 1, 2", name),
        'returned': sql('SELECT count(*) FROM returned_mail', name),
    }


def page(database, conf):
    return reports(database, *WINDOW, config=conf)


def same_as_fresh(old, new):
    log, later = Log(), None
    lives(log, 150)
    half = len(log.text()) // 2
    cut = log.text().index(b'\n', half) + 1
    whole = FOLDER / 'whole.log'
    log.write(whole)
    first, second = FOLDER / 'first.log', FOLDER / 'second.log'
    first.write_bytes(log.text()[:cut])
    second.write_bytes(log.text()[cut:])
    again, fresh, between = fresh_database(), fresh_database(), fresh_database()
    run('ingest', '--now', NOW, whole, database=again, config=old)
    run('ingest', '--now', NOW, whole, database=fresh, config=new)
    before = page(again, old)
    was = state(again)

    dry, _ = run('reclassify', '--dry-run', '--json', '--now', NOW, database=again, config=new)
    dry = json.loads(dry)
    check('a dry run changes nothing', state(again), was)
    done_, _ = run('reclassify', '--json', '--now', NOW, database=again, config=new)
    done_ = json.loads(done_)
    check('a dry run says what is done then', {**dry, 'dry_run': False, 'restated': done_['restated']}, done_)
    holds('rows were restated', done_['restated'] > 20, done_['restated'])
    holds('the list changes', done_['suppression']['added'] + done_['suppression']['withdrawn'] + done_['suppression']['released'] > 0)
    pairs = {(c['old_category'], c['new_category']) for c in done_['changes']}
    check('what changes', pairs, {('invalid_recipient', 'sender_rejected'), ('greylisted', 'ip_reputation'),
                                  ('rate_limited', 'mailbox_full'), ('blocklisted', 'invalid_recipient')})

    got, want = state(again), state(fresh)
    for key in want:
        check(f'judged again, {key} as read anew', [r for r in got[key] if r not in want[key]] + [r for r in want[key] if r not in got[key]], [])
        check(f'judged again, {key} as read anew, in number', len(got[key]), len(want[key]))
    a, b = page(again, new), page(fresh, new)
    for name, x, y in zip(REPORTS, a.get('reports', []), b.get('reports', [])):
        same_report(f'report {name}', x, y)
    check('reports, byte for byte', json.dumps(a), json.dumps(b))
    holds('reports had differed', json.dumps(before['reports']) != json.dumps(a['reports']))

    out, _ = run('reclassify', '--json', '--now', NOW, database=again, config=new)
    check('once more: nothing changes', [json.loads(out)[k] for k in ('changed', 'meanings', 'restated')], [0, 0, 0])
    history = sql('SELECT DISTINCT old_category, new_category, old_rule, new_rule FROM reclassification ORDER BY 1', name_of(again))
    check('history', history, [['blocklisted', 'invalid_recipient', 'old.xyzzy', 'new.xyzzy'], ['greylisted', 'ip_reputation', 'old.quux', 'new.quux'],
                               ['invalid_recipient', 'sender_rejected', 'old.gate', 'new.gate'], ['rate_limited', 'mailbox_full', 'old.plover', 'new.plover']])

    run('reclassify', '--now', NOW, database=again, config=old)
    got = state(again)
    for key in ('signatures', 'hours', 'flags', 'open', 'strikes', 'list', 'listings'):
        check(f'and back again: {key}', got[key], was[key])
    check('and back again: reports', json.dumps(page(again, old)['reports']), json.dumps(before['reports']))

    run('ingest', '--now', NOW, first, database=between, config=old)
    run('reclassify', '--now', NOW, database=between, config=new)
    run('ingest', '--now', NOW, second, database=between, config=new)
    got = state(between)
    for key in ('hours', 'flags', 'open', 'listings', 'list'):
        check(f'rules changed between two logs: {key}', [r for r in got[key] if r not in want[key]] + [r for r in want[key] if r not in got[key]], [])
    for database in (fresh, between):
        drop_database(database)
    return again


UNKNOWN = [('blarg.example[198.51.100.9]', '554 Transaction {} failed, your correspondent vanished from our directory', 4),
           ('frob.example[198.51.100.10]', '554 Transaction {} failed, your correspondent vanished from our directory', 3),
           ('blarg.example[198.51.100.9]', '554 Gribble for <{}> is wibbling', 2)]


def tools(conf):
    """stats, unclassified, suggest on a store with texts that nothing knows."""
    database, log = fresh_database(), Log()
    for host, reply, count in UNKNOWN:
        for i in range(count):
            rcpt = f'secret{i}@{host.split("[")[0]}'
            queue_id = log.accept(SENDER)
            log.said(queue_id, rcpt, 'bounced', '5.0.0', reply.format(rcpt if '<' in reply else 100 + i), host='mx.' + host)
            log.removed(queue_id)
            log.at(minutes=3)
    log.bounce(SENDER, 'ann@other.example', '5.7.1', '550 5.7.1 Zorbly gate is closed')
    log.bounce(SENDER, 'ann@other.example', '5.1.1', '550 5.1.1 <ann@other.example>: your correspondent has vanished from our directory, user unknown')
    run('ingest', '--now', NOW, log.write(FOLDER / 'tools.log'), database=database, config=conf)

    rules = {r['rule']: r for r in json.loads(run('rules', 'stats', '--format', 'json', database=database, config=conf)[0])['rules']}
    check('stats: a rule that was hit', [rules['new.gate'][k] for k in ('category', 'source', 'hits', 'failed', 'signatures')],
          ['sender_rejected', 'own', 1, 1, 1])
    check('stats: its last hit', rules['new.gate']['last_hit'], '2026-03-02T08:00:00Z')
    check('stats: a rule that never was', [rules['new.quux'][k] for k in ('hits', 'last_hit', 'source')], [0, None, 'own'])
    holds('stats: where it stands', rules['new.quux']['place'].endswith('own.rules:6'), rules['new.quux']['place'])
    text, _ = run('rules', 'stats', database=database, config=conf)
    holds('stats: never hit, in words', '3 rules of your own never hit:\n  new.quux' in text, text[-600:])

    out, _ = run('rules', 'unclassified', '--format', 'json', database=database, config=conf)
    texts = json.loads(out)['unclassified']
    check('unclassified: ranked', [(t['failed'], t['provider_count']) for t in texts], [(7, 1), (2, 1)])
    holds('unclassified: with a sample', 'Transaction 10' in texts[0]['sample'], texts[0]['sample'])
    for form in ('text', 'json'):
        out, _ = run('rules', 'unclassified', '--share', '--format', form, database=database, config=conf)
        holds(f'unclassified --share, {form}: nobody is named', 'secret' not in out and 'sample' not in out and 'Transaction 10' not in out, out)
        holds(f'unclassified --share, {form}: what rules see', 'vanished from our directory' in out, out)
    check('unclassified --top', len(json.loads(run('rules', 'unclassified', '--top', '1', '--format', 'json', database=database,
                                                   config=conf)[0])['unclassified']), 1)

    out, _ = run('rules', 'suggest', '--format', 'json', database=database, config=conf)
    first = json.loads(out)['suggestions'][0]
    check('suggest: the nearest known text', (first['category'], first['nearest'][0]['category']), ('invalid_recipient', 'invalid_recipient'))
    check('suggest: evidence, texts taken, conflicts', [first[k] for k in ('evidence_holds', 'takes_unclassified', 'takes_others')], [True, 1, 0])
    text, _ = run('rules', 'suggest', database=database, config=conf)
    holds('suggest, in words', 'rule own.invalid_recipient.' in text and 'blames the address' in text, text)

    proposed = config('proposed', first['proposed'])
    out, _ = run('rules', 'check', database=database, config=proposed)
    check('what was proposed stands up to rules check', out, '0 errors\n')
    out, _ = run('reclassify', '--json', '--now', NOW, database=database, config=proposed)
    changed = json.loads(out)
    holds('and takes its text', ('unclassified', 'invalid_recipient') in {(c['old_category'], c['new_category']) for c in changed['changes']}, out)
    holds('and lists whom it has to', changed['suppression']['added'] >= 4, out)
    left = json.loads(run('rules', 'unclassified', '--format', 'json', database=database, config=proposed)[0])['unclassified']
    holds('and it is understood', not any('vanished' in t['masked'] for t in left), left)
    drop_database(database)


def refused(conf):
    """Rules that do not read change nothing."""
    broken = config('broken', 'rule broken\n    category  no_such_thing\n')
    database = fresh_database()
    for command in (('reclassify',), ('reclassify', '--dry-run'), ('rules', 'stats')):
        _, said = run(*command, database=database, config=broken, expect=2)
        holds(f'{" ".join(command)}: where the rule is broken', 'own.rules:2: category: no category' in said, said)
    out, _ = run('reclassify', '--rules', FOLDER / 'new' / 'rules.d', database=database, config=conf)
    holds('an empty store', '0 judged' in out, out)
    out, _ = run('rules', 'suggest', database=database, config=conf)
    check('nothing to suggest', out, 'every text that was read is understood\n')
    drop_database(database)


old, new = config('old', OLD), config('new', NEW)
tools(new)
refused(new)
database = same_as_fresh(old, new)
done()
