#!/usr/bin/env bash
# The networks against the packages that people have them from: random weights saved by those
# packages' own savers, real and random pictures. Makes a virtual environment beside Debian's torch
# from Python's package index; where that is not reached, says so and ends with 0.
#   peers.sh   VENV=build/peers   BUILD=build/dev
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
venv=$(realpath -m "${VENV:-build/peers}")
build=$(realpath -m "${BUILD:-build/dev}")
packages=(transformers==4.38.2 open_clip_torch==2.24.0 timm==0.9.16 huggingface_hub==0.21.4
    tokenizers==0.15.2 safetensors==0.4.2 regex==2023.12.25 ftfy==6.1.3 wcwidth==0.2.13
    filelock==3.13.1 tqdm==4.66.2 fsspec==2024.2.0 sentencepiece==0.2.0 packaging==23.2 PyYAML==6.0.1
    requests==2.31.0 typing_extensions==4.10.0 urllib3==2.2.1 idna==3.6 certifi==2024.2.2
    charset-normalizer==3.3.2)

if ! /usr/bin/python3 -c 'import torch, torchvision, PIL' 2>/dev/null; then
    echo "skipped: Debian's python3-torch and python3-torchvision are not there (./setup --tests)"
    exit 0
fi
if [ ! -f "$venv/done" ]; then
    rm -rf "$venv"
    if ! /usr/bin/python3 -m venv --system-site-packages "$venv" ||
        ! "$venv/bin/pip" install --quiet --no-deps "${packages[@]}"; then
        echo "skipped: Python's package index is not reached"
        exit 0
    fi
    touch "$venv/done"
fi
[ -f "$build/build.ninja" ] || meson setup "$build" >/dev/null || exit 1
ninja -C "$build" tests/run_network pipeline/avqa-pipe >/dev/null || exit 1
export PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1
"$venv/bin/python" tests/golden/peers.py "$build/tests/run_network"
