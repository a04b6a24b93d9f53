#!/usr/bin/env bash
# Installs what is missing, builds, and runs every suite: plain; those of units, gradients and parity
# as the README builds it, where the compiler does most; under AddressSanitizer and
# UBSan, and the pipeline's tests under ThreadSanitizer. Ends with "N passed, N failed".
#   BUILD=DIR   where to build [build/tests]
#   FAST=1      the plain build only
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OPENBLAS_NUM_THREADS=1
build=$(realpath -m "${BUILD:-build/tests}")
passed=0
failed=0

./setup --tests || exit 1

# One finished check: its name and status.
count() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
    fi
}

# Builds in $build/$1 with the rest as meson options. Warnings are errors, and what ./setup
# installs must be found: nothing is left out in silence.
make_build() {
    local dir=$build/$1
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        meson setup "$dir" --werror -Dauto_features=enabled "$@" >/dev/null || return 1
    fi
    ninja -C "$dir" | tail -n 1
    return "${PIPESTATUS[0]}"
}

# Runs meson's tests of a build and adds them up: $1 the build, the rest for meson test.
run_tests() {
    local dir=$build/$1 log n_ok n_bad
    shift
    log=$(mktemp)
    meson test -C "$dir" --no-rebuild --print-errorlogs "$@" 2>&1 | tee "$log"
    n_ok=$(sed -n 's/^Ok: *\([0-9]*\).*/\1/p' "$log")
    n_bad=$(sed -n 's/^\(Fail\|Timeout\|Unexpected Pass\): *\([0-9]*\).*/\2/p' "$log" |
        awk '{s += $1} END {print s + 0}')
    rm -f "$log"
    if [ -z "$n_ok" ]; then # meson itself failed
        n_ok=0
        n_bad=$((n_bad + 1))
    fi
    passed=$((passed + n_ok))
    failed=$((failed + n_bad))
}

tests/bare.sh
count "meson setup without what only the tests need" $?

for what in format scripts spelling; do
    tests/lint.sh $what
    count "tests/lint.sh $what" $?
done

make_build plain -Dmpi=auto
status=$?
count "build" $status
if [ $status -eq 0 ]; then
    run_tests plain
    tests/lint.sh tidy "$build/plain"
    count "tests/lint.sh tidy" $?
fi

if [ -z "${FAST:-}" ]; then
    make_build release --buildtype=release
    status=$?
    count "the release build that the README gives" $status
    [ $status -ne 0 ] || run_tests release --suite unit --suite grad --suite parity

    make_build san -Db_sanitize=address,undefined -Db_lundef=false
    status=$?
    count "build with AddressSanitizer and UBSan" $status
    if [ $status -eq 0 ]; then
        export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
        export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
        KILLS=2 run_tests san -t 6 --no-suite golden --no-suite walls --no-suite browser
        unset ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS
    fi

    make_build tsan -Db_sanitize=thread -Db_lundef=false
    status=$?
    count "build with ThreadSanitizer" $status
    if [ $status -eq 0 ]; then
        export TOYBAND_PLAIN=$build/plain/examples/toyband/toyband
        export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
        run_tests tsan -t 8 --suite pipeline
        unset TSAN_OPTIONS TOYBAND_PLAIN
    fi
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
