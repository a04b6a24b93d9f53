#!/usr/bin/env bash
# Writes the seed corpus of the store, tests/fuzz/seeds/store/*: a store of one clip of a
# second and one that failed, with small pages, and stores that are not what they seem.
# Needs PIPE (the program), and Debian's ffmpeg and sqlite3. The seeds are kept.
set -euo pipefail
here=$(realpath "$(dirname "$0")")/seeds/store
PIPE=$(realpath "$PIPE")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_DATA_HOME=$work
mkdir -p "$here" clips
ffmpeg -loglevel error -f lavfi -i testsrc=size=64x64:rate=4 -f lavfi -i sine=frequency=440 -t 1 \
    clips/clip.mp4
echo "no clip" >clips/none.mp4
"$PIPE" ingest --quiet clips --store s.db || [ $? -eq 3 ]
sqlite3 s.db "INSERT INTO annotations VALUES('band', 'train', 0, 'clip', 7, 'Audio', 'Counting',
    'How many <Object>?', '[\"flute\"]', 'How many flute?', 'one', 'train.json', 0);
    UPDATE videos SET path = name, reason = iif(status = 'ok', '', 'cannot be opened');
    PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;" >/dev/null

# seed NAME SQL: the store, changed
seed() {
    cp s.db "$here/$1.sqlite"
    sqlite3 "$here/$1.sqlite" "PRAGMA foreign_keys = OFF; $2" >/dev/null
    sqlite3 "$here/$1.sqlite" "VACUUM" 2>/dev/null || true
}
seed plain ""
seed shape "UPDATE features SET h = 65536, w = 65536, c = 65536"
seed trigger "CREATE TRIGGER t AFTER INSERT ON videos BEGIN DELETE FROM features; END"
seed view "ALTER TABLE videos RENAME TO v; CREATE VIEW videos AS SELECT * FROM v"
seed virtual "DROP TABLE runs; CREATE VIRTUAL TABLE runs USING fts5(id)"
for t in videos features annotations provenance; do # neither types nor checks
    seed "loose_$t" "CREATE TABLE x AS SELECT * FROM $t; DROP TABLE $t; ALTER TABLE x RENAME TO $t"
done
seed wal ""
printf '\2\2' | dd of="$here/wal.sqlite" bs=1 seek=18 conv=notrunc status=none
# A row for the codec: f32, 2 seconds of 1x1x3.
printf '\1\2\0\0\0\1\0\0\0\1\0\0\0\3\0\2\1\0' >"$here/row_f32"
head -c 24 /dev/zero >>"$here/row_f32"
printf '\0\2\0\0\0\1\0\0\0\1\0\0\0\3\0\2\1\1' >"$here/row_f16"
printf '\0\74\1\2\3\4\5\6\7\10\11\12' >>"$here/row_f16"
# The same with the data at an odd address, as a small blob may be in a page.
printf '\0\1\0\0\0\1\0\0\0\1\0\0\0\3\0\1\1' >"$here/row_odd"
printf '\0\74\1\2\3\4' >>"$here/row_odd"
