#!/usr/bin/env bash
# Builds and runs classify_bench over reply texts: classify_bench.sh BUILD-FOLDER [FILE]
set -eu
cd "$(dirname "$0")/../.."
build=${1:?usage: classify_bench.sh BUILD-FOLDER [FILE]}
file=${2:-../shared/facts/responses-dev.tsv}
[ -r "$file" ] || { echo "skipped: no reply texts in $file"; exit 77; }
cmake --build "$build" --target rb_classify >/dev/null
program=$(mktemp)
trap 'rm -f "$program"' EXIT
# shellcheck disable=SC2046
${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -Isrc -o "$program" tests/bench/classify_bench.c \
    "$build"/librb_classify.a "$build"/librb_model.a "$build"/librb_base.a \
    $(pkg-config --libs libpcre2-8 jansson libxxhash glib-2.0 libpsl) -lm
"$program" "$file"
