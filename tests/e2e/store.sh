#!/usr/bin/env bash
# Keeping stores: merging, failures, the deep check, giving room back, and what the disk and
# other programs may do to them.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

mounted=()
unmount() {
    for m in "${mounted[@]}"; do umount "$m" 2>/dev/null; done
    mounted=()
}
trap 'unmount; rm -rf "$work"' EXIT

# What is asked of every feature row, in an order of its own.
features() {
    sqlite3 "$1" "SELECT v.name, v.status, v.sha256, p.kind, p.sampling, f.sha256, f.made_s,
        f.n_seconds, f.h, f.w, f.c, f.dtype, hex(f.presence), hex(f.data) FROM videos v
        LEFT JOIN features f ON f.video_id = v.id LEFT JOIN provenance p ON p.id = f.provenance_id
        ORDER BY v.name, p.kind, p.sampling" | sha256sum
}
# A disk of its own, of SIZE: 1 where that is not possible here.
disk() {
    mkdir -p "$1"
    mount -t tmpfs -o size="$2" tmpfs "$1" 2>/dev/null || return 1
    mounted+=("$work/$1")
}

yes_ "toyband" "$TOYBAND" --out band --videos 6 --seed 3 --quiet
mkdir one two
mv band/videos/0000000[0-2].mp4 one
mv band/videos/0000000[3-5].mp4 two
cp two/00000003.mp4 one/00000009.mp4 # done here
echo "this is no video" >two/00000009.mp4
is "ingest one" "$(status "$PIPE" ingest --quiet one --store a.db)" 0
is "ingest two" "$(status "$PIPE" ingest --quiet two --store b.db)" 3
sums=$(sha256sum a.db b.db)

# ---- failures ----
is "failures" "$(status "$PIPE" store failures --store b.db)" 0
yes_ "path, stage and reason" grep -q "two/00000009.mp4	decode	.*00000009" out
is "and the count" "$(tail -n 1 out)" "1 failed: decode 1"
is "as JSON" "$(status "$PIPE" store failures --store b.db --json)" 0
is "the same" "$(jq -r 'select(.stage) | .video + " " + .stage' out)" "00000009 decode"
is "counted" "$(jq -c 'select(.summary).summary' out)" '{"failed":1,"stages":{"decode":1}}'
is "of another stage" "$("$PIPE" store failures --store b.db --stage store | head -n 1)" "0 failed"
is "paths" "$("$PIPE" store failures --store b.db --paths)" "$(realpath two/00000009.mp4)"
is "for xargs" "$("$PIPE" store failures --store b.db --paths0 | xargs -0 cat)" "this is no video"
is "not both" "$(status "$PIPE" store failures --store b.db --paths --json)" 2

# ---- merging ----
is "merge" "$(status "$PIPE" store merge a.db b.db --into c.db --json)" 0
is "all is there" "$(jq -c '.summary | [.added, .changed, .features, .damaged]' out)" "[7,0,14,0]"
is "done in one, failed in the other: done" "$(status "$PIPE" store failures --store c.db)" 0
is "none failed" "$(tail -n 1 out)" "0 failed"
is "verify" "$(status "$PIPE" store verify --store c.db)" 0
cp c.db before.db
is "merge again" "$(status "$PIPE" store merge b.db a.db --into c.db --json)" 0
is "nothing new" "$(jq -c '.summary | [.added, .changed, .features]' out)" "[0,0,0]"
yes_ "not a byte" cmp -s c.db before.db
is "the other way round" "$(status "$PIPE" store merge b.db a.db --into d.db)" 0
is "the same features" "$(features d.db)" "$(features c.db)"
"$PIPE" store merge a.db --into p.db >/dev/null 2>&1 &
is "two at once" "$(status "$PIPE" store merge b.db --into p.db)" 0
wait $!
is "both of them" $? 0
is "merge the same" "$(features p.db)" "$(features c.db)"
is "sources as they were" "$(sha256sum a.db b.db)" "$sums"
is "into itself" "$(status "$PIPE" store merge a.db ./c.db --into c.db)" 1
yes_ "says so" grep -q "cannot be a source" err
is "no sources" "$(status "$PIPE" store merge --into c.db)" 2
is "no target" "$(status "$PIPE" store merge a.db)" 2
is "prefer what" "$(status "$PIPE" store merge a.db --into c.db --prefer older)" 2
is "a source that is not there" "$(status "$PIPE" store merge nowhere.db --into e.db)" 1
yes_ "is named" grep -q "nowhere.db: no store there" err
yes_ "nothing was made" test ! -e e.db

# Another content under the same name.
mkdir other
cp one/00000001.mp4 other/00000000.mp4
is "ingest another" "$(status "$PIPE" ingest --quiet other --store o.db)" 0
is "other contents" "$(status "$PIPE" store merge a.db o.db --into e.db)" 1
yes_ "both are named" grep -q "error: a.db and o.db hold different videos under the name 00000000" err
yes_ "nothing was made then" test ! -e e.db
is "one of them" "$(status "$PIPE" store merge a.db o.db --into e.db --prefer o.db)" 0
is "is taken" "$(sqlite3 e.db "SELECT sha256 FROM videos WHERE name = '00000000'")" \
    "$(sha256sum other/00000000.mp4 | cut -d' ' -f1)"

# Another make.
is "ingest otherwise" "$(status "$PIPE" ingest --quiet one --store m.db --visual-options fit=crop)" 0
sqlite3 m.db "UPDATE features SET made_s = made_s + 100"
is "two makes" "$(status "$PIPE" store merge a.db m.db --into f.db)" 1
yes_ "says how to choose" grep -q -- "--provenance all" err
yes_ "and where they differ" grep -q "m.db: visual ... crop of short side" err
is "both" "$(status "$PIPE" store merge a.db m.db --into f.db --provenance all --prefer newest)" 0
is "are kept" "$(sqlite3 f.db "SELECT count(*) FROM features")" 12
is "the newest" "$(status "$PIPE" store merge a.db m.db --into g.db --provenance newest --prefer newest)" 0
is "alone" "$(sqlite3 g.db "SELECT count(*) FROM features f JOIN provenance p ON p.id = f.provenance_id
    WHERE kind = 'visual' AND sampling LIKE '%squash%'")" 0
is "one by its name" "$(status "$PIPE" store merge a.db m.db --into h.db --provenance squash)" 0
is "and that alone" "$(sqlite3 h.db "SELECT group_concat(sampling LIKE '%squash%') FROM provenance
    WHERE kind = 'visual'")" 1
is "of every video" "$(sqlite3 h.db "SELECT count(*) FROM features")" 8

# A row that does not verify.
cp a.db bad.db
sqlite3 bad.db "UPDATE features SET data = zeroblob(length(data)) WHERE video_id = 1 AND provenance_id = 1"
is "damage" "$(status "$PIPE" store merge bad.db --into i.db)" 3
yes_ "is named" grep -q "bad.db: 0000000.*digest" err
is "the rest is there" "$(sqlite3 i.db "SELECT count(*) FROM features")" 7
is "and sound" "$(status "$PIPE" store verify --store i.db)" 0
is "put right from elsewhere" "$(status "$PIPE" store merge bad.db a.db --into i.db --json)" 3
is "one row" "$(jq .summary.features out | tail -n 1)" 1
is "complete" "$(features i.db)" "$(features a.db)"

# ---- a lock, and a request to stop while it waits ----
is "half" "$(status "$PIPE" store merge b.db --into l.db)" 0
hold() { # holds l.db for some seconds
    (
        echo "BEGIN EXCLUSIVE;"
        sleep "$1"
        echo "COMMIT;"
    ) | sqlite3 l.db &
    holder=$!
    sleep 0.5
}
hold 2
is "waits for another program" "$(status "$PIPE" store merge a.db --into l.db --json)" 0
is "and goes on" "$(jq -c '.summary | [.added, .changed]' out)" "[3,1]"
wait $holder
is "all is there then" "$(features l.db)" "$(features c.db)"
rm -f l.db*
is "half again" "$(status "$PIPE" store merge b.db --into l.db)" 0
hold 2
"$PIPE" store merge a.db --into l.db >out 2>err &
pid=$!
ready $pid
sleep 0.5
kill -TERM $pid
wait $pid
is "asked to stop" $? 75
yes_ "says how to go on" grep -q "the same command goes on from there" err
wait $holder
is "sound" "$(status "$PIPE" store verify --store l.db)" 0
yes_ "not all of it" test "$(features l.db)" != "$(features c.db)"
is "goes on" "$(status "$PIPE" store merge a.db --into l.db)" 0
is "to the end" "$(features l.db)" "$(features c.db)"

# ---- disks ----
if disk small 1m; then
    head -c 700k /dev/zero >small/filler
    is "a full disk" "$(status "$PIPE" store merge a.db b.db --into small/s.db)" 1
    yes_ "is called full" grep -q "no room left on the disk: free some space" err
    is "one sentence" "$(grep -c error: err)" 1
    is "ingest into a full disk" "$(status "$PIPE" ingest --quiet one --store small/i.db)" 1
    yes_ "is called full there" grep -q "no room left on the disk" err
    rm small/filler
    mount -o remount,size=64m small
    if [ -s small/s.db ]; then
        is "what is there is whole" "$(status "$PIPE" store verify --store small/s.db)" 0
    fi
    is "with room it goes on" "$(status "$PIPE" store merge a.db b.db --into small/s.db)" 0
    is "to the end" "$(features small/s.db)" "$(features c.db)"
    is "so does ingest" "$(status "$PIPE" ingest --quiet one --store small/i.db)" 0
    is "its store is sound" "$(status "$PIPE" store verify --store small/i.db)" 0

    cp a.db small/a.db
    mount -o remount,ro small
    is "a source on a read-only disk" "$(status "$PIPE" store merge small/a.db b.db --into r.db)" 0
    is "is as good" "$(features r.db)" "$(features c.db)"
    is "a target on one" "$(status "$PIPE" store merge b.db --into small/a.db)" 1
    yes_ "cannot be written" grep -q "small/a.db: the store cannot be written: the file, its folder or" err
    is "gc of one" "$(status "$PIPE" store gc --store small/a.db)" 1
    yes_ "cannot either" grep -q "read-only" err
    is "a dry run can" "$(status "$PIPE" store gc --store small/a.db --dry-run)" 0
    is "verify can" "$(status "$PIPE" store verify --store small/a.db)" 0
else
    echo "SKIPPED: full and read-only disks (no right to mount one)"
fi

# Rights, as somebody who has fewer.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
if [ "$(id -u)" -eq 0 ] && chmod 711 "$work" && mkdir shared && chmod 777 shared &&
    cp a.db b.db shared && chmod 444 shared/a.db && chmod 600 shared/b.db &&
    as_nobody "$PIPE" --version >/dev/null 2>&1; then
    is "a source that is read-only" "$(status as_nobody "$PIPE" store merge shared/a.db --into shared/a2.db)" 0
    is "a file that is read-only" "$(status as_nobody "$PIPE" store gc --store shared/a.db)" 1
    yes_ "says so" grep -q "shared/a.db: the store cannot be written" err
    is "a file of somebody else" "$(status as_nobody "$PIPE" store merge shared/b.db --into shared/n.db)" 1
    yes_ "names it" grep -q "shared/b.db: the store cannot be opened: check that" err
else
    echo "SKIPPED: files without rights (needs root and setpriv)"
fi

# ---- the deep check ----
is "deep" "$(status "$PIPE" store verify --deep --store a.db --json)" 0
yes_ "counts" jq -e '.faults == 0 and .deep.files_same == 4 and .deep.values > 0 and
    .deep.files_missing == 0' out
mv one/00000002.mp4 kept.mp4
is "a file is gone" "$(status "$PIPE" store verify --deep --store a.db)" 3
yes_ "named" grep -q "^00000002: not compared: .*00000002.mp4: No such file" out
yes_ "no fault" grep -q "all sound" out
echo x >>one/00000001.mp4
is "a file has changed" "$(status "$PIPE" store verify --deep --store a.db)" 1
yes_ "named too" grep -q "^00000001: .*different content" out
is "plain verify looks into the store only" "$(status "$PIPE" store verify --store a.db)" 0

# ---- giving room back ----
is "dry run" "$(status "$PIPE" store gc --store f.db --superseded --dry-run)" 0
yes_ "says what would go" grep -q "would remove 4 feature arrays" out
is "and removes nothing" "$(sqlite3 f.db "SELECT count(*) FROM features")" 12
is "gc" "$(status "$PIPE" store gc --store f.db --superseded --json)" 0
yes_ "removed" jq -es '.[-1].summary | .features == 4 and .makes == 1 and
    .bytes_before - .bytes_after >= 4 * 16384' out
is "what is newest is left" "$(features f.db)" "$(features g.db)"
is "sound" "$(status "$PIPE" store verify --store f.db)" 0
is "gc without a flag" "$(status "$PIPE" store gc --store b.db --json)" 0
is "removes nothing" "$(jq -c 'select(.summary).summary | [.features, .videos, .makes]' out)" "[0,0,0]"
is "the failure's file is there" "$(status "$PIPE" store gc --store b.db --missing --json)" 0
is "so it stays" "$(jq -s '.[-1].summary.videos' out)" 0
rm two/00000009.mp4
is "gone" "$(status "$PIPE" store gc --store b.db --missing --json)" 0
is "now it goes" "$(jq -s '.[-1].summary.videos' out)" 1
is "the rest stays" "$(sqlite3 b.db "SELECT count(*) FROM videos")" 3

# ---- modes ----
umask 027
is "a store of its own" "$(status "$PIPE" store merge a.db --into new/folder/s.db)" 0
is "its mode" "$(stat -c %a new/folder/s.db)" 640
is "its folders'" "$(stat -c %a new new/folder | xargs)" "750 750"
for verb in merge gc failures verify; do
    is "$verb --help" "$(status "$PIPE" store $verb --help)" 0
    yes_ "names itself" grep -q "Usage: avqa-pipe store $verb" out
    is "$verb with an unknown option" "$(status "$PIPE" store $verb --no-such-thing)" 2
done
finish
