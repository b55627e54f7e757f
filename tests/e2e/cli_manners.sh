#!/usr/bin/env bash
# How the program behaves as a command: exit status, help everywhere, wrong command lines, a reader that goes away,
# a full disk, a broken configuration, names with control characters. No database.
# timeout: 120
set -u
folder=$(mktemp -d /tmp/rebound-manners-XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
unset REBOUND_CONFIG REBOUND_DATABASE
export HOME=$folder REBOUND_DATA=$folder/data XDG_CONFIG_HOME=$folder/config
bad=0
fail() { echo "FAIL: $*"; bad=1; }

# expect STATUS TEXT-OF-STDERR-OR-"" ARGUMENT...: nothing, or one line that begins with "rebound: "
expect() {
    local want=$1 text=$2 got; shift 2
    "$REBOUND" "$@" >out 2>err </dev/null; got=$?
    [ $got = "$want" ] || fail "rebound $*: exit $got instead of $want: $(cat err)"
    if [ -z "$text" ]; then [ ! -s err ] || fail "rebound $*: says $(cat err)"
    else grep -qF -- "$text" err || fail "rebound $*: does not say '$text' but $(cat err)"; fi
    ! grep -qv '^rebound: ' err || fail "rebound $*: a message without its name: $(cat err)"
}

cat >bounce.eml <<'MAIL'
From: MAILER-DAEMON@mx.example.net
To: news@example.com
Subject: Undelivered Mail Returned to Sender
Date: Tue, 3 Mar 2026 09:05:01 +0100
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; ann@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b--
MAIL
line='Mar  3 09:05:01 mx1 postfix/smtp[12]: 4F2C81A0B3: to=<ann@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))'
for _ in $(seq 2000); do echo "$line"; done >mail.log

# ---- help: of the program, of each command and each verb
expect 0 ''
grep -q 'Commands:' out || fail "no overview without arguments"
expect 0 '' --help
expect 0 '' help
grep -q 'Commands:' out || fail "no help by that word"
expect 0 '' help classify
grep -q '^Usage: rebound classify' out || fail "no help classify"
expect 0 '' --version
grep -qE '^rebound [0-9]+\.[0-9]+\.[0-9]+$' out || fail "--version says $(cat out)"
expect 0 '' --man
for command in $("$REBOUND" --help | sed -n '/^Commands:/,/^Options:/s/^  \([a-z]*\) .*/\1/p'); do
    expect 0 '' "$command" --help
    grep -q "^Usage: rebound $command" out || fail "$command --help has no usage"
    expect 0 '' --help "$command"
    expect 2 'unknown option --no-such-thing' "$command" $("$REBOUND" "$command" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | head -1) --no-such-thing
    for verb in $("$REBOUND" "$command" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        expect 0 '' "$command" "$verb" --help
        grep -q "^Usage: rebound $command $verb" out || fail "$command $verb --help has no usage"
    done
done
! "$REBOUND" --help | grep -qP '[^\x0a\x20-\x7e]' || fail "help with odd characters"
for shell in bash zsh fish; do expect 0 '' --completion $shell; done
expect 2 '--completion wants bash|zsh|fish, not "csh"' --completion csh
"$REBOUND" --completion bash | bash -n || fail "completion is no bash"

# ---- wrong command lines
expect 2 'there is no command "clasify": did you mean "classify"?' clasify
expect 2 'there is no command "zebra" (see rebound --help)' zebra
expect 2 'unknown option --jsn, did you mean --json?' classify --jsn bounce.eml
expect 2 'classify wants PATH...' classify
expect 2 'formats does not want "x"' formats x
expect 2 '--year wants a whole number, not "soon"' parse --year soon mail.log
expect 2 'there is no log format "posfix"' parse --format posfix mail.log
expect 2 'there is no time zone "Mars/Olympus"' parse --timezone Mars/Olympus mail.log
expect 2 'db wants a verb' db
expect 2 'db has no verb "statsu": did you mean "status"?' db statsu

# ---- reading
expect 0 '' classify bounce.eml
grep -q 'ann@example.org' out || fail "classify: $(cat out)"
expect 0 '' classify -- bounce.eml
expect 1 'nowhere.eml: No such file or directory' classify nowhere.eml bounce.eml
grep -q 'ann@example.org' out || fail "a missing mail stopped the next one"
"$REBOUND" classify --json - <bounce.eml | grep -q '"source":"-"' || fail "classify from stdin"
printf '550 5.1.1 User unknown\n' | "$REBOUND" classify --text --json - | grep -q '"line":1,"text":"550 5.1.1 User unknown"' || fail "classify --text"
expect 0 '' parse --json mail.log
[ "$(wc -l <out)" = 2000 ] || fail "parse: $(wc -l <out) events of 2000"
: >empty.log
expect 1 'empty.log: empty' parse empty.log
head -c 20000 /dev/urandom >noise
expect 1 'noise: ' parse noise

# ---- what comes through a pipe is shown when it comes
mkfifo slow
"$REBOUND" parse - <slow >live 2>err &
reader=$!
exec 3>slow
echo "$line" >&3
for _ in $(seq 100); do [ -s live ] && break; sleep 0.1; done
[ -s live ] || fail "a line in a pipe is not shown before the next ones come"
exec 3>&-
wait $reader || fail "parse of a pipe: exit $?"

# ---- a reader that goes away is no error; a full disk is one
for arguments in '--help' '--man' 'formats' 'parse --json mail.log' 'classify --json bounce.eml'; do
    "$REBOUND" $arguments 2>err | head -1 >/dev/null
    [ "${PIPESTATUS[0]}" = 0 ] || fail "$arguments | head -1: exit ${PIPESTATUS[0]}"
    [ ! -s err ] || fail "$arguments | head -1: says $(cat err)"
    "$REBOUND" $arguments >&- 2>err || fail "$arguments with stdout closed: exit $?"
    [ ! -s err ] || fail "$arguments with stdout closed: says $(cat err)"
    if [ -w /dev/full ]; then
        "$REBOUND" $arguments >/dev/full 2>err; got=$?
        [ $got = 4 ] || fail "$arguments >/dev/full: exit $got"
        grep -qx 'rebound: standard output: No space left on device' err || fail "$arguments >/dev/full: says $(cat err)"
    fi
done

# ---- signals: without a database the program ends at once
for signal in INT:130 TERM:143; do
    # it waits for its input; python, because a shell's background job ignores INT
    got=$(python3 - "$REBOUND" "SIG${signal%:*}" <<'PY'
import signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], 'parse', '-'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
time.sleep(0.5)
p.send_signal(getattr(signal, sys.argv[2]))
print(p.wait(10), p.stderr.read().decode())
PY
    )
    [ "$got" = "${signal#*:} " ] || fail "SIG${signal%:*}: '$got' instead of ${signal#*:}"
done

# ---- configuration
printf '[networks]\nown = 192.0.2.0/24\nonw = 1\n' >wrong.conf
expect 2 'wrong.conf:3: unknown key "onw" in [networks] (did you mean "own"?)' --config wrong.conf classify bounce.eml
expect 2 'missing.conf: no such configuration file' --config missing.conf classify bounce.eml
expect 0 '' --config wrong.conf version
printf '[ingest]\nzone = UTC\n' >good.conf
REBOUND_CONFIG=good.conf expect 0 '' parse --json mail.log
mkdir -p config/rebound
cp wrong.conf config/rebound/rebound.conf
expect 2 'rebound.conf:3: unknown key' classify bounce.eml
REBOUND_CONFIG=good.conf expect 0 '' classify bounce.eml
printf 'database = host=/nowhere password=hunter2\n' >config/rebound/rebound.conf
expect 3 'rebound: database: ' db status
! grep -q hunter2 out err || fail "a password was shown"
"$REBOUND" doctor >out 2>err; got=$?
[ $got = 1 ] || fail "doctor with a dead database: exit $got"
! grep -q hunter2 out err || fail "doctor shows a password"
expect 1 '' --config wrong.conf doctor
grep -q '^fail  configuration  wrong.conf:3: unknown key' out || fail "doctor does not see the configuration"
rm -r config

# ---- names with control characters are never printed raw
odd=$(printf 'odd\033[31m\nname\202.eml')
cp bounce.eml "$odd"
for arguments in 'classify' 'parse'; do
    "$REBOUND" $arguments "$odd" "$odd.gone" >out 2>err
    ! LC_ALL=C grep -q "$(printf '\033')" out err || fail "$arguments shows an escape"
    [ "$(wc -l <out)$(wc -l <err)" = 11 ] || fail "$arguments: a name made a line of its own"
done
"$REBOUND" classify --json "$odd" | python3 -c 'import json, sys; json.loads(sys.stdin.buffer.read().decode("utf-8"))' || fail "the JSON of an odd name"
expect 1 'odd\x1b[31m\x0aname\x82.eml.gone: No such file or directory' classify "$odd.gone"

[ $bad = 0 ] && echo "manners: fine"
exit $bad
