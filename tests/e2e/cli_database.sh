#!/usr/bin/env bash
# The commands around the database: db, doctor, trace; on a private server of its own.
# timeout: 120
set -u
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { echo "skipped: PostgreSQL is not installed"; exit 77; }
folder=$(mktemp -d /tmp/rebound-database-XXXXXX)
trap '"$REBOUND" db stop >/dev/null 2>&1; rm -rf "$folder"' EXIT
chmod 711 "$folder" # as root the server is run by postgres, who has to get in
cd "$folder" || exit 1
unset REBOUND_CONFIG REBOUND_DATABASE
export HOME=$folder REBOUND_DATA=$folder/data XDG_CONFIG_HOME=$folder/config
bad=0
fail() { echo "FAIL: $*"; bad=1; }
expect() { # STATUS ARGUMENT...; output in out, messages in err
    local want=$1 got; shift
    "$REBOUND" "$@" >out 2>err </dev/null; got=$?
    [ $got = "$want" ] || fail "rebound $*: exit $got instead of $want: $(cat err)"
}
says() { grep -qF -- "$1" out || fail "the output lacks '$1': $(cat out)"; }
complains() { grep -qF -- "$1" err || fail "the message lacks '$1': $(cat err)"; }

# one message to two people: one refused, one accepted at the second try; and one that still waits
cat >mail.log <<'LOG'
2026-03-03T09:00:00.000000+00:00 mx1 postfix/smtpd[10]: 4F2C81A0B3: client=app.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=app1
2026-03-03T09:00:00.010000+00:00 mx1 postfix/cleanup[11]: 4F2C81A0B3: message-id=<one.1@example.com>
2026-03-03T09:00:00.020000+00:00 mx1 postfix/qmgr[12]: 4F2C81A0B3: from=<news@example.com>, size=2345, nrcpt=2 (queue active)
2026-03-03T09:00:01.000000+00:00 mx1 postfix/smtp[13]: 4F2C81A0B3: to=<ann@example.org>, relay=mx.example.org[198.51.100.1]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=5.1.1, status=bounced (host mx.example.org[198.51.100.1] said: 550 5.1.1 <ann@example.org>: User unknown (in reply to RCPT TO command))
2026-03-03T09:00:01.100000+00:00 mx1 postfix/smtp[14]: 4F2C81A0B3: to=<bob@example.net>, relay=mx.example.net[198.51.100.2]:25, delay=1.1, delays=0.1/0/0.4/0.6, dsn=4.2.2, status=deferred (host mx.example.net[198.51.100.2] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))
2026-03-03T09:10:01.100000+00:00 mx1 postfix/smtp[15]: 4F2C81A0B3: to=<bob@example.net>, relay=mx.example.net[198.51.100.2]:25, delay=601, delays=600/0/0.4/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77AA12)
2026-03-03T09:10:01.200000+00:00 mx1 postfix/qmgr[12]: 4F2C81A0B3: removed
2026-03-03T09:20:00.000000+00:00 mx1 postfix/smtpd[10]: 5A11C71A0C: client=app.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=app1
2026-03-03T09:20:00.010000+00:00 mx1 postfix/cleanup[11]: 5A11C71A0C: message-id=<two.2@example.com>
2026-03-03T09:20:00.020000+00:00 mx1 postfix/qmgr[12]: 5A11C71A0C: from=<news@example.com>, size=345, nrcpt=1 (queue active)
2026-03-03T09:20:01.000000+00:00 mx1 postfix/smtp[13]: 5A11C71A0C: to=<eve@example.net>, relay=none, delay=1, delays=0.1/0/0.9/0, dsn=4.4.1, status=deferred (connect to mx.example.net[198.51.100.2]:25: Connection timed out)
LOG

# ---- before there is one
expect 3 db status
complains 'not made yet'
expect 0 doctor
says 'not made yet'
expect 3 --database 'host=/nowhere' trace ann@example.org
expect 2 --database 'host=/nowhere' db stop
complains 'the database comes from --database'
expect 2 --database 'no such=thing' db status

# ---- made, shown, brought up to date
expect 0 db init
says 'the database is ready (schema '
expect 0 db upgrade
says 'is up to date'
expect 0 db status
says 'no log has been read yet'
expect 1 trace ann@example.org
complains 'nothing is known of "ann@example.org"'

expect 0 ingest mail.log
expect 0 db status
says 'mail.log'
expect 0 db status --format json
python3 - <<'PY' || fail "db status --format json: $(cat out)"
import json
s = json.load(open('out'))
assert s['database'] == 'private' and s['schema'] >= 1, s
i, = s['inputs']
assert (i['node'], i['format'], i['lines'], i['unread']) == ('mx1', 'postfix', 11, 0), i
assert i['first_at'].startswith('2026-03-03T09:00:00') and i['last_at'].startswith('2026-03-03T09:20:01'), i
PY
expect 0 doctor
! grep -q '^fail' out || fail "doctor: $(cat out)"

# ---- trace by address, queue id and Message-ID
lives() { # KEY WHAT...: the outcomes in their order, then who still waits
    expect 0 trace --format json "$1"
    local got
    got=$(python3 -c 'import json; t = json.load(open("out")); print(*[e["outcome"] for e in t["events"]], *["waiting:" + w["recipient"] for w in t["waiting"]])')
    [ "$got" = "$2" ] || fail "trace $1: '$got' instead of '$2'"
}
lives ann@example.org 'failed_sync'
lives Ann@Example.ORG 'failed_sync'
lives bob@example.net 'deferred delivered'
lives 4F2C81A0B3 'failed_sync deferred delivered'
lives '<one.1@example.com>' 'failed_sync deferred delivered'
lives one.1@example.com 'failed_sync deferred delivered'
lives two.2@example.com 'deferred waiting:eve@example.net'
lives 77AA12 'deferred delivered'
expect 0 trace bob@example.net
says 'mailbox_full'
says '4F2C81A0B3>77AA12'
expect 1 trace --format json 'nobody@example.org'
python3 -c 'import json; t = json.load(open("out")); assert t["events"] == []' || fail "an empty trace is no JSON"
expect 1 trace "$(printf "x' OR 1=1 --\033")"
! grep -q "$(printf '\033')" err || fail "an escape was shown"

# ---- across two nodes: the first one's 2xx is no delivery
cat >app1.log <<'LOG'
2026-03-04T09:00:00.000000+00:00 app1 postfix/pickup[10]: 4F2C81A0C4: uid=1000 from=<news@example.com>
2026-03-04T09:00:00.010000+00:00 app1 postfix/cleanup[11]: 4F2C81A0C4: message-id=<three.3@example.com>
2026-03-04T09:00:00.020000+00:00 app1 postfix/qmgr[12]: 4F2C81A0C4: from=<news@example.com>, size=2345, nrcpt=1 (queue active)
2026-03-04T09:00:01.100000+00:00 app1 postfix/smtp[14]: 4F2C81A0C4: to=<kim@example.net>, relay=relay2.example.com[10.0.0.2]:25, delay=1.1, delays=0.1/0/0.4/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77AA12C1D9)
2026-03-04T09:00:01.200000+00:00 app1 postfix/qmgr[12]: 4F2C81A0C4: removed
LOG
cat >relay2.log <<'LOG'
2026-03-04T09:00:00.900000+00:00 relay2 postfix/smtpd[20]: 77AA12C1D9: client=app1.example.com[10.0.0.1]
2026-03-04T09:00:00.910000+00:00 relay2 postfix/cleanup[21]: 77AA12C1D9: message-id=<three.3@example.com>
2026-03-04T09:00:00.920000+00:00 relay2 postfix/qmgr[22]: 77AA12C1D9: from=<news@example.com>, size=2545, nrcpt=1 (queue active)
2026-03-04T09:00:02.100000+00:00 relay2 postfix/smtp[24]: 77AA12C1D9: to=<kim@example.net>, relay=mx.example.net[198.51.100.2]:25, delay=1.1, delays=0.1/0/0.4/0.6, dsn=5.2.2, status=bounced (host mx.example.net[198.51.100.2] said: 552 5.2.2 Mailbox full (in reply to RCPT TO command))
2026-03-04T09:00:02.200000+00:00 relay2 postfix/qmgr[22]: 77AA12C1D9: removed
LOG
expect 0 ingest relay2.log app1.log
for key in kim@example.net 4F2C81A0C4 77AA12C1D9 '<three.3@example.com>'; do lives "$key" 'passed_on failed_sync'; done

# ---- stopped and started
expect 0 db stop
expect 3 db status
complains 'stopped'
expect 0 db start
says "$folder/data"
lives ann@example.org 'failed_sync'

[ $bad = 0 ] && echo "database: fine"
exit $bad
