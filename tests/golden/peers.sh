#!/usr/bin/env bash
# The networks against the packages that people have them from: random weights saved by those
# packages' own savers, real and random pictures. Makes virtual environments beside Debian's torch
# from Python's package index; what is not to be had is said in a line that begins with "skipped:".
#   peers.sh [PART...]   VENV=build/peers   BUILD=build/dev
# A part is a line of `parts` below: an environment, and a script of this folder, which is given
# the paths of run_network (run_text is beside it) and avqa-pipe. The last line counts.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
venv=$(realpath -m "${VENV:-build/peers}")
build=$(realpath -m "${BUILD:-build/dev}")
parts=(
    "torch peers_clip.py"
    "torch peers_swin.py"
    "torch peers_resnet.py"
    "torch peers_text.py"
    "torch peers_dlib.py"
    "tensorflow peers_vggish.py"
    "keras peers_yamnet.py" # YAMNET=yamnet.tflite SOUNDS=FOLDER: the published one on real sounds
)
# With Debian's torch; and TensorFlow, which wants another numpy than that.
torch=(transformers==4.38.2 open_clip_torch==2.24.0 timm==0.9.16 huggingface_hub==0.21.4
    tokenizers==0.15.2 safetensors==0.4.2 regex==2023.12.25 ftfy==6.1.3 wcwidth==0.2.13
    filelock==3.13.1 tqdm==4.66.2 fsspec==2024.2.0 sentencepiece==0.2.0 packaging==23.2 PyYAML==6.0.1
    requests==2.31.0 typing_extensions==4.10.0 urllib3==2.2.1 idna==3.6 certifi==2024.2.2
    charset-normalizer==3.3.2)
tensorflow=(tensorflow-cpu==2.21.0)
# The last with Keras 2, whose names of layers may have slashes.
keras=(tensorflow-cpu==2.15.1)

# make_environment FOLDER OPTIONS_OF_VENV OPTIONS_OF_PIP PACKAGE...
make_environment() {
    local to=$1 venv_options=$2 pip_options=$3
    shift 3
    [ ! -f "$to/done" ] || return 0
    rm -rf "$to"
    # shellcheck disable=SC2086 # words
    if /usr/bin/python3 -m venv $venv_options "$to" &&
        "$to/bin/pip" install --quiet $pip_options "$@" >&2; then
        touch "$to/done"
    else
        echo "skipped: Python's package index is not reached, so there are none of $1 and others"
        rm -rf "$to"
    fi
}

# python_of ENVIRONMENT: Debian's own where it could not be made.
python_of() {
    if [ -f "$venv/$1/done" ]; then
        echo "$venv/$1/bin/python"
    else
        echo /usr/bin/python3
    fi
}

wanted() {
    local name
    [ $# -gt 1 ] || return 0
    for name in "${@:2}"; do
        [ "$name" != "$1" ] || return 0
    done
    return 1
}

# The parts that are asked for, in an environment.
parts_in() {
    local environment script part
    for part in "${parts[@]}"; do
        read -r environment script <<<"$part"
        [ "$environment" = "$1" ] && wanted "$script" "${@:2}" && echo "$script"
    done
}

if ! /usr/bin/python3 -c 'import torch, torchvision, PIL' 2>/dev/null; then
    echo "skipped: Debian's python3-torch and python3-torchvision are not there (./setup --tests)"
    exit 0
fi
[ -f "$build/build.ninja" ] || meson setup "$build" >/dev/null || exit 1
ninja -C "$build" tests/run_network tests/run_text pipeline/avqa-pipe >/dev/null || exit 1
export PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1 TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
    [ -z "$(parts_in torch "$@")" ] ||
        make_environment "$venv/torch" --system-site-packages --no-deps "${torch[@]}"
    [ -z "$(parts_in tensorflow "$@")" ] ||
        make_environment "$venv/tensorflow" "" "" "${tensorflow[@]}"
    [ -z "$(parts_in keras "$@")" ] || make_environment "$venv/keras" "" "" "${keras[@]}"
    for part in "${parts[@]}"; do
        read -r environment script <<<"$part"
        wanted "$script" "$@" || continue
        echo "== $script"
        "$(python_of "$environment")" "tests/golden/$script" "$build/tests/run_network" \
            "$build/pipeline/avqa-pipe" 2>&1
        status=$? # 2: it said what failed
        [ $status -eq 0 ] || [ $status -eq 2 ] || echo "FAILED $script ended with status $status"
    done
} | tee "$log"
count() { grep -c "^$1" "$log"; }
echo "$(count ok) compared, $(count skipped:) skipped, $(count FAILED) failed"
[ "$(count FAILED)" -eq 0 ]
