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

echo "== with AddressSanitizer and UndefinedBehaviorSanitizer"
ctest --test-dir build-asan --output-on-failure --no-tests=error | tee build-asan/tests.log
sanitized=$?
echo "== release"
ctest --test-dir build --output-on-failure --no-tests=error
release=$?
if [ $sanitized != 0 ]; then
    echo "== failed with sanitizers"
    sed -n '/tests passed,/,$p' build-asan/tests.log
fi
[ $sanitized = 0 ] && [ $release = 0 ]
