#!/usr/bin/env bash
# The README's `meson setup build` on a machine with what plain ./setup installs: without
# cmocka the program is set up without its tests, and -Dtests=enabled refuses.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folders=$(pkg-config --variable pc_path pkg-config)
export PKG_CONFIG_LIBDIR=$scratch/pkgconfig CMAKE=/nonexistent

# Every package's facts but cmocka's.
mkdir "$PKG_CONFIG_LIBDIR"
IFS=:
# shellcheck disable=SC2086 # split at colons
find $folders -name '*.pc' -exec cp -sft "$PKG_CONFIG_LIBDIR" {} + 2>/dev/null || true
unset IFS
rm "$PKG_CONFIG_LIBDIR/cmocka.pc"

meson setup "$scratch/build" --buildtype=release >"$scratch/log" ||
    { tail "$scratch/log"; echo "bare: setup needs cmocka"; exit 1; }
if [ "$(meson introspect "$scratch/build" --tests)" != "[]" ]; then
    echo "bare: there are tests without cmocka"
    exit 1
fi
if meson setup "$scratch/tests" -Dtests=enabled >"$scratch/log"; then
    echo "bare: tests were asked for, and left out in silence"
    exit 1
fi
grep -q cmocka "$scratch/log" || { tail "$scratch/log"; exit 1; }
