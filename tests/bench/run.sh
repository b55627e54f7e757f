#!/usr/bin/env bash
# How fast reading a relay's log is, beside its peers, in one run on one machine: wc -l, pflogsumm and a raw COPY.
#   tests/bench/run.sh [REBOUND] [--pairs N] [--long]
# REBOUND is the program (build/rebound); N the rounds whose median counts (3); --long adds 100 million lines.
# Needs ../shared/bench (the log generator), cc, python3, pflogsumm and psql; exit 77 names what is missing.
set -eu
cd "$(dirname "$0")/../.."
rebound=${REBOUND:-build/rebound}
pairs=3
long=
while [ $# -gt 0 ]; do
    case $1 in
    --pairs) pairs=$2; shift ;;
    --long) long=--long ;;
    *) rebound=$1 ;;
    esac
    shift
done

generator=../shared/bench/gen_postfix_log.c
missing=
[ -x "$rebound" ] || missing="$missing $rebound"
[ -e "$generator" ] || missing="$missing $generator"
for program in cc python3 pflogsumm psql; do
    command -v "$program" > /dev/null || missing="$missing $program"
done
[ -z "$missing" ] || { echo "skipped: not here:$missing"; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-bench-XXXXXX")
chmod 755 "$work"
clean() {
    for data in "$work"/data*; do
        [ -d "$data" ] && REBOUND_DATA=$data "$rebound" db stop > /dev/null 2>&1
    done
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

cc -O2 -o "$work/gen" "$generator" -lm
"$work/gen" -T "$work/truth.json" -n 1000000 -s 1 -d 1 > "$work/1m.log" 2> /dev/null
"$work/gen" -T "$work/truth.json" -n 10000000 -s 2 -d 10 > "$work/10m.log" 2> /dev/null
python3 tests/bench/side_by_side.py "$rebound" "$work" --pairs "$pairs" $long
