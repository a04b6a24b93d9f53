#!/usr/bin/env bash
# Ingest of 20 clips killed with SIGKILL at a random moment, ten times (KILLS), each finished
# by running it again: the store verifies, and features are those of an undisturbed run,
# byte for byte, though made with another number of workers.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
SEED=${SEED:-$$}
RANDOM=$SEED
echo "moments from SEED=$SEED"

# Everything that a feature row holds but when it was made.
dump() {
    sqlite3 "$1" "SELECT v.name, p.kind, f.n_seconds, f.h, f.w, f.c, f.dtype, f.sha256,
        hex(f.presence), hex(f.data) FROM features f JOIN videos v ON v.id = f.video_id
        JOIN provenance p ON p.id = f.provenance_id ORDER BY v.name, p.kind" | sha256sum
}

yes_ "toyband" "$TOYBAND" --out band --videos 20 --seed 5 --quiet
from=$(date +%s%N)
is "an undisturbed run" "$(status "$PIPE" ingest --store whole.db --jobs 2 --max-seconds 3 band/videos)" 0
took=$((($(date +%s%N) - from) / 1000000)) # ms
want=$(dump whole.db)
n_killed=0
kills=${KILLS:-10}
for k in $(seq "$kills"); do
    rm -f cut.db*
    "$PIPE" ingest --store cut.db --jobs 1 --max-seconds 3 band/videos >/dev/null 2>&1 &
    pid=$!
    ms=$((100 + RANDOM * took / 32768))
    sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
    kill -9 $pid 2>/dev/null && n_killed=$((n_killed + 1))
    wait $pid 2>/dev/null
    if [ -f cut.db ] && sqlite3 cut.db 'SELECT 1 FROM videos LIMIT 1' >/dev/null 2>&1; then
        is "verifies after kill $k" "$(status "$PIPE" store verify --store cut.db)" 0
    fi
    is "run $k finished" "$(status "$PIPE" ingest --store cut.db --jobs 2 --max-seconds 3 band/videos)" 0
    is "verifies at the end of $k" "$(status "$PIPE" store verify --store cut.db)" 0
    is "features of $k" "$(dump cut.db)" "$want"
done
yes_ "half were killed under way ($n_killed of $kills)" [ $((2 * n_killed)) -ge "$kills" ]

# A polite stop keeps what is done and says 75.
rm -f cut.db*
"$PIPE" ingest --store cut.db --jobs 1 --max-seconds 3 band/videos >/dev/null 2>err &
pid=$!
sleep "$(printf '%d.%03d' $((took / 2000)) $((took / 2 % 1000)))"
if kill -TERM $pid 2>/dev/null; then
    wait $pid
    is "exit status of an interrupt" $? 75
    yes_ "it says how to go on" grep -q "same command" err
fi
is "finished" "$(status "$PIPE" ingest --store cut.db --max-seconds 3 band/videos)" 0
is "features after the stop" "$(dump cut.db)" "$want"
finish
