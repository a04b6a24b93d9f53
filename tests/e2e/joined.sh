#!/usr/bin/env bash
# Features by clips of frames: made from videos, and HCRN's HDF5 files (the features of
# all videos in one array, joined by ids in any order) in and out, as h5py sees them.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
if "$PIPE" store export --format h5 --out x 2>&1 | grep -q "built without"; then
    echo "built without HDF5: skipped"
    exit 77
fi
python=
for p in python3 /usr/bin/python3; do
    "$p" -c "import h5py" 2>/dev/null && python=$p && break
done

# Made here: 3 clips of 2 frames of each video, one of which is shorter than that.
mkdir videos
for k in 7 10 12; do
    ffmpeg -v error -f lavfi -i "testsrc2=s=96x64:r=25:d=$((k - 6))" -frames:v $((k == 7 ? 2 : 500)) "videos/vid$k.mp4"
done
by_clips="--audio vggish_nano --audio-weights seeded:1 --visual resnet18 --visual-weights seeded:1"
# shellcheck disable=SC2086 # words of a command
is "ingest" "$(status "$PIPE" ingest $by_clips --visual-options rows=3x2,out=pooled videos --json)" 0
yes_ "the short one is noted" grep -q "2 frames are too few for 3 clips of 2" out
# shellcheck disable=SC2086
is "and again" "$(status "$PIPE" ingest $by_clips --visual-options rows=3x2,out=pooled videos --json)" 0
is "finds it made" "$(jq -s '.[-1].summary.current' out)" 3
is "no such rows" "$(status "$PIPE" ingest --visual resnet18 --visual-weights seeded:1 --visual-options rows=3 videos)" 1
is "export" "$(status "$PIPE" store export --format hcrn --out appearance.h5 --json)" 0
is "of three videos" "$(jq -s '.[-1].summary.arrays' out)" 3
is "export again" "$(status "$PIPE" store export --format hcrn --out appearance.h5 --json)" 0
is "is equal" "$(jq -s '.[-1].summary.equal' out)" 1
is "no clips of sound" "$(status "$PIPE" store export --format hcrn --kind audio --out x.h5)" 2
is "nor cut ones" "$(status "$PIPE" store export --format hcrn --length 2 --out x.h5)" 2
is "models" "$(status "$PIPE" train --annotations none.json --out m)" 1
is "the same as npy" "$(status "$PIPE" store export --format npy --kind visual --dtype f32 --out npy)" 0

# Seconds are no clips; a name without a number has no id, and two may not share one.
is "seconds" "$(status "$PIPE" ingest -q --store seconds.db videos)" 0
is "are no clips" "$(status "$PIPE" store export --store seconds.db --format hcrn --out x.h5)" 1
yes_ "which is said" grep -q "rows of 1 a second, but this format holds clips" err
cp videos/vid10.mp4 other10.mp4
cp videos/vid12.mp4 none.mp4
# shellcheck disable=SC2086
is "odd names" "$(status "$PIPE" ingest -q $by_clips --visual-options rows=3x2,out=pooled --store odd.db videos/vid10.mp4 none.mp4)" 0
is "a name without an id" "$(status "$PIPE" store export --store odd.db --format hcrn --out x.h5 --json)" 3
yes_ "is left out" grep -q "none.*ends in no number" err
# shellcheck disable=SC2086
is "a second of that id" "$(status "$PIPE" ingest -q $by_clips --visual-options rows=3x2,out=pooled --store odd.db other10.mp4)" 0
is "is refused" "$(status "$PIPE" store export --store odd.db --format hcrn --out y.h5)" 1
yes_ "both named" grep -q "other10 and vid10 both end in the id 10\|vid10 and other10 both end in the id 10" err
[ -n "$python" ] || finish

cat >look.py <<'EOF'
import h5py, numpy as np
with h5py.File("appearance.h5") as f:
    assert sorted(f) == ["ids", "resnet_features"], sorted(f)
    a, ids = f["resnet_features"], f["ids"]
    assert a.shape == (3, 3, 2, 512) and a.dtype == np.float32, (a.shape, a.dtype)
    assert ids.shape == (3,) and np.issubdtype(ids.dtype, np.integer)
    for k, i in enumerate(ids[...]):
        want = np.load("npy/visual/vid%d.npy" % i)
        assert want.shape == (3, 2, 1, 512) and np.array_equal(a[k], want[:, :, 0]), i
EOF
yes_ "h5py sees each video at its id" "$python" look.py

# HCRN's own: other orders in each file, its ids 32-bit; video 4 could not be decoded.
cat >theirs.py <<'EOF'
import h5py, numpy as np
rng = np.random.default_rng(3)
ids = np.array([7, 10, 12, 4, 1234])
frames = rng.standard_normal((5, 8, 16, 24)).astype("f4")
clips = rng.standard_normal((5, 8, 24)).astype("f4")
frames[3] = clips[3] = 0
one, two = rng.permutation(5), rng.permutation(5)
assert not np.array_equal(one, two) and list(one) != sorted(one)
np.savez("want.npz", ids=ids, frames=frames, clips=clips)
with h5py.File("a.h5", "w") as f:
    f.create_dataset("resnet_features", data=frames[one])
    f.create_dataset("ids", data=ids[one].astype("i4"))
with h5py.File("m.h5", "w") as f:
    f.create_dataset("resnext_features", data=clips[two], compression="gzip")
    f.create_dataset("ids", data=ids[two])
def wrong(name, ids, a, key="resnet_features"):
    with h5py.File(name, "w") as f:
        f.create_dataset(key, data=a)
        f.create_dataset("ids", data=ids)
wrong("fewer.h5", ids[:4], frames)
wrong("twice.h5", np.array([7, 7, 12, 4, 5]), frames)
wrong("negative.h5", np.array([-7, 7, 12, 4, 5]), frames)
wrong("floats.h5", ids.astype("f4"), frames)
wrong("flat.h5", ids, frames[:, 0, 0])
wrong("nan.h5", ids[:1], np.full((1, 8, 16, 24), np.nan, "f4"))
wrong("many.h5", ids[:1], np.zeros((1, 65, 1, 2), "f4"))
wrong("words.h5", np.array([b"a"] * 5), frames)
whole = open("a.h5", "rb").read()
open("cut.h5", "wb").write(whole[: len(whole) // 2])
EOF
yes_ "HCRN's files" "$python" theirs.py
is "appearance" "$(status "$PIPE" store import a.h5 --kind visual --name hcrn_app --json)" 0
is "all of it, two videos unseen" "$(jq -s '.[-1].summary | [.made, .unseen] | tostring' out)" '"[5,2]"'
is "a clip's frames" "$(jq -cs '[.[] | select(.video) | .shape] | unique' out)" "[[16,1,24]]"
is "the videos by their ids" "$(jq -r '.video | select(.)' out | sort | tr '\n' ' ')" "1234 4 vid10 vid12 vid7 "
is "motion" "$(status "$PIPE" store import m.h5 --kind visual --name hcrn_mot --json)" 0
is "is of the same videos" "$(jq -r '.video | select(.)' out | sort | tr '\n' ' ')" "1234 4 vid10 vid12 vid7 "
is "again" "$(status "$PIPE" store import m.h5 --kind visual --name hcrn_mot --json)" 0
is "is there" "$(jq -s '.[-1].summary.current' out)" 5
is "a sound store" "$(status "$PIPE" store verify)" 0
is "without a name" "$(status "$PIPE" store import a.h5 --kind visual)" 1
is "of no sound" "$(status "$PIPE" store import a.h5 --kind audio --name x)" 3

# Out again: what each file had for each id, whatever the order.
make_of() { "$PIPE" store export --format npy --out none --kind visual 2>&1 | sed -n "s/^ *\([0-9]*\): visual $1 .*/\1/p"; }
is "appearance out" "$(status "$PIPE" store export --format hcrn --provenance "$(make_of hcrn_app)" --out a2.h5)" 0
is "motion out" "$(status "$PIPE" store export --format hcrn --provenance "$(make_of hcrn_mot)" --out m2.h5)" 0
cat >same.py <<'EOF'
import h5py, numpy as np
want = np.load("want.npz")
for path, key, name in ("a2.h5", "resnet_features", "frames"), ("m2.h5", "resnext_features", "clips"):
    with h5py.File(path) as f:
        ids, a = list(f["ids"][...]), f[key][...]
        assert sorted(ids) == sorted(want["ids"]) and a.shape == want[name].shape, (ids, a.shape)
        for k, i in enumerate(want["ids"]):
            assert np.array_equal(a[ids.index(i)], want[name][k]), (path, i)
EOF
yes_ "every video's as it was" "$python" same.py
is "in half precision" "$(status "$PIPE" store export --format hcrn --provenance "$(make_of hcrn_app)" --dtype f16 --out half.h5)" 0
is "and in" "$(status "$PIPE" store import half.h5 --kind visual --name hcrn_half --json)" 0
is "all of it" "$(jq -s '.[-1].summary.made' out)" 5
is "and out as float32" "$(status "$PIPE" store export --format hcrn --provenance "$(make_of hcrn_half)" --out single.h5)" 0
yes_ "rounded once" "$python" -c "
import h5py, numpy as np
a, b, c = (h5py.File(p)['resnet_features'][...] for p in ('a2.h5', 'half.h5', 'single.h5'))
assert b.dtype == np.float16 and c.dtype == np.float32
assert np.array_equal(a.astype('f2'), b) and np.array_equal(b.astype('f4'), c)"
"$PIPE" store export --format npy --out p --kind visual --provenance "$(make_of hcrn_app)" --video 4 vid7 >/dev/null
is "zeros were not decoded" "$(jq -r .presence p/visual/4.npy.json p/visual/vid7.npy.json | tr '\n' ' ')" "00000000 11111111 "

# A row a second of the unseen ones: their length is known only then.
"$python" -c "
import numpy as np; np.save('1234.npy', np.ones((20, 5), 'f4'))"
is "seconds beside clips" "$(status "$PIPE" store import 1234.npy --kind audio --name heard)" 0
is "a sound store still" "$(status "$PIPE" store verify)" 0

for bad in "fewer:4 ids for the features of 5" "twice:video 7 twice" "negative:-7 is not a video" "floats:not a list of integers" \
    "flat:are not videos, clips, frames and channels" "nan:hold nan" "many:up to 64 clips" "words:not a list of integers" "cut:a.h5\|damaged"; do
    is "${bad%%:*}" "$(status "$PIPE" store import "${bad%%:*}.h5" --kind visual --name bad --store bad.db)" 3
    yes_ "${bad%%:*} says why" grep -qe "${bad#*:}" err
done
is "none of it was taken" "$("$PIPE" store info --store bad.db --json | jq .features)" 0
finish
