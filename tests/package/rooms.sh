# shellcheck shell=bash
# Fresh systems of Debian 12 to build and to install in; sourced by the scripts beside it. Needs root and
# debootstrap: elsewhere the script says "skipped" (status 77).
#   MIRROR=URL    where Debian comes from [as /etc/apt says]
#   BASE=DIR      what debootstrap made before: saves its minutes
set -euo pipefail
suite=bookworm
me=$(basename "$0" .sh)

skip() {
    echo "$me: skipped: $*"
    exit 77
}

die() {
    echo "$me: $*" >&2
    exit 1
}

say() { printf '\n== %s\n' "$*"; }

[ "$(id -u)" -eq 0 ] || skip "a chroot needs root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
[ -e .git ] || skip "not a clone: nobody knows which files are the project's"
mirror=${MIRROR:-$(grep -rhoE '^(deb|URIs:) .*https?://[^ ]*/debian/?( |$)' /etc/apt |
    grep -oE 'https?://[^ ]*' | head -n 1 || true)}
[ -n "$mirror" ] || skip "/etc/apt names no mirror of Debian; set MIRROR"

scratch=$(mktemp -d /var/tmp/avqa-package.XXXXXX)
mounted=()

tidy_up() {
    local m
    for m in "${mounted[@]}"; do
        umount "$m"
    done
    rm -rf --one-file-system "$scratch"
}
trap tidy_up EXIT

# Runs a command in the chroot $1, with nothing of this machine's environment.
inside() {
    local root=$1
    shift
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root \
        ${DEB_BUILD_OPTIONS:+DEB_BUILD_OPTIONS="$DEB_BUILD_OPTIONS"} \
        ${DEB_BUILD_PROFILES:+DEB_BUILD_PROFILES="$DEB_BUILD_PROFILES"} chroot "$root" "$@"
}

# As the user that make_room adds; $2 is a line of shell.
as_user() { inside "$1" su - asker -c "$2"; }

# What all rooms are copies of.
make_base() {
    if [ -n "${BASE:-}" ]; then
        ln -s "$(realpath "$BASE")" "$scratch/base"
        return
    fi
    debootstrap --variant=minbase "$suite" "$scratch/base" "$mirror" >"$scratch/debootstrap.log" ||
        { tail "$scratch/debootstrap.log"; die "debootstrap failed"; }
}

# A chroot of its own at $1, with /proc and an ordinary user.
make_room() {
    cp -a "$scratch/base/." "$1"
    mount -t proc proc "$1/proc"
    mounted+=("$1/proc")
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    echo 'Dpkg::Use-Pty "0";' >"$1/etc/apt/apt.conf.d/room"
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/room" # nothing here outlives a power cut
    inside "$1" useradd --create-home --shell /bin/bash asker
    inside "$1" apt-get update -q >/dev/null
}

# Installs packages in the chroot $1, and nothing that they only recommend.
add_packages() {
    local root=$1
    shift
    inside "$root" apt-get install -y -q --no-install-recommends "$@" >"$scratch/apt.log" 2>&1 ||
        { tail -n 20 "$scratch/apt.log"; die "apt-get install $*: failed"; }
}
