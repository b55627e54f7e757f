#!/usr/bin/env bash
# How long history takes to be judged again: reclassify_bench.sh [REBOUND] [LINES]
# LINES of a made log (66,000,000 are 12.2 million events, and take 4 minutes to read) are read by the shipped rules; then
# a reply by which receivers block us becomes greylisting, as a try, in earnest, and back. Wall time, and the processor
# time that PostgreSQL took, which is the figure to trust on a machine that does other things. Exit 77 names what is missing.
set -eu
cd "$(dirname "$0")/../.."
rebound=${1:-${REBOUND:-build/rebound}}
lines=${2:-66000000}
generator=../shared/bench/gen_postfix_log.c
missing=
[ -x "$rebound" ] || missing="$missing $rebound"
[ -e "$generator" ] || missing="$missing $generator"
command -v cc > /dev/null || missing="$missing cc"
[ -z "$missing" ] || { echo "skipped: not here:$missing"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-bench-XXXXXX")
chmod 755 "$work"
export REBOUND_DATA=$work/data
trap '"$rebound" db stop > /dev/null 2>&1; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

mkdir "$work/as-shipped" "$work/changed"
cat > "$work/changed/own.rules" << 'RULES'
rule own.reputation
    category  greylisted
    text      \brate limited due to ip reputation\b
    yes       451 4.7.0 The mail server has been temporarily rate limited due to IP reputation.
    no        451 4.7.0 The mail server is busy
RULES

# Seconds that processes of the server that ended have taken: each command has one of its own.
server_seconds() {
    sleep 1 # until it has ended
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($14 + $15) / hz }' \
        "/proc/$(head -n 1 "$REBOUND_DATA/postgresql/postmaster.pid")/stat"
}

judge() { # title, rules, further options
    title=$1 rules=$2
    shift 2
    before=$(server_seconds)
    start=$(date +%s.%N)
    "$rebound" reclassify --rules "$rules" --now 2026-12-31T00:00:00Z "$@" > "$work/said"
    end=$(date +%s.%N)
    awk -v title="$title" -v wall="$start $end" -v cpu="$before $(server_seconds)" '
        BEGIN { split(wall, w); split(cpu, c); printf "%-12s %6.1f s  server %6.1f cpu-s  ", title, w[2] - w[1], c[2] - c[1] }
        /^history/ { sub(/^history */, ""); print }' "$work/said"
}

cc -O2 -o "$work/gen" "$generator" -lm
start=$(date +%s)
"$work/gen" -n "$lines" -s 2 -d 30 2> /dev/null | "$rebound" ingest --quiet --now 2026-12-31T00:00:00Z -
echo "$lines lines read in $(($(date +%s) - start)) s"
judge "dry run" "$work/changed" --dry-run
judge "changed" "$work/changed"
judge "and back" "$work/as-shipped"
