#!/bin/sh
# Media is taken apart in the decoder's process alone: of the program's own files only
# decode.c may open a clip, and only decoder_child.c may call decode.c; and the program links
# nothing that could. $1: a build folder.
set -eu
cd "$1"
allowed="decoder_decode.c.o:aq_media_open
decoder_decode.c.o:aq_media_next
decoder_decoder_child.c.o:aq_decode_clip"
calls=$(find pipeline -name '*.o' -exec nm -A -u {} + |
    awk '$NF ~ /^(aq_media_open|aq_media_next|aq_decode_clip|aq_audio_file_open|sf_open.*|avformat_open_input)$/ {
        sub(/:.*/, "", $1); n = split($1, part, "/"); print part[n] ":" $NF }')
# What is allowed is there: the names are those of now, and calls are seen.
for call in $allowed; do
    echo "$calls" | grep -qxF "$call" || { echo "decoders: $call is not there" >&2; exit 1; }
done
bad=$(echo "$calls" | grep -v -x -F "$allowed" | tr '\n' ' ' || true)
[ -z "$bad" ] || { echo "media is read outside the decoder's process: $bad" >&2; exit 1; }

# The libraries that parse media, of those that a program needs.
find_parsers() {
    readelf -d "$1" | grep -oE 'lib(avformat|avcodec|sndfile)\.so' || true
}

[ -n "$(find_parsers pipeline/avqa-decoder)" ] ||
    { echo "decoders: avqa-decoder needs no FFmpeg?" >&2; exit 1; }
bad=$(find_parsers pipeline/avqa-pipe | tr '\n' ' ')
[ -z "$bad" ] || { echo "avqa-pipe itself links what parses media: $bad" >&2; exit 1; }
