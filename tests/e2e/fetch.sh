#!/usr/bin/env bash
# weights fetch, from a server of our own that is good and bad in turn.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1
"$PIPE" weights fetch --yes vggish --mirror file:///nowhere >out 2>&1
if grep -q "built without libcurl" out; then
    echo "skipped: built without libcurl"
    finish
fi
export no_proxy=127.0.0.1

mkdir files
cp "$here/../../extract/weights/swin_nano.safetensors" files/swin.safetensors
cp "$here/../../extract/weights/vggish_nano.safetensors" files/vggish.safetensors
echo "no weights" >files/text.pth
digest() { sha256sum "$1" | cut -d' ' -f1; }
swin=$(digest files/swin.safetensors)
vggish=$(digest files/vggish.safetensors)
text=$(digest files/text.pth)
python3 "$here/serve_files.py" files >port 2>>asked &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for _ in $(seq 300); do [ -s port ] && break; sleep 0.1; done
at=http://127.0.0.1:$(cat port)

row() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@"; }
{
    printf '# a list\r\n\r\n'
    row eye "a small Swin" CC0-1.0 "$at/ok/swin.safetensors" "$swin" 0.9 ""
    row cut "the same" CC0-1.0 "$at/cut/swin.safetensors" "$swin" 0.9 ""
    row whole "the same" CC0-1.0 "$at/whole/swin.safetensors" "${swin:0:8}" 0.9 ""
    row moved "the same" CC0-1.0 "$at/moved/swin.safetensors" "$swin" "" ""
    row away "the same" CC0-1.0 "$at/away/swin.safetensors" "$swin" "" ""
    row stuck "the same" CC0-1.0 "$at/stuck/swin.safetensors" "$swin" "" ""
    row late "the same" CC0-1.0 "$at/late/swin.safetensors" "$swin" "" ""
    row wrong "another" CC0-1.0 "$at/ok/vggish.safetensors" "$swin" 0.3 ""
    row unnamed "no digest" CC0-1.0 "$at/ok/vggish.safetensors" "" 0.3 ""
    row gone "not there" CC0-1.0 "$at/ok/nothing.pth" "$swin" 0.3 ""
    row text "no weights" CC0-1.0 "$at/ok/text.pth" "$text" 0 ""
    row nobody "no server" CC0-1.0 "http://127.0.0.1:1/x.pth" "$swin" 0 ""
} >list.tsv
fetch() { status "$PIPE" weights fetch --table list.tsv "$@"; }
kept=data/avqa-pipe/weights
part=cache/avqa-pipe/fetch

# ---- the list ----
is "the program's own list" "$(status "$PIPE" weights fetch --json)" 0
yes_ "has names, digests and licences" jq -se 'length > 15 and all(.[]; (.name | length) > 0 and
    (.licence | length) > 0 and (.url | startswith("https://")) and (.sha256 | test("^([0-9a-f]{8,64})?$")))' out
is "no name twice" "$(jq -r .name out | sort | uniq -d)" ""
is "a list of one's own" "$(fetch)" 0
yes_ "is shown" grep -q "^eye .*0.9 MB .*CC0-1.0 .*a small Swin" out
is "a slip" "$(fetch wole --yes)" 2
yes_ "what was meant" grep -q "did you mean whole" err
for bad in "x	y	z" "	about	MIT	http://a/b	$swin	1	" "x	about	MIT	here	$swin	1	" \
    "x	about	MIT	http://a/b	123	1	" "x	about	MIT	http://a/b	$swin	much	"; do
    echo "$bad" >bad.tsv
    is "no line: $bad" "$(status "$PIPE" weights fetch --table bad.tsv)" 1
    yes_ "is named" grep -q "bad.tsv:1: " err
done

# ---- as it should be ----
is "nobody agrees" "$(fetch eye </dev/null)" 2
yes_ "what does" grep -q -- "--yes" err
is "only said" "$(fetch eye --dry-run)" 0
yes_ "size and licence" grep -q "about 0.9 MB, licence CC0-1.0" out
is "nothing was asked of the server" "$(cat asked)" ""
is "fetch" "$(fetch eye --yes --quiet)" 0
yes_ "is imported" test -f $kept/eye.safetensors
is "from that file" "$("$PIPE" weights ls --json | jq -r 'select(.name == "eye") | .origin_sha256')" "$swin"
is "the download is gone" "$(ls $part)" ""
is "again" "$(fetch eye --yes)" 0
yes_ "is there already" grep -q "is there already" out
is "was asked for once" "$(grep -c "ok swin" asked)" 1
is "kept" "$(fetch moved --yes --keep --quiet)" 0
yes_ "where it was moved to" grep -q "moved swin" asked
is "is whole" "$(digest $part/moved-swin.safetensors)" "$swin"
is "a digest's beginning" "$(fetch whole --yes --quiet)" 0
is "as JSON" "$(fetch eye --yes --json)" 0
yes_ "says so" jq -e '.was_there and .licence == "CC0-1.0"' out
is "from a mirror" "$(fetch cut --yes --quiet --mirror "file://$work/files")" 0
yes_ "by the name" test -f $kept/cut.safetensors
is "other weights of that name" "$(status "$PIPE" weights import files/vggish.safetensors --name eye --force)" 0
is "are not replaced" "$(fetch eye --yes)" 2
is "unless that is wanted" "$(fetch eye --yes --force --quiet)" 0

# ---- connections that break ----
rm $kept/cut.safetensors
: >asked
is "broken off twice" "$(fetch cut --yes --quiet)" 0
third=$(($(stat -c %s files/swin.safetensors) / 3)) # as much as comes at once
is "and gone on with" "$(awk '{print $3}' asked | tr '\n' ' ')" "0 $third $((2 * third)) $((3 * third)) "
rm $kept/cut.safetensors
head -c 1000 files/swin.safetensors >$part/cut-swin.safetensors.part
: >asked
is "from an earlier time" "$(fetch cut --yes --quiet)" 0
is "is gone on from" "$(head -n 1 asked)" "cut swin.safetensors 1000"
rm $kept/whole.safetensors
head -c 1000 files/vggish.safetensors >$part/whole-swin.safetensors.part
is "a server without parts" "$(fetch whole --yes --quiet)" 0
yes_ "gives all of it anew" test -f $kept/whole.safetensors
rm $kept/eye.safetensors
cp files/swin.safetensors $part/eye-swin.safetensors.part
is "nothing was missing" "$(fetch eye --yes --quiet)" 0
yes_ "is imported" test -f $kept/eye.safetensors
is "no byte, again and again" "$(fetch stuck --yes --quiet)" 1
yes_ "what to do" grep -q "try again later, use --mirror, or download it by other means" err
"$PIPE" weights fetch --table list.tsv late --yes --quiet 2>err &
for _ in $(seq 300); do grep -q late asked && break; sleep 0.1; done
sleep 1
kill -INT $!
wait $!
is "stopped" $? 75
is "what came is kept" "$(stat -c %s $part/late-swin.safetensors.part)" 1

# ---- what it should not be ----
is "another file" "$(fetch wrong --yes --quiet)" 1
yes_ "both digests" grep -q "its SHA-256 is $vggish and should be $swin" err
is "is not kept" "$(find $part -name 'wrong*')" ""
is "no digest" "$(fetch unnamed --yes --quiet)" 0
yes_ "is said, with what it is" grep -q "names no digest to check it by; its SHA-256 is $vggish" err
is "not there" "$(fetch gone --yes --quiet)" 1
yes_ "is said" grep -q "there is no such file (404)" err
is "no weights" "$(fetch text --yes --quiet)" 1
is "no server" "$(fetch nobody --yes --quiet)" 1
yes_ "is said" grep -q "cannot be downloaded" err
is "led to another protocol" "$(fetch away --yes --quiet)" 1
is "one of two" "$(fetch gone eye --yes --quiet)" 3

# ---- annotations ----
mkdir -p sets
for part in train val test; do echo "[{\"part\": \"$part\"}]" >sets/$part.json; done
cp sets/*.json files/
{
    row toy "a set, train" MIT "$at/ok/train.json" "$(digest sets/train.json)" 0.1 ""
    row toy "a set, val" MIT "$at/cut/val.json" "" "" ""
    row other "another" MIT "$at/ok/nothing.json" "" "" ""
    row toy "a set, test" MIT "$at/moved/test.json" "$(digest sets/test.json | cut -c 1-8)" "" ""
    row bad "another file" MIT "$at/ok/train.json" "$(digest sets/val.json)" "" ""
} >sets.tsv
data() { status "$PIPE" data fetch --table sets.tsv "$@"; }
is "the program's own list" "$(status "$PIPE" data fetch --json)" 0
is "has MUSIC-AVQA's three" "$(jq -r 'select(.name == "music-avqa") | .url | split("/") | last' out | paste -sd ' ')" \
    "avqa-train.json avqa-val.json avqa-test.json"
yes_ "over https, with a licence" jq -se 'all(.[]; (.url | startswith("https://")) and (.licence | length) > 0)' out
: >asked
is "only said" "$(status "$PIPE" data fetch music-avqa --dry-run --out there)" 0
is "three addresses" "$(grep -c '^  https://.*/avqa-[a-z]*.json$' out)" 3
yes_ "nothing is made" [ ! -e there ]
is "nobody agrees" "$(data toy --out there </dev/null)" 2
yes_ "what does" grep -q -- "--yes" err
is "nothing was asked of the server" "$(cat asked)" ""
is "a data set" "$(data toy --out there --yes --quiet)" 0
for part in train val test; do yes_ "has $part" cmp sets/$part.json there/$part.json; done
is "of the one without a digest" "$(grep -c "val.json: its publisher names no digest to check it by; its SHA-256 is $(digest sets/val.json)" err)" 1
is "that alone is said" "$(grep -c SHA-256 err)" 1
is "what came is recorded" "$(cd there && sha256sum -c toy.sha256 2>&1 | paste -sd ' ')" "train.json: OK val.json: OK test.json: OK"
is "nothing else is there" "$(ls there | paste -sd ' ')" "test.json toy.sha256 train.json val.json"
: >asked
is "again" "$(data toy --out there --yes)" 0
is "all are there already" "$(grep -c "is there already: there/" out)" 3
is "nothing is asked for" "$(cat asked)" ""
echo "mine" >there/val.json
rm there/test.json
is "one is lost, one is another" "$(data toy --out there --yes --quiet)" 0
is "what is there stays" "$(cat there/val.json)" mine
yes_ "what is lost comes back" cmp sets/test.json there/test.json
is "the record is what came" "$(wc -l <there/toy.sha256) $(cd there && sha256sum -c toy.sha256 2>/dev/null | grep -c OK)" "3 2"
is "by force" "$(data toy --out there --yes --quiet --force)" 0
is "all come" "$(cd there && sha256sum -c --quiet toy.sha256 2>&1)" ""
is "from a mirror" "$(data toy --out mirrored --yes --quiet --mirror "file://$work/sets")" 0
yes_ "the same" diff -r there mirrored
is "music-avqa from a mirror" "$(cd sets && for p in train val test; do cp $p.json avqa-$p.json; done; cd .. &&
    status "$PIPE" data fetch music-avqa --yes --quiet --mirror "file://$work/sets" --out music)" 0
is "has its files" "$(ls music | paste -sd ' ')" "avqa-test.json avqa-train.json avqa-val.json music-avqa.sha256"
is "another file" "$(data bad --out there2 --yes --quiet)" 1
yes_ "is told" grep -q "what came is not the published file" err
is "is not kept" "$(ls there2)" ""
is "not there" "$(data other --out there2 --yes --quiet)" 1
yes_ "no word of weights" bash -c "grep -q '404' err && ! grep -q weights err"
is "one of two" "$(data other toy --out there2 --yes --quiet)" 3
is "a slip" "$(data tou --yes)" 2
yes_ "what was meant" grep -q "did you mean toy?" err

# ---- at the terminal ----
rm $kept/eye.safetensors
ask() { python3 "$here/typed.py" "[y/N] " "$1" -- "$PIPE" weights fetch --table list.tsv eye --quiet >out; }
ask 'n\n'
is "declined" $? 1
yes_ "is not fetched" test ! -f $kept/eye.safetensors
ask 'y\n'
is "agreed" $? 0
yes_ "is fetched" test -f $kept/eye.safetensors
asked_data() { python3 "$here/typed.py" "[y/N] " "$1" -- "$PIPE" data fetch --table sets.tsv toy --out typed --quiet >out; }
asked_data 'n\n'
is "a set declined" $? 1
yes_ "is not fetched" test ! -e typed
asked_data 'y\n'
is "a set agreed to once" $? 0
is "comes whole" "$(ls typed | wc -l)" 4

finish
