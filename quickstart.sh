#!/usr/bin/env bash
# quickstart.sh [PATH...] - from a clean clone to a report: packages, build, private PostgreSQL, ingest, report.
#
# PATH: logs and bounce mails of yours (files, folders, Maildirs, mboxes, compressed or not); none: the samples in
# tests/data/quickstart. Leaves report.html and suppressions.csv here. Safe to run again: what was read is not read twice.
set -euo pipefail
cd_back=$PWD
cd "$(dirname "$0")"

step() { printf '\n== %s\n' "$*"; }

paths=()
for path in "$@"; do
    case $path in /* | -) paths+=("$path") ;; *) paths+=("$cd_back/$path") ;; esac
done
if [ ${#paths[@]} = 0 ]; then
    samples=yes
    paths=(tests/data/quickstart/*)
fi

src/packaging/packages.sh build

step "building rebound (build/)"
[ -f build/CMakeCache.txt ] || cmake --preset release -DREBOUND_TESTS=OFF >/dev/null
cmake --build build --target rebound -j "$(nproc)" | tail -n 1
rebound=./build/rebound

step "private PostgreSQL"
"$rebound" db start

step "reading ${paths[*]}"
set +e
"$rebound" ingest "${paths[@]}"
read_status=$?
set -e
# 1: some input was set aside, with its reason above; the rest counts
[ $read_status -le 1 ] || exit $read_status

step "report"
"$rebound" report overview providers blocklists
"$rebound" report --format html -o report.html
"$rebound" suppression export --target csv -o suppressions.csv ||
    echo "quickstart: suppressions.csv was left as it was"

step "done"
cat <<END
  report.html        the whole report, to look at and to mail on
  suppressions.csv   addresses not to mail again, each with its reason

Next, from $PWD:
  $rebound ingest /var/log/mail.log*      your own relay's logs; again later reads only what is new
  $rebound report --list                  what can be asked; then: $rebound report NAME
  $rebound why ADDRESS                    why an address is on the list, with its evidence
  $rebound suppression export --target postfix-access -o FILE
  $rebound db stop                        the private PostgreSQL; it starts again by itself when needed
END
if [ -n "${samples-}" ]; then
    echo
    echo "These figures are samples. To begin with your own: $rebound db stop, and remove the folder that"
    echo "'$rebound db status' names."
fi
exit $read_status
