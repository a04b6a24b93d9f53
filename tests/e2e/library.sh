#!/usr/bin/env bash
# libavqa as a C programmer has it: installed elsewhere, found by pkg-config alone, with the programs of examples/c, which are
# compared with what avqa-pipe says. SANITIZE: the sanitizers that the library was built with, if any.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(dirname "$(dirname "$PIPE")")
to=$work/root
cd "$work" || exit 1
export AVQA_MODEL=toyband

is "meson install" "$(DESTDIR=$to status meson install -C "$build" --no-rebuild --quiet)" 0
pc=$(find "$to" -name avqa.pc)
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$to PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
lib=$(dirname "${pc%/*}")
export LD_LIBRARY_PATH=$lib
case ${SANITIZE:-none} in none) sanitize='' ;; *) sanitize=-fsanitize=$SANITIZE ;; esac

# ---- what is there to be used ----
so=$lib/libavqa.so
nm -D --defined-only "$so" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | grep -v '^__odr_asan' | sort >symbols
is "what the library gives is what tests/abi lists" "$(diff "$root/tests/abi/symbols.txt" symbols)" ""
is "and what avqa.h declares" \
    "$(sed -E 's://.*::; s:/\*.*\*/::' "$to"/*/*/include/avqa.h "$to"/usr/include/avqa.h 2>/dev/null |
        tr '\n' ' ' | grep -oE 'AVQA_API [^;]*' | grep -oE 'avqa_\w+\(' | tr -d '(' | sort -u | diff symbols -)" ""
needs=$(readelf -d "$so")
yes_ "soname" grep -qF '[libavqa.so.0]' <<<"$needs"
is "nothing of the commands'" "$(grep -oE 'lib(hdf5|mpi|edit|curl|avformat|avcodec|sndfile|microhttpd)[a-z_]*' <<<"$needs")" ""
is "versions agree" "$(pkg-config --modversion avqa)" "$(meson introspect "$build" --projectinfo | jq -r .version)"

# ---- the examples, as C and as C++ ----
# compile CC STANDARD SOURCE PROGRAM
compile() {
    # shellcheck disable=SC2046,SC2086 # words
    "$1" $2 -Wall -Wextra -Werror -pedantic $sanitize "$3" $(pkg-config --cflags --libs avqa) -pthread -o "$4"
}
yes_ "ask.c is C99" compile "${CC:-cc}" -std=c99 "$root/examples/c/ask.c" ask
yes_ "features.c is C99" compile "${CC:-cc}" -std=c99 "$root/examples/c/features.c" features
yes_ "library.c is C99" compile "${CC:-cc}" -std=c99 "$here/library.c" library
for c in ask features; do
    yes_ "$c.c is C++" compile "${CXX:-c++}" "-x c++ -std=c++11" "$root/examples/c/$c.c" "$c++"
done

yes_ "toyband" "$TOYBAND" --out band --videos 2 --seed 9001 --questions 4 --quiet
clip=band/videos/00000000.mp4
questions=("which instrument sounds first?" "how many instruments do we see" "who plays the violn?")

# ---- ask ----
is "ask" "$(status ./ask $clip "${questions[@]}")" 0
cp out answers
is "says nothing else" "$(cat err)" ""
is "avqa-pipe ask" "$(status "$PIPE" ask $clip "${questions[@]}" --json)" 0
jq -r 'def strongest: to_entries | max_by([.value, -.key]).key;
    ([.question, .answer // "?", .best_guess, "", (if .sure then "sure" else "not sure" end),
        (.occlusion.audio | strongest), (.occlusion.visual | strongest)] | @tsv),
    (.warnings[] | "\t" + .)' out >wanted
is "the same answers" "$(sed -E 's/\t0\.[0-9]{4}\t/\t\t/' answers)" "$(cat wanted)"
is "and probabilities" "$(grep -oE '0\.[0-9]{4}' answers)" "$(jq -r .probability out | xargs printf '%.4f\n')"
yes_ "some are claimed and some are not" grep -q $'\t?\t' answers
is "the C++ program's" "$(./ask++ $clip "${questions[@]}")" "$(cat answers)"
is "a clip that is not there" "$(status ./ask none.mp4 "${questions[0]}")" 1
is "is told" "$(cat err)" "ask: none.mp4: No such file or directory"

# ---- features ----
for network in vggish_nano swin_nano; do
    is "features of $network" "$(status ./features $clip $network x.raw)" 0
    yes_ "rows have times" grep -qx 'row 3: 3.000 s to 4.000 s' out
    is "avqa-pipe features" "$(status "$PIPE" features $clip --extractor $network --out x.npy --json)" 0
    is "the shape" "$(./features $clip $network x.raw | sed -n 's/^shape //p')" "$(jq -r '.shape | join(" ")' out)"
    tail -c "$(stat -c %s x.raw)" x.npy >behind
    yes_ "the numbers of $network" cmp -s x.raw behind
done

# ---- what a program may expect ----
head -c 5000 "$PIPE" >no-clip.mp4
locale=C.UTF-8
if mkdir -p locales && localedef -i de_DE -f UTF-8 locales/de_DE.UTF-8 2>/dev/null; then
    locale=de_DE.UTF-8 # 0,5
fi
is "errors, threads, the process" \
    "$(status env LOCPATH="$work/locales" LC_ALL=$locale ./library $clip no-clip.mp4)" 0
is "nothing is to be told" "$(cat out err)" ""
mv "$to" moved
export LD_LIBRARY_PATH=$work/moved${lib#"$to"}
is "moved elsewhere" "$(./ask $clip "${questions[@]}")" "$(cat answers)"
finish
