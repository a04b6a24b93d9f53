#!/usr/bin/env bash
# A data set's ingest: lists, annotations, shards, failures, bounds, signals, and several
# processes on one store.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
unset "${!SLURM_@}" "${!OMPI_@}" "${!PMI_@}"

made() { jq -s ".[-1].summary.$1" "${2:-out}"; }
# Everything that a feature row holds but when it was made.
dump() {
    sqlite3 "$1" "SELECT v.name, p.kind, f.n_seconds, f.h, f.w, f.c, f.dtype, f.sha256,
        hex(f.presence), hex(f.data) FROM features f JOIN videos v ON v.id = f.video_id
        JOIN provenance p ON p.id = f.provenance_id ORDER BY v.name, p.kind" | sha256sum
}
ingest() { "$PIPE" ingest --json --max-seconds 3 "$@"; }

yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 5 --quiet
is "all of them" "$(status ingest --store whole.db band/videos)" 0
want=$(dump whole.db)

# Which videos.
ls -1 "$PWD"/band/videos/*[0-3].mp4 >list.txt
n=$(wc -l <list.txt)
printf 'band/none.mp4\r\n\nband/videos/00000000.mp4\n' >>list.txt
is "a list with a line too many" "$(status ingest --store list.db --list list.txt)" 3
is "the others are made" "$(made made)" "$n"
is "that one is named" "$(made failed)" 1
yes_ "by its path" grep -q "$work/band/none.mp4: No such file" err
is "a list on stdin" "$(status ingest --store stdin.db --list - <list.txt)" 3
is "the same" "$(dump stdin.db)" "$(dump list.db)"
is "no such list" "$(status ingest --store list.db --list nowhere.txt)" 1
jq '.[:1] + [.[0] | .video_id = "elsewhere"] + [.[0] | .video_id = "00000001/.."]' \
    band/train.json >few.json
is "what is asked about" "$(status ingest band/videos --store asked.db --annotations few.json)" 0
is "one video" "$(made made)" 1
yes_ "the missing one is named" grep -q "  elsewhere" err
yes_ "a name that cannot be a file's is left out" grep -q "record 2 is left out" err
echo '[]' >none.json
is "nothing is asked about" "$(status ingest band/videos --store asked.db --annotations none.json)" 1

# Parts make the whole, byte for byte, however they are called.
for k in 1 2 3 4; do
    is "part $k" "$(status ingest --store part$k.db --shard $k/4 band/videos)" 0
done
is "merged" "$(status "$PIPE" store merge part1.db part2.db part3.db part4.db --into parts.db)" 0
is "is the whole" "$(dump parts.db)" "$want"
is "again" "$(status "$PIPE" store merge part4.db part1.db --into parts.db)" 0
is "changes nothing" "$(dump parts.db)" "$want"
export SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_ID=1
is "Slurm's array" "$(status ingest --store slurm.db band/videos)" 0
is "is part 2" "$(dump slurm.db)" "$(dump part2.db)"
export OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1
is "a flag overrides it" "$(status ingest --store all.db --shard 1/1 band/videos)" 0
is "with everything" "$(dump all.db)" "$want"
unset "${!SLURM_@}" "${!OMPI_@}"
is "no such part" "$(status ingest --store all.db --shard 5/4 band/videos)" 2

# Three processes on one store: each video once.
for k in 1 2 3; do
    ingest --store shared.db --jobs 1 band/videos >shared$k 2>shared$k.err &
done
wait
is "together they made" "$(cat shared? | jq -s 'map(.summary.made // 0) | add')" 12
is "each saw them all" "$(cat shared? | jq -s 'map(.summary.made + .summary.current | select(. > 0)) | unique')" \
    "$(printf '[\n  12\n]')"
is "the same features" "$(dump shared.db)" "$want"
is "no lease is left" "$(sqlite3 shared.db 'SELECT count(*) FROM leases')" 0

# Decoders that hang, crash and eat; the job goes on.
"$PIPE" ingest --store hang.db --max-seconds 3 --jobs 1 --clip-timeout 6 band/videos >out 2>err &
pid=$!
until pkill -STOP -P $pid; do kill -0 $pid || break; sleep 0.01; done
wait $pid
is "after one that hangs" $? 3
yes_ "it is named" grep -q "longer than 6 seconds" err
is "the rest is there" "$(sqlite3 hang.db "SELECT count(*) FROM videos WHERE status = 'ok'")" 11
"$PIPE" ingest --store hang.db --max-seconds 3 --jobs 1 --retry-failed band/videos >out 2>err &
pid=$!
until pkill -SEGV -P $pid; do kill -0 $pid || break; sleep 0.01; done
wait $pid
is "after one that crashes" $? 3
yes_ "it is named" grep -q "crashed on it (signal 11)\|gave up" err
is "not tried again" "$(status ingest --store hang.db band/videos)" 3
is "but counted" "$(made failed_before)" 1
is "unless asked" "$(status ingest --store hang.db --retry-failed band/videos)" 0
is "all is well" "$(dump hang.db)" "$want"
is "too little memory" "$(status ingest --store small.db --clip-memory 1 band/videos/00000000.mp4)" 3
if grep -q "needs more than 1 MB" err; then # a sanitizer ends the process instead
    is "tried again where there is enough" "$(status ingest --store small.db band/videos/00000000.mp4)" 0
fi
is "a changed file is tried again" "$(head -c 9999 band/videos/00000000.mp4 >x.mp4
    status ingest --store x.db x.mp4)$(cp band/videos/00000000.mp4 x.mp4; status ingest --store x.db x.mp4)" 30
is "too large" "$(status ingest --store lim.db --max-size 1 --max-duration 3 band/videos/00000000.mp4)" 3
yes_ "is said" grep -q "more than the limit of 3" err
: >empty.mp4
is "at the first failure" "$(status ingest --store fast.db --jobs 1 --fail-fast empty.mp4 band/videos)" 1
yes_ "is said" grep -q "as --fail-fast says" err
is "both at once" "$(status ingest --fail-fast --keep-going x.mp4)" 2

# Signals: 75 and the way to go on; a second one at once.
for sig in INT TERM USR1; do
    rm -f sig.db*
    "$PIPE" ingest --store sig.db --jobs 1 band/videos >out 2>err &
    pid=$!
    until [ "$(sqlite3 sig.db 'SELECT count(*) FROM features' 2>/dev/null)" ]; do sleep 0.01; done
    until [ "$(sqlite3 sig.db 'SELECT count(*) FROM features' 2>/dev/null)" -gt 0 ]; do sleep 0.01; done
    kill -$sig $pid
    wait $pid
    is "SIG$sig" $? 75
    yes_ "says how to go on" grep -q "the same command goes on" err
    is "nothing half done" "$(status "$PIPE" store verify --store sig.db)" 0
    is "no decoder is left" "$(pgrep -P $pid)" ""
    is "no lease is left" "$(sqlite3 sig.db 'SELECT count(*) FROM leases')" 0
done
"$PIPE" ingest --store two.db --jobs 1 band/videos >out 2>err &
pid=$!
until child=$(pgrep -P $pid); do sleep 0.01; done
kill -INT $pid
kill -INT $pid
wait $pid
code=$?
yes_ "twice is at once (or it was done with the first): $code" [ $code -eq 130 -o $code -eq 75 ]
for _ in $(seq 100); do # gone, or dead and not yet waited for by whoever adopted it
    state=$(awk '/^State/ {print $2}' /proc/"$child"/status 2>/dev/null)
    [ "${state:-Z}" != Z ] || break
    sleep 0.1
done
is "its decoder too" "${state:-Z}" Z

# A store that cannot be had.
if [ "$(id -u)" -ne 0 ]; then
    chmod 444 part1.db
    is "a read-only store" "$(status ingest --store part1.db band/videos)" 1
    yes_ "is named" grep -q "part1.db" err
fi
finish
