#!/usr/bin/env bash
# The report command over the samples of the quick start: forms, windows, limits, files, and the same answer twice.
# timeout: 120
set -u
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { echo "skipped: PostgreSQL is not installed"; exit 77; }
samples=$(cd "$(dirname "$0")/../data/quickstart" && pwd)
folder=$(mktemp -d /tmp/rebound-report-XXXXXX)
trap '"$REBOUND" db stop >/dev/null 2>&1; rm -rf "$folder"' EXIT
chmod 711 "$folder"
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
says() { grep -qF -- "$1" out || fail "the output lacks '$1': $(head -c 2000 out)"; }
complains() { grep -qF -- "$1" err || fail "the message lacks '$1': $(cat err)"; }
field() { python3 -c 'import json, sys; d = json.load(open("out")); print(eval(sys.argv[1], {"d": d, "r": d["reports"][0]["rows"]}))' "$1"; }
is() { [ "$(field "$1")" = "$2" ] || fail "$1 is $(field "$1"), not $2"; }

# ---- before there is any mail: an answer, no error
expect 0 report
says 'No mail was sent in this period'
expect 0 report --format json
is 'r[0]["attempted"]' 0
is 'r[0]["delivery_rate"]' None
expect 0 report --format html -o empty.html

"$REBOUND" ingest "$samples" >/dev/null 2>err || fail "ingest: $(cat err)"

# ---- old data: the window ends with it, and says so
expect 0 report
says 'where the data ends'
says 'Do today'
expect 0 report --list
says 'undelivered'

# ---- sums hold together
expect 0 report --format json
is 'r[0]["injected"] == r[0]["attempted"] + r[0]["suppressed"] + r[0]["local_error"]' True
is 'r[0]["attempted"] == r[0]["delivered"] + r[0]["handed_over"] + r[0]["failed_sync"] + r[0]["expired"] + r[0]["pending"] + r[0]["lost"]' True
is 'abs(r[0]["hard_bounce_rate"] + r[0]["block_rate"] + r[0]["soft_fail_rate"] - r[0]["bounce_rate"]) < 1e-9' True
attempted=$(field 'r[0]["attempted"]') failed=$(field 'r[0]["failed"]') pending=$(field 'r[0]["pending"]')
for report in providers domains senders nodes; do
    expect 0 report $report --format json
    is 'sum(x["attempted"] for x in r)' "$attempted"
    is 'sum(x["failed"] for x in r)' "$failed"
done
expect 0 report categories --format json
is 'sum(x["recipient_messages"] for x in r)' "$failed"
expect 0 report failures --format json
is 'sum(x["count"] for x in r)' "$failed"
expect 0 report timeline --format json
is 'sum(x["failed"] for x in r)' "$failed"
expect 0 report undelivered --format json
is 'len(r)' $((failed + pending))

# ---- by domain, what one sees is what one gets
expect 0 report domains --format json
domain=$(field 'max(r, key=lambda x: x["failed"])["domain"]') of_domain=$(field 'max(x["failed"] + x["pending"] for x in r)')
expect 0 report undelivered --domain "$domain" --format json
is 'len(r) > 0 and all(x["recipient"].endswith("@'"$domain"'") for x in r)' True
expect 0 report providers --format json
provider=$(field 'r[0]["provider"]') of_provider=$(field 'r[0]["attempted"]')
expect 0 report --provider "$provider" --format json
is 'r[0]["attempted"]' "$of_provider"

# ---- a fixed window answers the same, byte for byte but for the time of asking
fixed() { "$REBOUND" report overview providers blocklists undelivered suppressions quality --since 2026-03-01 --until 2026-03-10 --format json | sed 's/"generated_at":"[^"]*"//'; }
fixed >one; sleep 1.1; fixed >two
cmp -s one two || fail "a fixed window changed its answer"

# ---- files: in place at once, the old one untouched when it cannot be
expect 0 report --format html -o page.html
[ ! -s out ] || fail "something went to standard output"
grep -q 'default-src' page.html || fail "page.html is no page"
expect 0 report domains --format csv -o -
says 'domain,provider,attempted'
expect 4 report -o no/such/folder/x.txt
complains 'no/such/folder'
ls ./*.tmp 2>/dev/null && fail "a temporary file stayed"

# ---- what cannot be asked is said
expect 2 report nothing
complains 'no report is called "nothing"'
expect 2 report overview --domain example.org
complains 'cannot be limited by --domain'
expect 2 report --since yesterday
complains '--since: "yesterday" is no age'
expect 2 report --since 2026-03-03 --until 2026-03-03
complains 'the window is empty'
expect 2 report --format xml
"$REBOUND" report undelivered | head -1 >/dev/null || fail "a reader that went away is no error"

# ---- a script that rounds: shown around without names
expect 0 report undelivered domains senders --redact --format json
grep -qE '@|\.example' out && fail "a name is left: $(grep -oE '[^" ]*(@|\.example)[^" ]*' out | head -3)"
exit $bad
