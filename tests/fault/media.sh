#!/usr/bin/env bash
# Broken media beside good clips, in one ingest: VARIANTS of them [150, or 1500 with
# --full], damaged from clips in 27 containers and codecs. The job ends with 0 or 3; the
# good clips' features are those of a run without the broken ones; the store verifies; each
# broken clip is done, with finite rows, or failed with a stage and a reason; none takes
# longer than a bound. Under sanitizers nothing may be reported.
#   KEEP=FOLDER   where to leave the media of the run
here=$(dirname "$(realpath "$0")")
. "$here/common.sh"

. "$here/bases.sh"
variants=${VARIANTS:-$(size 150 1500)}
most_seconds=${CLIP_SECONDS:-60} # that one clip may take, on a busy machine
python=/usr/bin/python3
[ -x $python ] || python=python3

yes_ "toyband" "$TOYBAND" --out band --videos 4 --seed 5 --quiet >/dev/null
n=$(make_bases band/videos/00000001.mp4 bases)
yes_ "clips in ten containers at least ($n)" [ "$n" -ge 10 ]
mkdir good
k=0
for f in bases/*; do
    cp "$f" "good/good_$((k++))_$(basename "$f")"
done
cp band/videos/*.mp4 good
yes_ "broken media" $python "$here/make_media.py" bases broken "$variants" "$SEED"
[ -z "${KEEP:-}" ] || cp -r good broken "$KEEP"

is "good clips by themselves" "$(status "$PIPE" ingest --store good.db --jobs 2 --max-seconds 2 good)" 0
rows good.db >good.rows
is "rows of all good clips" "$(cut -d'|' -f1 good.rows | sort -u | wc -l)" "$(ls good | wc -l)"

# ---- the run ----

code=$(status timeout -k 10 $((120 + variants * 2)) "$PIPE" ingest --store all.db --jobs 2 \
    --max-seconds 2 --json good broken/*)
cp out run.json
cp err run.err
yes_ "the job ends with 0 or 3 ($code; $(tail -n 1 run.err))" [ "$code" -eq 0 -o "$code" -eq 3 ]
crashes=$(grep -cE 'ERROR: (Address|Leak|Undefined)|runtime error:' run.err)
[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || crashes=$((crashes + 1))
is "reports of the sanitizers" "$(grep -m 3 -E 'ERROR: (Address|Leak|Undefined)|runtime error:' run.err)" ""
is "an outcome of each" "$(jq -s 'map(select(.video)) | length' run.json)" $((variants + $(ls good | wc -l)))
is "verifies" "$(status "$PIPE" store verify --store all.db)" 0
rows all.db | grep -vE '^[0-9]{5}-' >have.rows
wrong=$(comm -23 have.rows good.rows | wc -l)
lost=$(comm -13 have.rows good.rows | wc -l)
is "good clips are as without the broken ones: rows lost, wrong" "$lost $wrong" "0 0"
slowest=$(jq -s 'map(.took // 0) | max' run.json)
yes_ "no clip takes longer than $most_seconds s ($slowest)" \
    holds "$slowest <= $most_seconds"

# ---- what became of the broken ones ----

made=$(jq -s 'map(select(.video and (.path | contains("/broken/")) and .outcome == "made")) | length' run.json)
failed=$(jq -s 'map(select(.video and (.path | contains("/broken/")) and .outcome == "failed")) | length' run.json)
is "each was made or failed" $((made + failed)) "$variants"
is "failed ones without a reason" \
    "$(jq -s 'map(select(.outcome == "failed" and (.reason | length) < 10)) | length' run.json)" 0
is "in the store: failed ones without a stage or reason" "$(sqlite3 all.db "SELECT count(*)
    FROM videos WHERE status = 'failed' AND (stage = '' OR length(reason) < 10)")" 0
is "in the store: done ones without both rows" "$(sqlite3 all.db "SELECT count(*) FROM videos v
    WHERE status = 'ok' AND (SELECT count(*) FROM features f WHERE f.video_id = v.id) <> 2")" 0
is "rows that are not finite" "$($python - all.db <<'EOP'
import sqlite3
import sys

import numpy as np

bad = 0
for data, dtype in sqlite3.connect(sys.argv[1]).execute("SELECT data, dtype FROM features"):
    kind = "<f2" if str(dtype).lower() in ("f16", "0") else "<f4"
    bad += not np.isfinite(np.frombuffer(data, kind)).all()
print(bad)
EOP
)" 0

echo "reasons:"
jq -r 'select(.outcome == "failed") | .reason' run.json |
    sed -E 's#^/[^:]*: ##; s/[0-9]+/N/g; s/(0x)?[0-9a-f]{6,}/N/g' | cut -c 1-110 |
    sort | uniq -c | sort -rn >reasons
cat reasons
members=$(awk '{n = $1; $1 = ""; gsub(/["\\]/, ""); printf "%s\"%s\": %d", (NR > 1 ? ", " : ""), substr($0, 2), n}' reasons)
echo "$variants variants: $made ingested, $failed failed, $crashes crashes; slowest clip $slowest s"
# A clip survives where the job does: with a crash none has.
tally media "$variants" $((crashes ? 0 : made + failed)) "$lost" "$wrong"
finish_counts ", \"ingested\": $made, \"refused\": $failed, \"crashes\": $crashes, \"slowest\": $slowest, \"reasons\": {$members}"
