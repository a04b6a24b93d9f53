#!/usr/bin/env bash
# Builds Debian's packages in a fresh chroot, from what is committed, and uses them in another: apt
# installs them, an ordinary user makes a clip and asks about it, reads the manual pages, and after the
# removal nothing is left.
#   tests/package/package.sh
#   OUT=DIR       where the packages go [build/package]
#   BUILT=1       uses those that are there: no building
#   TESTS=1       runs tests in the build, as Debian does
#   TWICE=1       builds them again in another folder: the packages must be the same to the byte
cd "$(dirname "$0")/../.." || exit 1
. tests/package/rooms.sh
out=$(realpath -m "${OUT:-build/package}")

# Every file of the system of $1, but what apt and dpkg note of themselves.
list_files() {
    inside "$1" find / -xdev \( -path /proc -o -path /debs -o -path /tmp -o -path /var/lib/dpkg -o -path /var/lib/apt \
        -o -path /var/cache -o -path /var/log -o -path /home \) -prune -o -print | sort
}

build_packages() { # the chroot, the folder in it
    local room=$1 dir=$2
    mkdir -p "$room$dir"
    git archive "$commit" | tar -x -C "$room$dir"
    inside "$room" sh -c "cd $dir && dpkg-buildpackage -us -uc -b" >"$scratch/build.log" 2>&1 ||
        { tail -n 40 "$scratch/build.log"; die "the packages do not build"; }
}

# Builds the packages in a chroot into $out, and looks at what they are.
build_all() {
    local room=$scratch/build dir=/build/avqa-pipe-$version deb
    say "building"
    [ -n "${TESTS:-}" ] || export DEB_BUILD_OPTIONS=nocheck DEB_BUILD_PROFILES=nocheck
    make_room "$room"
    add_packages "$room" build-essential lintian
    mkdir -p "$room/control"
    git archive "$commit" debian | tar -x -C "$room/control"
    inside "$room" sh -c "cd /control && apt-get build-dep -y -q --no-install-recommends ./" >"$scratch/apt.log" 2>&1 ||
        { tail -n 20 "$scratch/apt.log"; die "what debian/control builds with is not to be had"; }
    build_packages "$room" "$dir"
    mkdir -p "$out"
    rm -f "$out"/*.deb
    cp "$room"/build/*.deb "$out"
    ls -l "$out"

    say "lintian"
    # No bug of Debian's asks for the package.
    inside "$room" sh -c "cd /build && lintian --allow-root --pedantic --display-info --fail-on error,warning \
        --suppress-tags initial-upload-closes-no-bugs *.changes" || die "lintian has complaints"

    say "no path of the build inside"
    for deb in "$out"/*.deb; do
        ! dpkg-deb --fsys-tarfile "$deb" | grep -aq "$dir/" || die "$deb: contains the path $dir"
    done

    if [ -n "${TWICE:-}" ]; then
        say "again, in another folder"
        build_packages "$room" "/elsewhere/a-longer-name/avqa-pipe-$version"
        for deb in "$out"/*.deb; do
            cmp "$deb" "$room/elsewhere/a-longer-name/$(basename "$deb")" || die "the second build differs"
        done
    fi
    unset DEB_BUILD_OPTIONS DEB_BUILD_PROFILES
}

commit=$(git rev-parse HEAD)
version=$(sed -n '1s/.*(\(.*\)-[^-]*).*/\1/p' debian/changelog)
say "a system of Debian $suite"
make_base

[ -n "${BUILT:-}" ] || build_all

say "installing in a fresh system"
room=$scratch/use
make_room "$room"
add_packages "$room" man-db jq gcc libc6-dev pkg-config
mkdir "$room/debs"
cp "$out"/*.deb "$room/debs"
rm -f "$room"/debs/*-dbgsym_*
list_files "$room" >"$scratch/before"
inside "$room" sh -c 'apt-get install -y -q --no-install-recommends /debs/*.deb' | tail -n 3
said=$(as_user "$room" 'avqa-pipe --version')
[ "$said" = "avqa-pipe $version" ] || die "avqa-pipe --version says $said"

say "asking"
mkdir -p "$room/tmp/tests"
cp debian/tests/* "$room/tmp/tests"
mapfile -t names < <(sed -n 's/^Tests: //p' debian/tests/control)
for t in "${names[@]}"; do
    as_user "$room" "mkdir -p work && AUTOPKGTEST_TMP=\$HOME/work /tmp/tests/$t" || die "debian/tests/$t failed"
done
as_user "$room" 'avqa-pipe ask --model toyband work/band/videos/00000000.mp4 which instrument sounds first?'

say "manual pages and completions"
as_user "$room" 'man avqa-pipe | head -n 5 && man avqa-pipe-ask | grep -- --explain && man toyband | grep -- --seed' ||
    die "a manual page is missing"
as_user "$room" ". /usr/share/bash-completion/completions/avqa-pipe && complete -p avqa-pipe" || die "bash completes nothing"
for f in zsh/vendor-completions/_avqa-pipe fish/vendor_completions.d/avqa-pipe.fish doc/avqa-pipe/docs/coqo.md \
    doc/avqa-pipe/examples/slurm/submit.sh; do
    [ -s "$room/usr/share/$f" ] || die "/usr/share/$f is not installed"
done

say "removing"
mapfile -t names < <(for deb in "$room"/debs/*.deb; do dpkg-deb -f "$deb" Package; done)
inside "$room" apt-get purge -y -q --autoremove "${names[@]}" | tail -n 1
list_files "$room" >"$scratch/after"
! comm -13 "$scratch/before" "$scratch/after" | grep -iE 'avqa|toyband' || die "this was left behind"
! inside "$room" dpkg -l "${names[@]}" 2>/dev/null | grep -E '^(ii|rc)' || die "dpkg still knows them"
say "the packages of $version build, install, answer and go"
