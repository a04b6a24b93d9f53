#!/usr/bin/env bash
# Makes extract/weights/sight.safetensors: dlib's ResNet-34, trained on ImageNet and given to the
# public domain (CC0 1.0), as 8-bit integers. It comes from Debian's source package dlib.
#   sight.sh OUT.safetensors [TAR]     PIPE=avqa-pipe
# TAR is dlib_19.24+dfsg.orig-dlib-models.tar.bz2 (200 MB), fetched from Debian's mirror if not
# given; with a deb-src line `apt-get source --download-only dlib` brings it too.
set -euo pipefail
name=dlib_19.24+dfsg.orig-dlib-models.tar.bz2
url=https://deb.debian.org/debian/pool/main/d/dlib/$name
file=resnet34_1000_imagenet_classifier.dnn
tar_sha256=735a840226bbc6e7418b9c8796a979abf1c1cea04b4ee276ca890d8f571453a8
file_sha256=399bbdef8114d0ae69ff6a36810df1f0f9265a237b64da1eeb211da9bf1cc950

[ $# -ge 1 ] || {
    echo "sight.sh: give the file to write" >&2
    exit 2
}
out=$(realpath -m "$1")
tar=${2:+$(realpath -m "$2")}
pipe=${PIPE:-avqa-pipe}
[[ "$pipe" != */* ]] || pipe=$(realpath -m "$pipe")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

if [ -z "$tar" ]; then
    tar=$work/$name
    curl --fail --silent --show-error --location --output "$tar" "$url"
fi
echo "$tar_sha256  $tar" | sha256sum --check --quiet
tar --extract --bzip2 --strip-components=1 --file "$tar" --wildcards "*/$file" "*/LICENSE"
echo "$file_sha256  $file" | sha256sum --check --quiet
grep -q '^CC0 1.0 Universal' LICENSE
XDG_DATA_HOME=$work/data "$pipe" weights import "$file" --int8 --name sight
mkdir -p "$(dirname "$out")"
cp data/avqa-pipe/weights/sight.safetensors "$out"
ls -l "$out"
