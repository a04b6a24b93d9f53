#!/usr/bin/env bash
# The page of `avqa-pipe serve` in Debian's Chromium, which playwright-core drives; axe-core looks
# for barriers. Both come from npm at the versions of package-lock.json, into MODULES, once.
#   run.sh page.js     before a stand-in for the server
#   run.sh serve.js    before the server; so is any other script, as examples/screenshots.sh has it
# PIPE, TOYBAND: the programs. MODULES: where npm's packages go [a scratch folder].
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
script=$(realpath "$here/$1" 2>/dev/null || realpath "$1")
scratch=$(mktemp -d)
server=
# shellcheck disable=SC2329 # called by the trap
end() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$scratch"
}
trap end EXIT
export MODULES=${MODULES:-$scratch/modules} XDG_DATA_HOME=$scratch/data XDG_CACHE_HOME=$scratch/cache XDG_CONFIG_HOME=$scratch/config

die() {
    echo "browser: $*" >&2
    exit 1
}

for program in node npm chromium; do
    command -v "$program" >/dev/null || die "$program is not installed; ./setup --tests installs it"
done
if ! cmp -s "$here/package-lock.json" "$MODULES/installed"; then
    mkdir -p "$MODULES"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$MODULES"
    npm ci --prefix "$MODULES" --no-audit --no-fund >"$scratch/npm" 2>&1 ||
        { cat "$scratch/npm"; die "npm could not install playwright-core and axe-core"; }
    cp "$here/package-lock.json" "$MODULES/installed"
fi

# ---- clips: plain ones, a long one, a broken one
videos=$scratch/band/videos
"$TOYBAND" --out "$scratch/band" --videos 4 --seed 9001 --quiet
export CLIP=$videos/00000003.mp4 OTHER_CLIP=$videos/00000001.mp4 BROKEN_CLIP=$scratch/broken.mp4
head -c 5000 "$CLIP" | tail -c 4000 >"$BROKEN_CLIP"

# ---- a server with two models, an evaluation and a training's curve
start_server() {
    local band=$scratch/band
    ffmpeg -v error -stream_loop 3 -i "$CLIP" -c copy "$scratch/long.mp4"
    "$PIPE" ingest -q "$band/videos"
    "$PIPE" train -q --annotations "$band/train.json" --val "$band/test.json" --network linear --epochs 3 --out "$scratch/linear.safetensors"
    mkdir "$scratch/evals"
    "$PIPE" eval --annotations "$band/test.json" --model "$scratch/linear.safetensors" --predictions "$scratch/evals/linear.csv" >/dev/null
    cp "$CLIP" "$scratch/trio.mp4"
    cp "$OTHER_CLIP" "$scratch/guitar.mp4"
    "$PIPE" serve "$scratch/trio.mp4" "$scratch/guitar.mp4" --listen 127.0.0.1:0 --model toyband --model "$scratch/linear.safetensors" \
        --evals "$scratch/evals" >"$scratch/address" 2>"$scratch/log" &
    server=$!
    for _ in $(seq 600); do
        [ ! -s "$scratch/address" ] || break
        kill -0 "$server" 2>/dev/null || { cat "$scratch/log"; die "the server did not start"; }
        sleep 0.1
    done
    BASE=$(sed 's,/$,,' "$scratch/address")
    export BASE LONG_CLIP=$scratch/long.mp4 RAW=$scratch/raw
}

case $script in
*/page.js) ;;
*) start_server ;;
esac
node "$script" "${@:2}" || { cat "$scratch/log" 2>/dev/null || true; exit 1; }
