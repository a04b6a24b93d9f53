#!/usr/bin/env bash
# Several features of the picture and of the sound side by side in one training: made by the
# program, imported, grids of other shapes, pooled; evaluated, calibrated, asked and explained;
# and what is said where one of them is missing.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
export AVQA_STORE=$work/store.db
small="--epochs 1 --jobs 2"
tiny="--dim 32 --heads 2 --tokens 2"

# npy FILE SECONDS TOKENS CHANNELS: an array (T,S,C) of float32
npy() {
    python3 - "$@" <<'END'
import random, struct, sys
path, shape = sys.argv[1], tuple(map(int, sys.argv[2:]))
head = ("{'descr': '<f4', 'fortran_order': False, 'shape': %r, }" % (shape,)).ljust(117) + "\n"
n = shape[0] * shape[1] * shape[2]
draw = random.Random(path)
with open(path, "wb") as f:
    f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
    f.write(struct.pack("<%df" % n, *[draw.gauss(0, 1) for _ in range(n)]))
END
}

# train OPTIONS...: into m.safetensors
train() {
    # shellcheck disable=SC2086 # options
    status "$PIPE" train --annotations band/train.json --val band/val.json --out m.safetensors $small $tiny "$@"
}
eval_() { status "$PIPE" eval --annotations band/test.json --model m.safetensors --json "$@"; }
meta() { # KEY: of the model's metadata
    python3 -c 'import json, struct, sys
f = open("m.safetensors", "rb")
print(json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))["__metadata__"][sys.argv[1]])' "$1"
}

yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 11 --quiet
is "grids" "$(status "$PIPE" ingest --quiet --max-seconds 4 band/videos)" 0
is "pooled vectors, another sound" "$(status "$PIPE" ingest --quiet --max-seconds 4 --audio vggish_nano \
    --audio-weights seeded:3 --visual resnet18 --visual-weights seeded:1 --visual-options out=pooled \
    band/videos)" 0
mkdir tokens
for k in band/videos/*.mp4; do npy "tokens/$(basename "$k" .mp4).npy" 4 14 20; done
is "tokens of somebody else's" "$(status "$PIPE" store import tokens --kind visual --name tome14)" 0

is "which of them" "$(train --audio vggish_nano.safetensors)" 1
yes_ "is asked, or several" grep -q "visual features of 3 different makes; choose one with --visual TEXT.*--visual TEXT,TEXT" err
sound=$(sha256sum "$(dirname "$PIPE")/../model/default/vggish_nano.safetensors" 2>/dev/null | cut -c 1-12)
[ -n "$sound" ] || sound=vggish_nano.safetensors

# A grid of 5x5 beside tokens that have no places.
is "a grid and tokens" "$(train --audio "$sound" --visual swin_nano,tome14)" 0
is "their shapes" "$(meta shape)" '{"audio": [[1, 1, 128]], "visual": [[5, 5, 256], [1, 14, 20]]}'
is "and makers, in order" "$(meta extractors | jq -c '[.audio.extractor, (.visual | map(.extractor))]')" \
    '["vggish_nano",["swin_nano","tome14"]]'
is "evaluated" "$(eval_)" 0
n=$(jq length band/test.json)
is "every question" "$(jq .overall.n out)" "$n"
is "asked" "$(status "$PIPE" ask band/videos/00000001.mp4 "how many instruments?" --model m.safetensors)" 1
yes_ "of what cannot be made here" grep -q "imported as 'tome14'" err
is "the same as before on two threads" "$(cp m.safetensors first; train --audio "$sound" --visual swin_nano,tome14)" 0
yes_ "to the byte" cmp -s first m.safetensors
is "a run notes them" "$("$PIPE" runs ls --json --kind train | jq -s -c 'last.about.features.visual | map(.extractor)')" \
    '["swin_nano","tome14"]'

# A grid beside one vector, and two of the sound: all made here.
is "a grid and a vector" "$(train --audio vggish_nano.safetensors,seeded:3 --visual swin_nano,resnet18)" 0
is "their shapes" "$(meta shape)" '{"audio": [[1, 1, 128], [1, 1, 128]], "visual": [[5, 5, 256], [1, 1, 512]]}'
is "predictions" "$(eval_ --predictions p.csv)" 0
is "calibrated" "$(status "$PIPE" calibrate --annotations band/train.json --val band/val.json \
    --model m.safetensors --out c.safetensors)" 0
is "ask" "$(status "$PIPE" ask band/videos/00000001.mp4 "how many instruments are sounding?" --model m.safetensors \
    --json --explain page.html)" 0
yes_ "a weight for each cell of both" jq -e '.attention.grid_shape == [[5, 5], [1, 1]] and
    all(.attention.grid[]; length == 26 and (add | . > 0.999 and . < 1.001))' out
yes_ "and a drop" jq -e '(.occlusion.cells | length) == 26 and .occlusion.grid_shape == [[5, 5], [1, 1]]' out
is "the grid is drawn" "$(grep -o 'viewBox="0 0 5 5"' page.html | sort -u)" 'viewBox="0 0 5 5"'
"$TOYBAND" --out other --videos 2 --seed 12 --quiet >/dev/null
is "ask of a new clip" "$(status "$PIPE" ask other/videos/00000001.mp4 "how many instruments are sounding?" \
    --max-seconds 4 --model m.safetensors --json)" 0
is "all four are made" "$("$PIPE" store ls --json --dataset asked 2>/dev/null | jq -s 'length')" 1
cp out once
is "once more, from the store" "$(status "$PIPE" ask other/videos/00000001.mp4 "how many instruments are sounding?" \
    --max-seconds 4 --model m.safetensors --json)" 0
yes_ "the same" cmp -s once out
is "one weight file for two" "$(status "$PIPE" ask other/videos/00000001.mp4 "how many?" --model m.safetensors \
    --visual-weights seeded:1)" 1
yes_ "is one too few" grep -q "seeded:1: the model has 2 networks of this kind" err
is "two" "$(status "$PIPE" ask other/videos/00000001.mp4 "how many instruments are sounding?" --model m.safetensors \
    --max-seconds 4 --visual-weights ,seeded:1)" 0
is "another one" "$(status "$PIPE" ask other/videos/00000001.mp4 "how many?" --model m.safetensors \
    --visual-weights ,seeded:2)" 1
yes_ "is refused" grep -q "trained on visual features whose sha256" err

is "the baseline" "$(tiny='' train --network linear --audio "$sound" --visual swin_nano,resnet18,tome14)" 0
is "evaluated too" "$(eval_)" 0
is "from a model of fewer" "$(train --audio "$sound" --visual swin_nano --from first)" 1
yes_ "both are named" grep -q "5x5x256 and 1x14x20 (visual) values, but these have 128 and 5x5x256" err

# What is wrong with a choice.
is "one twice" "$(train --audio "$sound" --visual swin_nano,swin_nano)" 1
yes_ "is said" grep -q -- "--visual names the features of swin_nano twice" err
is "nothing between commas" "$(train --audio "$sound" --visual swin_nano,)" 1
yes_ "is said" grep -q "a name is missing beside a comma" err
is "one that is not there" "$(train --audio "$sound" --visual swin_nano,clip_vit_b32)" 1
yes_ "is named" grep -q "no visual features of clip_vit_b32" err

# A clip without one of them.
video=$(jq -r '.[0].video_id' band/test.json)
is "a model" "$(train --audio "$sound" --visual swin_nano,tome14)" 0
cp store.db back.db
sqlite3 store.db "PRAGMA foreign_keys = ON; DELETE FROM features WHERE
    video_id = (SELECT id FROM videos WHERE name = '$video') AND
    provenance_id = (SELECT id FROM provenance WHERE extractor = 'tome14')"
is "evaluated without it" "$(eval_)" 3
yes_ "clip, feature and command are named" grep -q \
    "$video is among them: .* no visual features by tome14.*avqa-pipe store import FILE... --kind visual --name tome14" err
sqlite3 store.db "PRAGMA foreign_keys = ON; DELETE FROM features WHERE
    provenance_id = (SELECT id FROM provenance WHERE extractor = 'tome14')"
is "without any" "$(eval_)" 1
yes_ "is said" grep -q "no visual features by tome14 like those that the model was trained on" err

# One that is longer than the others: neither gets into a store that has the other.
rm tokens/*
for k in band/videos/*.mp4; do npy "tokens/$(basename "$k" .mp4).npy" 5 14 20; done
is "tokens of five seconds" "$(status "$PIPE" store import tokens --kind visual --name tome14 --store long.db)" 0
is "and four of the others" "$(status "$PIPE" ingest --quiet --max-seconds 4 --store long.db band/videos)" 3
yes_ "are refused" grep -q "has 4 seconds, and features of 5 seconds were imported for it" err
# If it does get there, the clip is named, with both.
sqlite3 back.db "PRAGMA foreign_keys = ON; ATTACH 'long.db' AS long;
    DELETE FROM features WHERE video_id = (SELECT id FROM videos WHERE name = '$video') AND
        provenance_id = (SELECT id FROM provenance WHERE extractor = 'tome14');
    INSERT INTO features SELECT (SELECT id FROM videos WHERE name = '$video'),
        (SELECT id FROM provenance WHERE extractor = 'tome14'), n_seconds, h, w, c, dtype, sha256,
        made_s, presence, data FROM long.features
        WHERE video_id = (SELECT id FROM long.videos WHERE name = '$video')"
is "evaluated with it" "$(eval_ --store back.db)" 3
yes_ "both lengths are named" grep -q "$video: the store has 4 seconds of its audio by vggish_nano but 5 of its visual by tome14" err

# Features of another plan: two clips of two frames of each video instead of its seconds.
cp store.db plan.db
sqlite3 plan.db "PRAGMA foreign_keys = ON; DELETE FROM features WHERE
    provenance_id IN (SELECT id FROM provenance WHERE extractor = 'resnet18')"
is "clips of frames" "$(status "$PIPE" ingest --quiet --max-seconds 4 --visual resnet18 --visual-weights seeded:1 \
    --visual-options out=pooled,rows=2x2 --store plan.db band/videos)" 0
is "are not learned from" "$(train --audio "$sound" --visual resnet18 --store plan.db)" 1
yes_ "both plans are named" grep -q "by resnet18 have 2 clips of 2 frames, but models need one row per second" err
is "a model of seconds" "$(train --audio "$sound" --visual resnet18)" 0
is "is not asked about them" "$(eval_ --store plan.db)" 1
yes_ "how to make what it needs is said" grep -q -- "--visual-weights seeded:1 --visual-options out=pooled\`\$" err
yes_ "and the model's plan" bash -c "sed -n \"/^  The model's:/,/^  The store's:/p\" err |
    grep -q 'the frame shown at each second'"
yes_ "and the store's" bash -c "sed -n \"/^  The store's:/,\\\$p\" err | grep -q 'rows: 2 clips of 2 frames'"
finish
