#!/usr/bin/env bash
# packages.sh build|test - installs what is missing, with apt (Debian 12 or newer, Ubuntu 22.04 or newer).
#
# build: what compiles and runs rebound. test: that and what its tests need. Nothing is asked for when nothing is missing.
# Exit 0: all there. 1: installing failed. 2: something is missing and this user or system cannot install it.
set -euo pipefail

build='gcc cmake make pkg-config libpq-dev libpcre2-dev libgmime-3.0-dev libglib2.0-dev libarchive-dev libjansson-dev
libxxhash-dev libpsl-dev libidn2-dev libevent-dev libcdb-dev libjs-chart.js postgresql'
test="$build libcmocka-dev libtap-parser-sourcehandler-pgtap-perl python3 postfix"

is_there() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing() {
    local name
    for name in "$@"; do
        is_there "$name" || printf '%s ' "$name"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Its hundreds of lines are shown only when it fails.
apt() {
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 ||
        { cat "$log" >&2; return 1; }
}

has_server() { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }

# Debian's package makes and starts a server for the whole system: not on a machine that had none.
no_main_cluster() {
    local conf=/etc/postgresql-common/createcluster.conf
    has_server && return
    apt install --no-install-recommends postgresql-common
    as_root sed -i '/^#* *create_main_cluster/d' "$conf"
    echo 'create_main_cluster = false' | as_root tee -a "$conf" >/dev/null
}

# Postfix for the tests is a program only: neither set up nor started for the system.
no_mail_system() {
    local policy=/usr/sbin/policy-rc.d made=
    is_there postfix && return
    echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        made=yes
    fi
    apt install --no-install-recommends postfix || echo "packages: no postfix: the test with a real relay will be skipped"
    if [ -n "$made" ]; then
        as_root rm -f $policy
        # a package starts nothing again by itself: the unit is off as well
        if command -v systemctl >/dev/null; then as_root systemctl disable --quiet postfix >/dev/null 2>&1 || true; fi
    fi
}

newest_server() { ls /usr/lib/postgresql 2>/dev/null | sort -n | tail -1; }

# Its package is named after the server's version, and some versions have none.
add_pgtap() {
    local name=postgresql-$(newest_server)-pgtap
    is_there "$name" || apt install --no-install-recommends "$name" || echo "packages: no $name: tests/sql will be skipped"
}

case ${1-} in
build) need=$(missing $build) ;;
test)  need=$(missing $test) ;;
*)     echo "usage: packages.sh build|test" >&2; exit 2 ;;
esac
[ "$1" = build ] || is_there "postgresql-$(newest_server)-pgtap" || need="$need pgtap"
[ -n "$need" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "packages: this is no Debian or Ubuntu; please install the like of: $need" >&2
    exit 2
fi
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    echo "packages: please install as root: apt-get install $need" >&2
    exit 2
fi
echo "packages: installing $need"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt update
no_main_cluster
case " $need " in *' postfix '*) no_mail_system; need=${need//postfix/} ;; esac
need=${need%pgtap}
[ -z "${need// /}" ] || apt install --no-install-recommends $need
[ "$1" = build ] || add_pgtap
