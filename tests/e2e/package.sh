#!/usr/bin/env bash
# What `meson install` installs is what Debian's packages take, with the right modes; versions agree, and so do the packages that
# ./setup and debian/control build with. tests/package/package.sh builds the packages themselves.
. "$(dirname "$0")/common.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(dirname "$(dirname "$PIPE")")
prefix=$(meson introspect "$build" --buildoptions | jq -r '.[] | select(.name == "prefix").value')
to=$work/root

is "meson install" "$(DESTDIR=$to status meson install -C "$build" --no-rebuild)" 0
# The packages have the libraries in a folder named after the architecture.
if [ ! -e "$(echo "$to$prefix"/lib/*/libavqa.so)" ]; then
    mv "$to$prefix/lib" "$work/lib"
    mkdir "$to$prefix/lib"
    mv "$work/lib" "$to$prefix/lib/of-architecture"
fi
mkdir -p "$work/packages"
ln -s "$to$prefix" "$work/packages/usr"
cd "$work/packages" || exit 1

# ---- each file is in one package ----
# Lines of debhelper's: a pattern, and where it goes where that is elsewhere.
list_named() { # FILE...: the files that their lines name
    local pattern
    sed 's/#.*//; s/ .*//; /^$/d' "$@" | while IFS= read -r pattern; do
        # shellcheck disable=SC2086 # a pattern
        find -L $pattern -type f || echo "$pattern matches nothing" >&2
    done
}
find -L usr -type f | sort >"$work/installed"
list_named "$root"/debian/*.install "$root/debian/not-installed" 2>"$work/err" | sort >"$work/named"
is "every line names something" "$(cat "$work/err")" ""
is "no file is in two packages" "$(uniq -d "$work/named")" ""
is "every file is in a package" "$(comm -3 "$work/installed" "$work/named")" ""
yes_ "there are some" test "$(wc -l <"$work/named")" -gt 30

# ---- modes ----
# A program, or an example to be run: 755. All else: 644.
is "programs" "$(find -L usr -type f -perm 755 | sort | paste -sd ' ')" \
    "usr/bin/avqa-pipe usr/bin/toyband usr/libexec/avqa-pipe/avqa-decoder usr/share/doc/avqa-pipe/examples/slurm/submit.sh"
is "nothing is of another mode" "$(find -L usr -type f ! -perm 755 ! -perm 644)" ""
is "folders" "$(find "$to" -type d ! -perm 755)" ""

# ---- what is installed works there ----
is "the installed program finds its weights" \
    "$(env -i HOME="$work" "$to$prefix/bin/avqa-pipe" weights ls | awk '{print $1}' | sort | paste -sd ' ')" \
    "$(cd "$root/extract/weights" && basename -s .safetensors -- *.safetensors | sort | paste -sd ' ')"
is "links between installed pages" "$(cd usr/share/doc/avqa-pipe &&
    grep -roE '\]\([^):#]+\.(md|png)' --include='*.md' . | while IFS=: read -r page link; do
        link=$(dirname "$page")/${link#*\(}
        case $link in
        */CONTRIBUTING.md | */tests/* | */examples/*) ;; # of the source tree
        *) [ -e "$link" ] || echo "$page: $link" ;;
        esac
    done)" ""
toyband_page=$(sed 's/\\-/-/g; s/\\f[BRI]//g' usr/share/man/man1/toyband.1)
for o in $("$TOYBAND" --help | grep -oE -- '^  (-[a-z], |    )--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
    yes_ "toyband's page has $o" grep -qE -- "^(-[a-z], )?$o( |\$)" <<<"$toyband_page"
done

# ---- versions ----
version=$(meson introspect "$build" --projectinfo | jq -r .version)
is "the program's" "$("$PIPE" --version)" "avqa-pipe $version"
is "debian/changelog's" "$(dpkg-parsechangelog -l "$root/debian/changelog" -S Version)" "$version-1"
is "CHANGELOG.md's" "$(grep -m 1 -oE '^## [0-9.]+' "$root/CHANGELOG.md")" "## $version"

# ---- what it is built with ----
# pkg-config is pkgconf's name for a while yet; gcc, libc6-dev and ninja come with debhelper and meson.
sed -n '/^minimal="/,/"$/p; /^build="/,/"$/p' "$root/setup" | tr -d '"' | tr ' ' '\n' |
    grep -E -- '-dev$' | grep -v '^libc6-dev$' | sort >"$work/setup"
sed -n '/^Build-Depends:/,/^$/p' "$root/debian/control" | sed 's/[,<(].*//; s/ //g' |
    grep -E -- '-dev$' | grep -v libcmocka-dev | sort >"$work/control"
is "./setup and debian/control" "$(diff "$work/setup" "$work/control")" ""
yes_ "there are some packages" test "$(wc -l <"$work/setup")" -gt 15
finish
