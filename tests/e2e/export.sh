#!/usr/bin/env bash
# Features out as npy, npz, HDF5 and safetensors, read by other tools; features of other
# tools in, and a model trained on them.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
python=
for p in python3 /usr/bin/python3; do
    "$p" -c "import numpy" 2>/dev/null && python=$p && break
done
h5=1
"$PIPE" store export --format h5 --out x 2>&1 | grep -q "built without" && h5=0

yes_ "toyband" "$TOYBAND" --out band --videos 6 --seed 11 --quiet
odd="a.b 100% grün"
mv band/videos/00000001.mp4 "band/videos/$odd.mp4"
sed -i "s/\"00000001\"/\"$odd\"/" band/*.json
is "export of no store" "$(status "$PIPE" store export --format npy --out x)" 1
yes_ "says what to do" grep -q "ingest" err
is "ingest" "$(status "$PIPE" ingest -q band/videos)" 0

# Out.
formats="npy npz safetensors"
[ "$h5" = 1 ] && formats="$formats h5"
for f in $formats; do
    is "$f" "$(status "$PIPE" store export --format "$f" --out "$f/all" --json)" 0
    is "$f: all of it" "$(jq -s '.[-1].summary | [.arrays, .skipped] | tostring' out)" '"[12,0]"'
    is "$f again" "$(status "$PIPE" store export --format "$f" --out "$f/all" --json)" 0
    is "$f: nothing written" "$(jq -s '.[-1].summary.written' out)" 0
done
is "one npz" "$(status "$PIPE" store export --format npz --out one.npz)" 0
is "no such format" "$(status "$PIPE" store export --format csv --out x)" 2
is "padding to nothing" "$(status "$PIPE" store export --format npy --out x --pad zero)" 2
is "as MUSIC-AVQA's" "$(status "$PIPE" store export --format npy --out music --length 60 \
    --pad repeat-last --layout tchw --dtype f32)" 0
printf '%s\n00000002\nnobody\n' "$odd" >names
is "a list" "$(status "$PIPE" store export --format npy --out few --kind audio --list names --json)" 3
yes_ "who is missing" grep -q "nobody" err
is "two files" "$(jq -s '.[-1].summary.written' out)" 2
yes_ "by their names" test -s "few/audio/$odd.npy"
echo other >"few/audio/$odd.npy"
is "another file there" "$(status "$PIPE" store export --format npy --out few --kind audio --video "$odd")" 3
is "is kept" "$(cat "few/audio/$odd.npy")" other
is "unless forced" "$(status "$PIPE" store export --format npy --out few --kind audio --video "$odd" --force)" 0
yes_ "then it is right" cmp "few/audio/$odd.npy" "npy/all/audio/$odd.npy"

# What other tools see.
cat >look.py <<'EOP'
import glob, json, os, struct, sys, zipfile
import numpy as np

want = {}
for path in glob.glob("npy/all/*/*.npy"):
    kind, name = path.split("/")[-2], os.path.basename(path)[:-4]
    want[kind + "/" + name] = np.load(path)
    about = json.load(open(path + ".json"))
    assert about["presence"] == "1" * 10 and about["layout"] == "thwc"
assert len(want) == 12 and want["audio/" + sys.argv[1]].shape == (10, 128)

def same(have):
    assert sorted(have) == sorted(want), sorted(have)
    for key, a in want.items():
        assert have[key].dtype == a.dtype and np.array_equal(have[key], a), key

z = np.load("one.npz")
assert zipfile.ZipFile("one.npz").testzip() is None
same({k: z[k] for k in z.files if not k.startswith("about/")})
assert json.loads(z["about/audio/" + sys.argv[1]].tobytes())["provenance"]["extractor"] == "vggish_nano"
pairs = {}
for path in glob.glob("npz/all/*.npz"):
    for kind in ("audio", "visual"):
        pairs[kind + "/" + os.path.basename(path)[:-4]] = np.load(path)[kind]
same(pairs)

data = open("safetensors/all", "rb").read()
n, = struct.unpack("<Q", data[:8])
head = json.loads(data[8:8 + n])
meta = head.pop("__metadata__")
def tensor(t):
    a, b = t["data_offsets"]
    return np.frombuffer(data[8 + n + a:8 + n + b], {"F16": "<f2", "F32": "<f4"}[t["dtype"]]).reshape(t["shape"])
same({k: tensor(t) for k, t in head.items()})
assert max(t["data_offsets"][1] for t in head.values()) == len(data) - 8 - n
assert all(json.loads(meta[k])["rows"] == "as made" for k in want)

for key, a in want.items():
    m = np.load("music/" + key + ".npy")
    whole = np.concatenate([a, np.repeat(a[-1:], 50, 0)]).astype("f4")
    assert np.array_equal(m, whole.transpose(0, 3, 1, 2) if m.ndim == 4 else whole), key
    about = json.load(open("music/" + key + ".npy.json"))
    assert about["presence"] == "1" * 10 + "0" * 50 and about["rows"] == "padded"

if sys.argv[2] == "1":
    try:
        import h5py
    except ImportError:
        print("h5py is not there; HDF5 was not compared")
        sys.exit()
    h, found = h5py.File("h5/all", "r"), {}
    h.visititems(lambda k, o: found.update({k: o[...]}) if isinstance(o, h5py.Dataset) else None)
    same(found)
    assert json.loads(h["visual/" + sys.argv[1]].attrs["about"])["layout"] == "thwc"
EOP
if [ -n "$python" ]; then
    yes_ "numpy and h5py see the same" "$python" look.py "$odd" "$h5"
fi

# Back in: every row as it was.
rows() {
    "$PIPE" store info --store "$1" --json | jq -c '[.videos, .features, .made_by]'
}
for f in $formats; do
    for kind in audio visual; do
        is "$kind of $f back" "$(status "$PIPE" store import "$f/all" --kind $kind --store "$f.db")" 0
    done
    is "$f made the same store" "$(rows "$f.db")" "$(rows data/avqa-pipe/store.db)"
    is "$f: sound" "$(status "$PIPE" store verify --store "$f.db")" 0
    is "$f: as if ingested" "$(status "$PIPE" ingest --store "$f.db" band/videos --json)" 0
    is "$f: nothing made" "$(jq -s '.[-1].summary.made' out)" 0
    is "$f out again" "$(status "$PIPE" store export --format safetensors --out "again/$f" --store "$f.db")" 0
done

# Grids of another tool: 96 channels on 3 x 3, beside sound that was ingested.
cat >grids.py <<'EOP'
import json, os, sys
import numpy as np

os.makedirs("clip", exist_ok=True)
rng = np.random.default_rng(5)
for path in os.listdir("band/videos"):
    a = rng.standard_normal((10, 96, 3, 3)).astype(">f4" if path > "00000003" else "<f2")
    np.save("clip/" + path[:-4] + ".npy", np.asfortranarray(a) if path > "00000004" else a)
bad = rng.standard_normal((10, 96, 3, 3)).astype("f4")
bad[7, 1, 2, 0] = np.inf
os.makedirs("bad", exist_ok=True)
np.save("bad/inf.npy", bad)
np.save("bad/seven.npy", bad[:, :, :1, :1])
open("bad/cut.npy", "wb").write(open("clip/00000002.npy", "rb").read()[:5000])
open("bad/text.npz", "w").write("no archive")
np.savez_compressed("packed.npz", **{p[:-4]: np.load("clip/" + p[:-4] + ".npy") for p in os.listdir("band/videos")})
try:
    import h5py
    with h5py.File("theirs.h5", "w") as h:
        for p in os.listdir("band/videos"):
            h.create_dataset(p[:-4], data=np.load("clip/" + p[:-4] + ".npy"), compression="gzip")
    with h5py.File("elsewhere.h5", "w") as h:
        h.create_dataset("00000002", (10, 96, 3, 3), "f4", external=[("clip/00000002.npy", 128, 10 * 96 * 9 * 4)])
except ImportError:
    pass
EOP
if [ -n "$python" ]; then
    yes_ "grids" "$python" grids.py
    is "import" "$(status "$PIPE" store import clip --kind visual --name clip_vit --json)" 0
    is "all made" "$(jq -s '.[-1].summary | [.made, .unseen] | tostring' out)" '"[6,0]"'
    is "their shape" "$(jq -cs '[.[] | select(.video) | .shape] | unique' out)" "[[3,3,96]]"
    is "import again" "$(status "$PIPE" store import clip --kind visual --name clip_vit --json)" 0
    is "nothing to do" "$(jq -s '.[-1].summary.current' out)" 6
    is "the same, packed" "$(status "$PIPE" store import packed.npz --kind visual --name clip_vit --json)" 0
    is "is there" "$(jq -s '.[-1].summary.current' out)" 6
    if [ -e theirs.h5 ] && [ "$h5" = 1 ]; then
        is "the same in HDF5" "$(status "$PIPE" store import theirs.h5 --kind visual --name clip_vit --json)" 0
        is "is there too" "$(jq -s '.[-1].summary.current' out)" 6
        is "no file that a file names" "$(status "$PIPE" store import elsewhere.h5 --kind visual --name clip_vit)" 3
        yes_ "is opened" grep -q "elsewhere.h5.*other files" err
    fi
    is "bad ones" "$(status "$PIPE" store import bad --kind visual --name clip_vit --json)" 3
    is "are left out" "$(jq -s '.[-1].summary.skipped' out)" 4
    cp err of-json
    is "and counted by why" "$(jq -cs '.[-1].summary.refused' out)" '{"malformed":2,"not_finite":1,"not_fitting":1}'
    is "for people" "$(status "$PIPE" store import bad --kind visual --name clip_vit)" 3
    yes_ "in one line" grep -q "0 arrays imported, 0 there already, 4 left out (2 malformed, 1 with NaN" out
    cp of-json err
    yes_ "with the place of what is no number" grep -q "inf.npy.*inf in second 7 (cell 2, 0, channel 1)" err
    yes_ "and what does not fit" grep -q "seven.npy.*1x1x96.*3x3x96" err
    yes_ "or is cut short" grep -q "cut.npy.*cut short" err
    is "sound" "$(status "$PIPE" store verify)" 0
    is "two makes" "$(status "$PIPE" store export --format npy --out x --kind visual)" 1
    yes_ "are listed" grep -q "^  3: visual clip_vit imported" err
    is "one of them" "$(status "$PIPE" store export --format npz --out back.npz --provenance 3 --kind visual --layout tchw)" 0
    yes_ "as it came" "$python" -c "
import numpy as np
z = np.load('back.npz')
assert all(np.array_equal(z['visual/' + k], np.load('clip/' + k + '.npy')) for k in ['00000000', '00000005', '$odd'])"
    is "train on them" "$(status "$PIPE" train --annotations band/train.json --visual clip_vit --out m.safetensors \
        --dim 32 --heads 2 --tokens 2 --epochs 1 --lr 1e-3 --json)" 0
    is "eval" "$(status "$PIPE" eval --annotations band/test.json --model m.safetensors --json)" 0
    yes_ "every question" jq -e --argjson n "$(jq length band/test.json)" '.overall.n == $n' out
    is "ask cannot" "$(status "$PIPE" ask band/videos/00000002.mp4 "how many?" --model m.safetensors)" 1
    yes_ "and says why" grep -q "imported as 'clip_vit'" err

    # Without any video: the features stand in for it until it is there.
    is "only features" "$(status "$PIPE" store import clip --kind visual --name clip_vit --store only.db)" 0
    is "are a store" "$(status "$PIPE" store verify --store only.db)" 0
    "$PIPE" store ls --json --store only.db >out
    yes_ "which says so" jq -es 'length == 6 and all(.[]; .path == "" and (.notes | test("not seen")))' out
    is "with the videos" "$(status "$PIPE" store import clip --kind visual --name clip_vit --store only.db --videos band/videos)" 0
    is "they are known" "$("$PIPE" store ls --json --store only.db | jq -s 'map(select(.path == "")) | length')" 0
    is "ingest beside them" "$(status "$PIPE" ingest -q --store only.db band/videos)" 0
    is "three makes" "$("$PIPE" store info --store only.db --json | jq .features)" 18
fi

# Stopped on request: what is whole stays, and the same command goes on.
# stop_when PATH COMMAND...: sends SIGINT once the path is there and prints the status.
stop_when() {
    "${@:2}" >out 2>err &
    until [ -e "$1" ] || ! kill -0 $! 2>/dev/null; do sleep 0.002; done
    kill -INT $! 2>/dev/null
    wait $!
    echo $?
}
# A fast machine may be done before the signal is there.
stopped() {
    case $2 in
    75) yes_ "$1 says how to go on" grep -q "goes on" out ;;
    *) is "$1 was faster than the signal" "$2" 0 ;;
    esac
}
for k in $(seq 1 60); do
    echo "INSERT INTO videos SELECT NULL, 'copy $k', path, bytes, mtime_ns, sha256, duration_us, n_seconds,
        has_audio, has_video, notes, status, stage, reason, added_s, updated_s, dataset FROM videos WHERE name = '00000002';
        INSERT INTO features SELECT last_insert_rowid(), f.provenance_id, f.n_seconds, f.h, f.w, f.c, f.dtype,
        f.sha256, f.made_s, f.presence, f.data FROM features f JOIN videos v ON v.id = f.video_id
        WHERE v.name = '00000002' AND f.provenance_id < 3;"
done | sqlite3 data/avqa-pipe/store.db
export_much="$PIPE store export --format npy --out much --provenance 1 2"
# shellcheck disable=SC2086 # words of a command
stopped "export" "$(stop_when much/visual $export_much)"
is "nothing half" "$(find much -name '*.part' | wc -l)" 0
# shellcheck disable=SC2086
is "export goes on" "$(status $export_much --json)" 0
is "to the end" "$(jq -s '.[-1].summary.arrays' out)" 132
stopped "import" "$(stop_when much.db "$PIPE" store import much --kind visual --store much.db)"
is "a sound store" "$(status "$PIPE" store verify --store much.db)" 0
is "import goes on" "$(status "$PIPE" store import much --kind visual --store much.db --json)" 0
is "to its end" "$(jq -s '.[-1].summary | .made + .current' out)" 66

finish
