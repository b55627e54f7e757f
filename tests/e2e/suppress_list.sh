#!/usr/bin/env bash
# The suppression list from end to end: logs in, list, why, release, import, exports; what a real postmap reads of them.
# timeout: 240
set -u
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { echo "skipped: PostgreSQL is not installed"; exit 77; }
folder=$(mktemp -d /tmp/rebound-suppress-XXXXXX)
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
says_not() { grep -qF -- "$1" out && fail "the output has '$1': $(cat out)"; }
complains() { grep -qF -- "$1" err || fail "the message lacks '$1': $(cat err)"; }

queue=100
failed() { # TIME RECIPIENT DSN REPLY
    local id; id=$(printf '4F2C%06X' $((queue++)))
    cat <<LOG
$1.000000+00:00 mx1 postfix/smtpd[10]: $id: client=app.example.com[192.0.2.9], sasl_method=PLAIN, sasl_username=app1
$1.010000+00:00 mx1 postfix/cleanup[11]: $id: message-id=<$id@example.com>
$1.020000+00:00 mx1 postfix/qmgr[12]: $id: from=<news@example.com>, size=2345, nrcpt=1 (queue active)
$1.100000+00:00 mx1 postfix/smtp[13]: $id: to=<$2>, relay=mx.${2#*@}[198.51.100.1]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=$3, status=bounced (host mx.${2#*@}[198.51.100.1] said: $4 (in reply to RCPT TO command))
$1.200000+00:00 mx1 postfix/qmgr[12]: $id: removed
LOG
}
{
    failed 2026-03-03T09:00:00 Ann@example.org 5.1.1 '550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown'
    failed 2026-03-03T09:00:05 "o'hara+x@example.org" 5.1.1 '550 5.1.1 User unknown'
    failed 2026-03-03T09:00:10 '"odd one"@example.org' 5.1.1 '550 5.1.1 User unknown'
    failed 2026-03-03T09:00:20 bob@example.net 5.2.2 '552 5.2.2 Mailbox full'
    failed 2026-03-03T09:00:30 eve@example.net 5.7.1 '554 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org'
} >mail.log

# ---- from the log to the list
expect 0 ingest mail.log
expect 0 suppression list
says ann@example.org; says "o'hara+x@example.org"; says_not bob@; says_not eve@
expect 0 suppression list --format json
python3 -c '
import json, sys
d = json.load(open("out"))
keys = ["address", "domain", "kind", "scope", "state", "reason", "origin", "evidence", "strikes", "first_event", "last_event", "expires_at", "diagnostic", "rule"]
assert list(d) == ["generation", "count", "suppressions"], list(d)
assert d["count"] == len(d["suppressions"]) == 3, d
e = [x for x in d["suppressions"] if x["address"] == "ann@example.org"][0]
assert list(e) == keys, list(e)
assert (e["state"], e["scope"], e["reason"], e["origin"], e["evidence"], e["strikes"], e["expires_at"]) == ("active", "global", "invalid_recipient", "log", "A", 1, None), e
assert e["first_event"].startswith("2026-03-03T09:00:00") and "<recipient>" in e["diagnostic"], e
' || fail "suppression list --format json"
expect 0 suppression list --format csv
says '"'"ann@example.org"'"'
expect 0 ingest mail.log
expect 0 suppression list --format json
python3 -c 'import json; d = json.load(open("out")); assert d["generation"] == 1 and d["count"] == 3, d' || fail "the same log again changed the list"

# ---- why
expect 0 why ANN@example.org
says 'is suppressed'; says 'User unknown'; says 'mail.log, byte'; says 'A: our own log'; says 'rebound suppression release ann@example.org'
expect 0 why bob@example.net
says 'is not suppressed'; says '1 of 3 strikes, over at least 14 days, resets on delivery'
expect 0 why eve@example.net
says 'never counts'
expect 1 why nobody@example.net
expect 2 why nonsense

# ---- exports
expect 0 suppression export --target postfix-access -o access
complains 'left out 1 entries'
printf '%s\n' 'ann@example.org  REJECT 5.1.1 rebound-suppressed/invalid_recipient since 2026-03-03' \
    "o'hara+x@example.org  REJECT 5.1.1 rebound-suppressed/invalid_recipient since 2026-03-03" >want
grep -v '^#' access | diff - want || fail "postfix-access"
expect 0 suppression export --target postfix-transport -o transport
grep -q '^ann@example.org  error:5.1.1 rebound-suppressed/invalid_recipient since 2026-03-03$' transport || fail "postfix-transport: $(cat transport)"
if command -v postmap >/dev/null; then
    mkdir -p pf && printf 'mail_owner = daemon\nsetgid_group = mail\n' >pf/main.cf
    postmap -c pf hash:access 2>err || fail "postmap: $(cat err)"
    [ "$(postmap -c pf -q ann@example.org hash:access)" = 'REJECT 5.1.1 rebound-suppressed/invalid_recipient since 2026-03-03' ] ||
        fail "postmap reads something else"
    [ -s err ] && fail "postmap warns: $(cat err)"
    postmap -c pf -q "o'hara+x@example.org" hash:access | grep -q REJECT || fail "postmap does not find o'hara+x"
    postmap -c pf hash:transport 2>err && [ ! -s err ] || fail "postmap: $(cat err)"
else
    echo "postmap is not installed: its part is skipped"
fi
expect 0 suppression export --target plain
[ "$(grep -c . out)" = 3 ] || fail "plain: $(cat out)"
expect 0 suppression export --target jsonl
python3 -c 'import json; assert [json.loads(l)["reason"] for l in open("out")] == ["invalid_recipient"] * 3' || fail jsonl
expect 0 suppression export --target csv -o list.csv
python3 -c 'import csv; r = list(csv.DictReader(open("list.csv"))); assert len(r) == 3 and r[0]["scope"] == "global", r' || fail csv
expect 0 suppression export --target sha256
grep -q "^$(printf %s ann@example.org | sha256sum | cut -c1-64)$" out || fail sha256
for target in exim-lsearch kumomta-jsonl powermta ses-jsonl mailgun-csv postmark-jsonl sendgrid-csv snapshot; do
    expect 0 suppression export --target $target -o "list.$target"
    [ -s "list.$target" ] || fail "$target is empty"
done
grep -q '^ann@example.org:  5.1.1 rebound-suppressed/invalid_recipient' list.exim-lsearch || fail "exim-lsearch"
grep -q '^{"EmailAddress":"ann@example.org","Reason":"BOUNCE"}$' list.ses-jsonl || fail ses-jsonl
expect 2 suppression export --target nonsense
expect 4 suppression export -o /nowhere/at/all
expect 0 suppression verify --target postfix-access access
expect 0 suppression verify --target snapshot list.snapshot

# ---- release, and what stays released
expect 0 suppression release ann@example.org --note 'mailbox is back'
expect 0 suppression list --state all
says released
expect 1 suppression release ann@example.org
expect 1 suppression verify --target postfix-access access
complains 'differs'
expect 0 ingest --now 2026-03-10T00:00:00Z mail.log
expect 0 why ann@example.org
says 'is not suppressed'; says 'released by an operator'; says 'mailbox is back'
failed 2026-03-08T09:00:00 ann@example.org 5.1.1 '550 5.1.1 User unknown' >later.log
expect 0 ingest later.log
expect 0 why ann@example.org
says 'is suppressed'; says 'for good'

# ---- the guard: a list that shrank by a third does not replace the good one
cp access before
expect 0 suppression release "o'hara+x@example.org" ann@example.org
expect 1 suppression export --target postfix-access -o access
complains 'empty'
cmp -s access before || fail "a refused export touched the file"
expect 1 suppression export --target plain -o plain
complains 'shrank from 3 to 1'
expect 0 suppression export --target plain -o plain --force
[ -z "$(find . -maxdepth 1 -name 'plain.??????' -o -name 'access.??????')" ] || fail "temporary files stay: $(ls)"

# ---- by hand, and from a file
expect 0 suppression add Dan@Example.com --ttl 30d --note 'asked by phone'
expect 0 suppression add @gone.example --scope stream:news
expect 2 suppression add 'no address'
expect 2 suppression add dan@example.com --scope wrong
expect 0 suppression list --scope stream:news
says @gone.example
printf 'address,reason,scope\nzoe@example.com,complaint,global\n"ray@example.com","a, ""b""",\nzoe@example.com,complaint,\nbroken,,\n' >in.csv
expect 1 suppression import in.csv
says 'read 4, added 2'; complains 'in.csv:5'
printf '# mine\nkim@example.com\n@void.example\n' >in.txt
expect 0 suppression import in.txt
says 'added 2'
expect 0 suppression import in.txt
says 'added 0, in force already 2'
expect 0 suppression import list.csv --dry-run
expect 0 suppression history dan@example.com
says 'asked by phone'
expect 1 suppression release zoe@example.com
expect 0 suppression release zoe@example.com --note 'asked to come back'

# ---- hashed addresses leave in no readable form
mkdir -p config/rebound && printf '[privacy]\naddresses = hashed\n' >config/rebound/rebound.conf
expect 2 suppression export --target plain --force
complains 'addresses = hashed needs a secret'
exit $bad
