#!/usr/bin/env bash
# The page of `avqa-pipe serve` in Debian's Chromium, which playwright-core drives; axe-core looks
# for barriers. Both come from npm at the versions of package-lock.json, into MODULES, once.
#   MODULES   where they go [a scratch folder]    TOYBAND   the program that makes the clips
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export MODULES=${MODULES:-$scratch/modules}

for program in node npm chromium; do
    command -v "$program" >/dev/null ||
        { echo "browser: $program is not installed; ./setup --tests installs it" >&2; exit 1; }
done
if ! cmp -s "$here/package-lock.json" "$MODULES/installed"; then
    mkdir -p "$MODULES"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$MODULES"
    npm ci --prefix "$MODULES" --no-audit --no-fund >"$scratch/npm" 2>&1 ||
        { cat "$scratch/npm"; echo "browser: npm could not install playwright-core and axe-core" >&2; exit 1; }
    cp "$here/package-lock.json" "$MODULES/installed"
fi

"$TOYBAND" --out "$scratch/band" --videos 4 --seed 9001 --quiet
export CLIP=$scratch/band/videos/00000003.mp4 OTHER_CLIP=$scratch/band/videos/00000001.mp4
export BROKEN_CLIP=$scratch/broken.mp4
head -c 5000 "$CLIP" | tail -c 4000 >"$BROKEN_CLIP"
node "$here/$1"
