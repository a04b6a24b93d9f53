#!/usr/bin/env bash
# What a clip is called, which one is meant, and which are found: links, folders that
# cannot be read, impossible names, lists and annotations as people write them.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
unset "${!SLURM_@}" "${!OMPI_@}" "${!PMI_@}"

ingest() { "$PIPE" ingest --max-seconds 2 "$@"; }
names() { "$PIPE" store ls --json --store "$1" | jq -r 'select(.status == "ok").video' | xargs; }
digest() { sqlite3 "$1" "SELECT sha256 FROM videos WHERE name = '$2'"; }
sum() { sha256sum <"$1" | cut -d' ' -f1; }
# Without root's right to look into every folder.
plain() {
    [ "$(id -u)" = 0 ] || { "$@"; return; }
    setpriv --inh-caps=-dac_override,-dac_read_search \
        --bounding-set=-dac_override,-dac_read_search "$@"
}

yes_ "toyband" "$TOYBAND" --out band --videos 4 --seed 5 --quiet
a=band/videos/00000000.mp4 b=band/videos/00000001.mp4 c=band/videos/00000002.mp4

# A link's own name is the clip's, wherever it leads.
mkdir raw train
cp $a raw/a.mp4
cp $b raw/b.mp4
cp $c raw/5f1d0c
ln -s ../raw/b.mp4 train/a.mp4
ln -s ../raw/a.mp4 train/b.mp4
ln -s chain train/c.mp4
ln -s ../raw/5f1d0c train/chain
ln -s c.mp4 train/d.mp4
is "links" "$(status ingest train --store links.db)" 0
is "by their names" "$(names links.db)" "a b c d"
is "a is what it leads to" "$(digest links.db a)" "$(sum $b)"
is "b too" "$(digest links.db b)" "$(sum $a)"
is "and a chain" "$(digest links.db c)" "$(sum $c)"
is "again" "$(status ingest train --json --store links.db)" 0
is "all there" "$(jq -s '.[-1].summary.current' out)" 4
ln -sf ../raw/a.mp4 train/a.mp4
is "led elsewhere" "$(status ingest train --json --store links.db)" 0
is "is made anew" "$(jq -s '.[-1].summary.made' out)" 1
is "of the new content" "$(digest links.db a)" "$(sum $a)"
ln -s ../raw/gone.mp4 train/e.mp4
is "a link that leads nowhere" "$(status ingest train --store links.db)" 3
yes_ "is named" grep -q "train/e.mp4: No such file" err
is "once" "$(grep -c "train/e.mp4" err)" 1

# Linked folders, each once.
mkdir disk1 videos
cp $a disk1/p.mp4
cp $b videos/q.mp4
ln -s ../disk1 videos/part1
ln -s ../disk1 videos/part2
ln -s ../videos disk1/loop
is "linked folders" "$(status ingest videos --verbose --store folders.db)" 0
is "are walked once" "$(names folders.db)" "p q"
yes_ "and told with --verbose" grep -q "videos/part.: is a link to the folder $work/disk1" err
ln -s videos linked
is "a linked folder by name" "$(status ingest linked --json --store folders.db)" 0
is "is the same" "$(jq -s '.[-1].summary.current' out)" 2

# A folder that cannot be read is left out, the others are not.
mkdir -p shut/inner shut/lost+found
cp $a shut/p.mp4
cp $b shut/inner/q.mp4
cp $c shut/r.mp4
chmod 000 shut/inner shut/lost+found shut/r.mp4
is "an unreadable folder" "$(status plain "$PIPE" ingest shut --max-seconds 2 --store shut.db)" 3
is "does not stop it" "$(names shut.db)" p
yes_ "counted" grep -q "1 failed; .*; 2 folders left out" out
yes_ "it is named" grep -q "shut/inner: left out.*Permission denied" err
yes_ "the other too" grep -q "shut/lost+found: left out" err
yes_ "and the clip" grep -q "shut/r.mp4: Permission denied" err
is "alone" "$(status plain "$PIPE" ingest shut/inner --store shut.db)" 1
yes_ "it says so" grep -q "shut/inner: left out" err
chmod 700 shut/inner shut/lost+found
chmod 600 shut/r.mp4
is "opened" "$(status ingest shut --store shut.db)" 0
is "all of it" "$(names shut.db)" "p q r"

# A name that the store cannot have is one failed clip, each time.
mkdir odd
cp $a odd/p.mp4
cp $b odd/$'q\n\tx.mp4'
cp $c odd/r.mp4
for k in first second; do
    is "an impossible name, $k" "$(status ingest odd --store odd.db)" 3
    is "the others" "$(names odd.db)" "p r"
    yes_ "it is told" grep -qF 'q\n\tx" cannot name a video' err
done
"$PIPE" store failures --store odd.db >out
is "a line of it" "$(grep -cF "$work/odd/q\\n\\tx.mp4	read" out)" 1
is "and the count" "$(wc -l <out)" 2

# Lists from any editor.
printf '\xef\xbb\xbf%s\r\n\r\n  \r\n%s\r\n' "$a" "$b" >bom.txt
is "a list with a BOM" "$(status ingest --list bom.txt --store list.db)" 0
is "both" "$(names list.db)" "00000000 00000001"
printf '\xff\xfea\0\n\0' >utf16.txt
is "UTF-16" "$(status ingest --list utf16.txt --store list.db)" 1
yes_ "is told" grep -q "utf16.txt: is UTF-16: save it as UTF-8" err

# Annotations name files as people do: endings, folders, capitals, decomposed letters.
own() { # FILE NAME...
    echo 'video,question,answer,type' >"$1"
    for n in "${@:2}"; do printf '%s,how many?,two,Counting\n' "$n" >>"$1"; done
}
mkdir -p kept/deep
cp $a kept/clip.mp4
cp $b kept/deep/TAKE.MP4
cp $c kept/$'cafe\xcc\x81'.mp4 # as macOS spells it
cp band/videos/00000003.mp4 kept/other.mp4
own own.csv clip.mp4 deep/TAKE.MP4 $'caf\xc3\xa9.webm' gone.mp4
is "names of files" "$(status ingest kept --store kept.db --annotations own.csv)" 0
is "match" "$(names kept.db)" $'TAKE caf\xc3\xa9 clip'
is "and what does not is told" "$(grep -c '  gone.mp4$' err)" 1
"$PIPE" data check own.csv --videos kept --json >r.json
is "data check too" "$(jq -c '.folder | [.missing, .not_asked]' r.json)" '[["gone.mp4"],["other"]]'
mkdir exact
cp $a exact/clip.mp4
cp $b exact/clip.mp4.mkv
own one.csv clip.mp4
is "the exact name" "$(status ingest exact --store exact.db --annotations one.csv)" 0
is "comes first" "$(names exact.db)" clip.mp4
own none.csv Clip.mp4
is "no match" "$(status ingest kept --store none.db --annotations none.csv)" 1
yes_ "shows both sides" grep -q 'asks about "Clip.mp4" and the like, the files are called "clip".*upper and lower case' err
own none.csv nobody
is "no match at all" "$(status ingest kept --store none.db --annotations none.csv)" 1
yes_ "shows them too" grep -q 'about "nobody" and the like, the files are called "TAKE"' err
is "data check of it" "$("$PIPE" data check none.csv --videos kept --json | jq -c .folder.missing)" '["nobody"]'

# The same names train and evaluate.
own all.csv {clip.mp4,deep/TAKE.mp4,café.mov}
own val.csv clip CLIPS.mp4
small="--dim 16 --heads 2 --tokens 2 --epochs 1 --quiet"
# shellcheck disable=SC2086 # words
is "train" "$(status "$PIPE" train --annotations all.csv --val val.csv --store kept.db --out m.safetensors $small)" 3
yes_ "names what is missing" grep -q "validation: 1 questions about 1 videos (CLIPS.mp4)" err
is "eval" "$(status "$PIPE" eval --annotations all.csv --store kept.db --model m.safetensors --predictions p.csv)" 0
is "as written" "$(cut -d, -f2 p.csv | tr -d '"\r' | sed 1d | sort | xargs)" "café.mov clip.mp4 deep/TAKE.mp4"
own none.csv nobody
is "eval of nothing" "$(status "$PIPE" eval --annotations none.csv --store kept.db --model m.safetensors)" 1
yes_ "shows both sides, too" grep -q '(such as "nobody"; the store.s are called "TAKE" and so on)' err
own twins.csv x/clip.mp4 y/clip.mp4
is "two folders" "$(status "$PIPE" eval --annotations twins.csv --store kept.db --model m.safetensors)" 0
yes_ "are told" grep -q "x/clip.mp4 and y/clip.mp4 are taken for one clip" err
printf '\xef\xbb\xbfclip.mp4\r\n\r\ndeep/TAKE.MP4\r\n' >wanted.txt
is "export takes them too" "$(status "$PIPE" store export --store kept.db --format npy --out arrays --list wanted.txt --quiet)" 0
is "by their names" "$(cd arrays/audio && echo *.npy)" "TAKE.npy clip.npy"
mkdir back
mv arrays/audio/clip.npy back/clip.mp4.npy
is "import" "$(status "$PIPE" store import --store kept.db --kind audio --name ears back)" 0
is "joins the clip" "$(names kept.db)" $'TAKE caf\xc3\xa9 clip'

finish
