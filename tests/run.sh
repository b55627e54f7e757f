#!/usr/bin/env bash
# Everything that proves rebound right, from a clean clone: packages, a build with sanitizers, a release build, all tests
# on both. Ends with ctest's summary. A test that cannot run here says so as skipped, with its reason.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
jobs=$(nproc)

src/packaging/packages.sh test || echo "run: going on with what is there" >&2

build_all() {
    local preset folder
    for preset in asan:build-asan release:build; do
        folder=${preset#*:}
        preset=${preset%:*}
        cmake --preset "$preset" -DREBOUND_WERROR=ON -DREBOUND_TESTS=ON || return 1
        cmake --build "$folder" -j "$jobs" || return 1
    done
}

build_all || exit 1

export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export CTEST_PARALLEL_LEVEL=2

# ctest's own summary comes last, after the reasons of what was skipped.
run_tests() { # title folder
    echo "== $1"
    ctest --test-dir "$2" --output-on-failure --no-tests=error 2>&1 | tee "$2/tests.log" | sed -u '/tests passed, /,$d'
    local status=${PIPESTATUS[0]}
    awk '/^[0-9]+\/[0-9]+ Test: /{name = $3} /^skipped/{print "   " name ": " $0}' "$2/Testing/Temporary/LastTest.log"
    summary "$2"
    return "$status"
}

summary() { sed -n '/tests passed, /,$p' "$1/tests.log"; }

run_tests 'with AddressSanitizer and UndefinedBehaviorSanitizer' build-asan
sanitized=$?
run_tests release build
release=$?
if [ $sanitized != 0 ]; then
    echo "== failed with sanitizers"
    summary build-asan
fi
[ $sanitized = 0 ] && [ $release = 0 ]
