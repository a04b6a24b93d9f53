#!/usr/bin/env bash
# The golden suite: needs Debian's python3-torch and python3-torchvision; status 77 (skipped)
# where they are not.
#   golden.sh [coqo|relations|hcrn|sound|pictures|swin|video ...]   all of them by default
set -u
cd "$(dirname "$0")" || exit 1
networks="sound pictures swin video"
parts=" ${*:-coqo relations hcrn $networks} "
python=${PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import torch, torchvision, PIL' 2>/dev/null; then
    echo "$python has no torch and torchvision: ./setup --tests installs them"
    exit 77
fi
wanted=
for part in $networks; do
    [[ "$parts" != *" $part "* ]] || wanted="$wanted $part"
done
clip=
if [[ -n "$wanted" && -n "${TOYBAND:-}" ]]; then
    band=$(mktemp -d)
    trap 'rm -rf "$band"' EXIT
    "$TOYBAND" --out "$band" --videos 3 --seed 5 >/dev/null &&
        clip=$(find "$band" -name '*.mp4' | sort | head -n 1)
fi
export PYTHONDONTWRITEBYTECODE=1
if [[ "$parts" == *" coqo "* ]]; then
    "$python" coqo.py "$RUN_ANSWER" "$RUN_ANSWER_F64" || exit 1
fi
if [[ "$parts" == *" relations "* ]]; then
    "$python" relations.py "$RUN_ANSWER" "$RUN_ANSWER_F64" || exit 1
fi
if [[ "$parts" == *" hcrn "* ]]; then
    "$python" hcrn.py "$PIPE" || exit 1
fi
for part in $wanted; do
    "$python" golden.py "$RUN_NETWORK" "$PIPE" "$part" ${clip:+"$clip"} || exit 1
done
