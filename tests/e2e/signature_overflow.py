#!/usr/bin/env python3
# timeout: 300
"""Who chooses what servers reply cannot fill the dictionary: beyond the caps texts are counted by their category."""
import itertools

from lib import FOLDER, check, done, fresh_database, name_of, run, sql
from lib_postfix import Log

HOURS, AN_HOUR, CAP, NOW = 28, 2000, 50000, '2026-03-20T00:00:00Z'


def words():
    """Texts that stay different when masked: letters only."""
    yield from (''.join(w) for w in itertools.product('bcdfghjklm', 'aeiou', 'npqrstvwxz', 'aeiou', 'bcdfghjklm', 'aeiou'))


def write_log(name, hours, replies_an_hour, text):
    log, each = Log(), text
    for hour in range(hours):
        log.at(hours=1)
        for i in range(replies_an_hour):
            queue_id = log.accept('news@a.example')
            log.said(queue_id, f'u{i % 50}@b.example', 'bounced', '5.1.1', f'550 5.1.1 User unknown, {next(each)} {next(each)} says')
            log.removed(queue_id)
    path = FOLDER / name
    path.write_text('\n'.join(line for _, line in log.lines) + '\n')
    return path


def main():
    database, text = fresh_database(), itertools.cycle(words())
    one = lambda statement: int(sql(statement, name_of(database))[0][0])

    run('ingest', write_log('hour.log', 1, AN_HOUR + 150, text), '--now', NOW, '--no-policy', database=database)
    check('texts of an hour', one("SELECT count(*) FROM signature WHERE rule <> 'overflow'"), AN_HOUR)
    check('failures beyond', one("SELECT sum(n) FROM rollup_failure JOIN signature USING (signature_id) WHERE rule = 'overflow'"), 150)
    check('one overflow signature', sql("SELECT category, severity, sample FROM signature WHERE rule = 'overflow'", name_of(database)),
          [['invalid_recipient', 'hard', '']])
    check('events say the same', one("SELECT count(*) FROM event JOIN signature USING (signature_id) WHERE rule = 'overflow'"), 150)
    check('and so do strikes', one("SELECT sum(strikes) FROM strike JOIN signature USING (signature_id) WHERE rule = 'overflow'"), 150)

    run('ingest', write_log('days.log', HOURS, AN_HOUR - 100, text), '--now', NOW, '--no-policy', '--node', 'mx2', '--overlap',
        database=database)
    check('texts of a store', one("SELECT count(*) FROM signature WHERE rule <> 'overflow'"), CAP)
    check('all failures are counted', one('SELECT sum(n) FROM rollup_failure'), AN_HOUR + 150 + HOURS * (AN_HOUR - 100))
    run('reclassify', database=database)
    check('what has no text is not judged again', sql("SELECT category FROM signature WHERE rule = 'overflow'", name_of(database)),
          [['invalid_recipient']])
    done()


main()
