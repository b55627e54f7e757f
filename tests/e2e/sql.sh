#!/usr/bin/env bash
# tests/sql/*.sql through pg_prove, on a private server with the built-in schema.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v pg_prove >/dev/null || { echo "skipped: pg_prove is not installed"; exit 77; }
compgen -G '/usr/share/postgresql/*/extension/pgtap.control' >/dev/null || { echo "skipped: pgTAP is not installed"; exit 77; }

folder=$(mktemp -d /tmp/rebound-sql-XXXXXX)
export REBOUND_DATA=$folder
unset REBOUND_DATABASE
trap '"$REBOUND" db stop >/dev/null || true; rm -rf "$folder"' EXIT
"$REBOUND" db init
# the built-in functions have their own search_path, the tests set theirs
pg_prove --host "$folder/run" --username rebound --dbname postgres $(grep -l "^SELECT plan(" tests/sql/*.sql)
