#!/usr/bin/env bash
# The command line: help, misuse, exit statuses, one clear sentence for bad input.
. "$(dirname "$0")/common.sh"

is "--help" "$(status "$PIPE" --help)" 0
yes_ "help on stdout" grep -q '^Usage: avqa-pipe' "$work/out"
is "nothing on stderr" "$(cat "$work/err")" ""
is "no command" "$(status "$PIPE")" 2
is "unknown command" "$(status "$PIPE" fly)" 2
yes_ "it is named" grep -q "no command 'fly'" "$work/err"
for c in ingest features train eval ask calibrate store doctor probe weights runs pretrain; do
    is "$c --help" "$(status "$PIPE" $c --help)" 0
    yes_ "$c help names itself" grep -q "Usage: avqa-pipe $c" "$work/out"
    is "$c with an unknown option" "$(status "$PIPE" $c --no-such-thing)" 2
    yes_ "$c says which" grep -q -- '--no-such-thing' "$work/err"
    is "$c: nothing on stdout" "$(cat "$work/out")" ""
done
is "ingest without paths" "$(status "$PIPE" ingest)" 2
is "ingest --jobs 0" "$(status "$PIPE" ingest --jobs 0 x)" 2
is "ingest --jobs two" "$(status "$PIPE" ingest --jobs two x)" 2
is "ask without a clip" "$(status "$PIPE" ask)" 2
is "store without a word" "$(status "$PIPE" store)" 2
is "train without questions" "$(status "$PIPE" train)" 2
is "features with an unknown stage" \
    "$(status "$PIPE" features x.mp4 --extractor vggish --out y.npy --stage middle)" 2

# Media is read by avqa-decoder, which comes with the program.
wav "$work/tone.wav" 1
is "a clip is read" "$(status "$PIPE" probe "$work/tone.wav")" 0
is "without a decoder" "$(status env AVQA_DECODER="$work/none" "$PIPE" probe "$work/tone.wav")" 1
yes_ "it is named" grep -q "starting a decoder: $work/none: No such file" "$work/err"
is "in ingest too" "$(status env AVQA_DECODER="$work/none" "$PIPE" ingest "$work/tone.wav" --store "$work/s.db")" 1
is "the clip is not blamed" "$("$PIPE" store failures --store "$work/s.db" 2>/dev/null | grep -c tone)" 0
cp "$PIPE" "$work/alone"
is "a program that was copied away" "$(status "$work/alone" probe "$work/tone.wav")" 1
yes_ "says what is missing" grep -q 'avqa-decoder, the program that reads media, is not there' "$work/err"
# What takes long to load is loaded when it is used.
is "no library of theirs" "$(readelf -d "$PIPE" | grep -oE 'lib(hdf5|curl|avformat|avcodec)' | sort -u)" ""
printf '\x89HDF\r\n\x1a\n' >"$work/x.h5"
is "HDF5 without its part" "$(status "$work/alone" store import "$work/x.h5" --kind audio --name x --store "$work/s.db")" 3
yes_ "names it" grep -q 'HDF5 is not supported here (avqa-hdf5.so is not there, nor in /' "$work/err"
is "weights fetch without its part" "$(status "$work/alone" weights fetch --yes vggish)" 1
yes_ "names it too" grep -q 'built without libcurl, or the part that uses it is gone (avqa-fetch.so' "$work/err"
is "one that does not decode" "$(status env AVQA_DECODER=/bin/true "$PIPE" probe "$work/tone.wav")" 1

is "a missing path" "$(status "$PIPE" ingest "$work/nowhere.mp4")" 1
yes_ "names the path" grep -q "nowhere.mp4: No such file" "$work/err"
is "one line" "$(grep -c error: "$work/err")" 1
is "a missing store" "$(status "$PIPE" store info)" 1
yes_ "says what to do" grep -q "ingest" "$work/err"
is "a missing model" "$(status "$PIPE" ask "$work/nowhere.mp4" "what?" --model "$work/none.safetensors")" 1
yes_ "names the model" grep -q "there is no model" "$work/err"
is "an unknown extractor" "$(status "$PIPE" ingest --visual vgg19 "$0")" 1
yes_ "lists those there are" grep -q "swin_t" "$work/err"

# A text that is called a video: noted, and the job goes on.
echo "this is no video" >"$work/notes.mp4"
: >"$work/empty.mp4"
printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n' \
    >"$work/list.mp4"
is "bad clips are skipped" "$(status "$PIPE" ingest --json "$work/notes.mp4" \
    "$work/empty.mp4" "$work/list.mp4")" 3
is "three failed" "$(jq -s 'map(select(.outcome == "failed")) | length' "$work/out")" 3
is "one sentence each" "$(grep -c 'error:' "$work/err")" 3
yes_ "the playlist is refused" grep -q 'list.mp4.*playlist' "$work/err"
is "the store verifies" "$(status "$PIPE" store verify)" 0
is "failures are listed" "$("$PIPE" store ls | grep -c failed)" 3
is "doctor" "$(status "$PIPE" doctor --json)" 0
yes_ "how decoders are confined" jq -e '.confinement.seccomp | type == "boolean"' "$work/out"
is "a decoder that is not" "$(AVQA_CONFINE=off "$PIPE" doctor --json | jq -c '.confinement | [.seccomp, .landlock, .asked]')" \
    '[false,0,"off"]'
yes_ "measured" jq -e '.products.gflops > 0 and .cpu.cores > 0' "$work/out"
finish
