#!/usr/bin/env bash
# CPU seconds for 5,000 bounce mails: rebound (parse, extract, classify), a bare GMime walk, Debian's libsisimai-perl.
# The three run in turn on one core, three rounds, the least of each counts. Goals: >= 12 x Sisimai, <= 1.3 x GMime.
#   tests/bench/bounces_bench.sh [REBOUND] [FOLDER OF MAILS]
set -eu
cd "$(dirname "$0")/../.."
rebound=${1:-${REBOUND:-build/rebound}}
mails=${2:-../shared/corpus/bounces}
[ -d "$mails" ] || { echo "skipped: no mails in $mails"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find "$mails" -name '*.eml' -size -128k | sort > "$work/all"
[ -s "$work/all" ] || { echo "skipped: no mails in $mails"; exit 77; }
: > "$work/list"
while [ "$(wc -l < "$work/list" )" -lt 5000 ]; do cat "$work/all" >> "$work/list"; done
head -n 5000 "$work/list" > "$work/5000"
cc -O2 tests/bench/bounces_walk.c -o "$work/walk" $(pkg-config --cflags --libs gmime-3.0)
cat > "$work/sisimai.pl" <<'P'
use Sisimai;
my $n = 0;
my $read = Sisimai->can('make') || Sisimai->can('rise');
while (<STDIN>) { chomp; my $got = Sisimai->$read($_, 'delivered' => 1); $n += @$got if $got; }
print "$n results\n";
P

seconds() { # CPU seconds of a command
    local TIMEFORMAT='%U %S'
    { time taskset -c 0 "$@" > /dev/null 2> /dev/null; } 2>&1 | awk '{printf "%.3f\n", $1 + $2}'
}
run_rebound() { xargs -a "$work/5000" -n 5000 -s 2000000 "$rebound" classify --json; }
run_walk() { xargs -a "$work/5000" -n 5000 -s 2000000 "$work/walk"; }
run_sisimai() { perl "$work/sisimai.pl" < "$work/5000"; }
export -f run_rebound run_walk run_sisimai
export work rebound
least() { sort -n "$work/$1.s" | head -1; }

have_sisimai=0
perl -MSisimai -e 1 2>/dev/null && have_sisimai=1
for round in 1 2 3; do
    seconds bash -c run_walk >> "$work/walk.s"
    seconds bash -c run_rebound >> "$work/rebound.s"
    [ $have_sisimai = 0 ] || [ $round -gt 1 ] || seconds bash -c run_sisimai >> "$work/sisimai.s"
done
awk -v r="$(least rebound)" -v g="$(least walk)" 'BEGIN {
    printf "rebound %.3f s, GMime walk %.3f s: %.2f x (goal <= 1.3)\n", r, g, r / g }'
if [ $have_sisimai = 1 ]; then
    awk -v r="$(least rebound)" -v s="$(least sisimai)" 'BEGIN {
        printf "Sisimai %.3f s: %.1f x slower than rebound (goal >= 12)\n", s, s / r }'
else
    echo "Sisimai: skipped (install libsisimai-perl)"
fi
