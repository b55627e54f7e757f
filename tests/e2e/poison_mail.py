#!/usr/bin/env python3
"""A mail whose reading kills the process: after three deaths it is set aside with its reason, and every other mail is read, once.
The death is real: a library loaded in front of GMime aborts when it is given a certain subject; the program knows nothing of it."""
import shutil
import signal
import subprocess

from lib import ENV, FOLDER, REBOUND, check, done, fresh_database, holds, run, skip, sql, name_of

SHIM = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

char *g_mime_utils_header_decode_text(void *options, const char *text);

char *g_mime_utils_header_decode_text(void *options, const char *text)
{
    char *(*real)(void *, const char *) = (char *(*)(void *, const char *))dlsym(RTLD_NEXT, "g_mime_utils_header_decode_text");

    if (text && strstr(text, "=?utf-8?q?poison?="))
        abort();
    return real(options, text);
}
'''
compiler = shutil.which('cc') or skip('no C compiler')
(FOLDER / 'poison.c').write_text(SHIM)
shim = FOLDER / 'poison.so'
subprocess.run([compiler, '-shared', '-fPIC', '-o', shim, FOLDER / 'poison.c', '-ldl'], check=True)


def bounce(i, subject='Undelivered Mail Returned to Sender'):
    return (f'From MAILER-DAEMON Mon Mar  2 08:00:00 2026\nReturn-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: news@brand.example\n'
            f'Subject: {subject}\nDate: Mon, 2 Mar 2026 08:00:{i:02d} +0000\nMessage-ID: <{i}@mx.example>\n\n'
            f'This is the mail system at host mx.example.\n\n<a{i}@other.example>: host mx.other.example[192.0.2.9] said: 550 5.1.1\n'
            f'    User unknown\n\n')


def deaths(database, path, most=8):
    """Runs until one ends by itself: how many did not, and the last one."""
    env = dict(ENV, LD_PRELOAD=str(shim), ASAN_OPTIONS=ENV.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0')
    for died in range(most):
        r = subprocess.run([REBOUND, '--database', database, 'ingest', '--now', '2026-03-03T00:00:00Z', str(path)], env=env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if r.returncode != -signal.SIGABRT:
            return died, r
    return most, r


def counts(database):
    return sql("SELECT (SELECT count(*) FROM returned_mail), (SELECT count(*) FROM quarantine), (SELECT count(*) FROM mail_in_hand WHERE tries < 1000)",
               name_of(database))[0]


# one poison among many
database = fresh_database()
path = FOLDER / 'bounces.mbox'
path.write_text(''.join(bounce(i, '=?utf-8?q?poison?=' if i == 20 else 'Undelivered Mail Returned to Sender') for i in range(40)))
died, last = deaths(database, path)
said = last.stderr.decode()
check('deaths until it is set aside', died, 3)
check('exit status then', last.returncode, 1)
check('all others are kept, one is in quarantine, none in hand', counts(database), ['39', '1', '0'])
holds('the file and the reason are said', 'bounces.mbox' in said and 'ended the program three times' in said, said)
reason, sample = sql("SELECT reason, replace(sample, chr(10), ' ') FROM quarantine", name_of(database))[0]
holds('its reason stands in quarantine', 'ended the program three times' in reason, reason)
holds('and a sample without addresses', 'poison' in sample and '@other.example' not in sample, sample)
out, _ = run('doctor', database=database, expect=None)
holds('doctor names it', 'ended the program three times' in out, out)

# once more: it is known, nobody dies, nothing doubles
died, last = deaths(database, path)
check('deaths when it is read again', died, 0)
check('the same mails', counts(database)[0], '39')

# the same mail in another file, among new ones: known there as well
moved = FOLDER / 'moved.mbox'
moved.write_text(''.join(bounce(i, '=?utf-8?q?poison?=' if i == 20 else 'Undelivered Mail Returned to Sender') for i in (50, 20, 51)))
died, last = deaths(database, moved)
check('deaths when it comes in another file', died, 0)
check('the two new ones are kept', counts(database), ['41', '2', '0'])

# two poisons, the first mail among them
database = fresh_database()
path = FOLDER / 'two.mbox'
path.write_text(''.join(bounce(i, '=?utf-8?q?poison?=' if i in (0, 7) else 'Undelivered Mail Returned to Sender') for i in range(12)))
died, last = deaths(database, path, 12)
holds('two are set aside after at most three deaths each', died <= 6, str(died))
check('exit status', last.returncode, 1)
check('ten are kept', counts(database), ['10', '2', '0'])

# a Maildir, where each file is an input, and the folder's order is another each time
database = fresh_database()
new = FOLDER / 'Maildir/new'
new.mkdir(parents=True)
(FOLDER / 'Maildir/cur').mkdir()
(FOLDER / 'Maildir/tmp').mkdir()
for i in range(9):
    (new / f'{1772438400 + i}.M{i}.mx').write_text(bounce(i, '=?utf-8?q?poison?=' if i == 4 else 'Undelivered').split('\n', 1)[1])
died, last = deaths(database, FOLDER / 'Maildir')
check('Maildir: deaths', died, 3)
check('Maildir: exit status', last.returncode, 1)
check('Maildir: eight are kept', counts(database), ['8', '1', '0'])
(new / '1772438404.M4.mx').rename(FOLDER / 'Maildir/cur/1772438404.M4.mx:2,S')
died, last = deaths(database, FOLDER / 'Maildir')
check('Maildir: deaths after the mail was moved', died, 0)

# deaths that no mail is to blame for (power, kill -9) cost none of them
database = fresh_database()
path = FOLDER / 'good.mbox'
path.write_text(''.join(bounce(i) for i in range(30)))
run('ingest', '--now', '2026-03-03T00:00:00Z', path, database=database)
sql('INSERT INTO mail_in_hand VALUES (1, 0, 1, now()), (2, 5, 3, now())', name_of(database))
path.write_text(''.join(bounce(i) for i in range(45)))
run('ingest', '--now', '2026-03-03T00:00:00Z', path, database=database)
check('all are kept, and nothing is in hand', counts(database), ['45', '0', '0'])
done()
