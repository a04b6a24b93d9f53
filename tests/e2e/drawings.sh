#!/usr/bin/env bash
# toyband --drawings: the same files give the same clips in whatever order they lie, the scenes
# stay as they are, and what cannot be drawn is named.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# Two SVGs and a PNG of each instrument.
instruments='accordion acoustic_guitar banjo congas drum flute piano saxophone trumpet violin'
svg() { # colour
    echo "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'><path d='M2 18L10 2l8 16z' fill='$1'/></svg>"
}
png=iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAE0lEQVR4nGP4f4ABiBgUHP4DEQAukgY9DrupogAAAABJRU5ErkJggg==
for one in $instruments; do
    mkdir -p "shelf/$one" "shelf2/$one"
    svg '#c03' >"shelf/$one/a.svg"
    base64 -d <<<$png >"shelf/$one/b.png"
    svg '#07c' >"shelf/$one/c.svg"
    for name in c.svg b.png a.svg; do # made in the other order
        cp "shelf/$one/$name" "shelf2/$one/"
    done
    echo "not a picture" >"shelf/$one/README"
done
drawn() { # out, then options
    "$TOYBAND" --out "$1" --videos 6 --seed 5 --instruments varied --quiet "${@:2}"
}
yes_ "drawings" drawn drawn --drawings shelf
yes_ "and again" drawn drawn2 --drawings shelf2 --jobs 1
yes_ "and none" drawn undrawn
for k in 0 1 2 3 4 5; do
    yes_ "drawings: video $k is the same" cmp -s drawn/videos/0000000$k.mp4 drawn2/videos/0000000$k.mp4
    yes_ "drawings: video $k is another than without" \
        bash -c "! cmp -s drawn/videos/0000000$k.mp4 undrawn/videos/0000000$k.mp4"
done
yes_ "drawings: the same scenes" cmp -s drawn/truth.jsonl undrawn/truth.jsonl
for one in $instruments; do
    svg '#fff' >"shelf2/$one/a.svg"
done
yes_ "other files" drawn drawn3 --drawings shelf2
yes_ "are other clips" bash -c '! cmp -s <(cat drawn/videos/*) <(cat drawn3/videos/*)'
mkdir one && cp -r shelf/banjo one
yes_ "drawings of one instrument" drawn drawn4 --drawings one
bad() { # what, regular expression, drawings
    is "$1" "$(status drawn d --drawings "$3")" 1
    is "$1: one sentence" "$(wc -l <err)" 1
    yes_ "$1: says so" grep -q -E "$2" err
}
bad "no such folder" "cannot read the drawings: nowhere: No such file" nowhere
touch file && bad "a file as folder" "cannot read the drawings: file: Not a directory" file
mkdir empty && bad "an empty folder" "empty: no drawings; put .* or violin" empty
echo "<svg" >one/banjo/z.svg && bad "a damaged SVG" "one/banjo/z.svg: this SVG cannot be drawn: " one
rm one/banjo/z.svg && head -c 40 one/banjo/b.png >one/banjo/z.png
bad "a damaged PNG" "one/banjo/z.png: this PNG cannot be drawn: " one
rm one/banjo/z.png && echo "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'/>" >one/banjo/z.svg
bad "an SVG of nothing" "one/banjo/z.svg: nothing is drawn in it" one
yes_ "nothing was written" test ! -e d
is "drawings for none" "$(status "$TOYBAND" --out d --videos 1 --drawings shelf)" 2
yes_ "says who takes them" grep -q "needs --instruments varied or mixed" err
finish
