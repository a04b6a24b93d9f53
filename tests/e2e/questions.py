# SPDX-License-Identifier: MIT
"""Writes files of video questions without sound as their publishers write them, made-up
records with the oddities of the real ones, and counts anew what `avqa-pipe data check
--json` says of them.
  questions.py write DIR SEED     the files
  questions.py check DIR SET      the report on stdin against a count of SET's files"""
import collections
import csv
import json
import os
import random
import re
import string
import sys

WORDS = ["what", "who", "how", "when", "where"]
ANSWERS = ["man", "dog", "guitar", "two", "red", "street", "cut", "play", "ball"]
ACTIVITY = ["Motion", "Spatial", "Temporal", "Free Yes/No", "Free Color", "Free Object",
            "Free Location", "Free Number", "Free Other"]
JUST_ASK = ["What", "How", "Color", "Where", "Who", "When"]
FRAME = ["Frame Object", "Frame Number", "Frame Color", "Frame Location"]
SPLITS = ["train", "val", "test"]


def youtube_id(rng):
    return rng.choice("-_a") + "".join(rng.choices(string.ascii_letters + string.digits, k=10))


def dump(path, records):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(records, f)


# ---- writers ----

def rare(rng, k):
    """A few answers are frequent, some occur once; some have several words."""
    return rng.choice(ANSWERS) if rng.random() < 0.8 else f"rare {k}"


def write_numbered(folder, rng, category):
    os.makedirs(folder)
    number = 0
    for s, split in enumerate(SPLITS):
        records = []
        for _ in range(60 if s == 0 else 20):
            r = {"id": number, "video_id": rng.randrange(s * 10, s * 10 + 10),
                 "question": rng.choice(WORDS) + rng.choice([" is a man cutting?", " sings ?", "'s there?"]),
                 "answer": rare(rng, number).split()[0] if rng.random() < 0.9 else f"w{number}"}
            if category:
                r = {"answer": r["answer"], "category_id": rng.randrange(20), **r}
            number += 1
            records.append(r)
        records[3]["answer"] = ""
        records[5]["video_id"] = None
        records[7]["question"] = "is it a dog?"
        dump(f"{folder}/{split}_qa.json", records)
    if not category:
        with open(f"{folder}/youtube_mapping.txt", "w", encoding="utf-8") as f:
            for k in range(28):
                f.write(f"{youtube_id(rng)}_{k}_{k + 10} vid{k}\n")


def write_activitynet(folder, rng):
    os.makedirs(folder)
    for s, split in enumerate(SPLITS):
        questions, answers = [], []
        for _ in range(12 if s == 0 else 4):
            video = youtube_id(rng)
            for k in range(10):
                of = {"question_id": f"{video}_{k}"}
                questions.append({"video_name": video, "question": "is the boy indoors", **of})
                answers.append({"answer": rare(rng, len(answers)), "type": rng.randrange(9), **of})
        answers[2]["type"] = 11
        del answers[5]
        answers.append({"answer": "x", "type": 0, "question_id": "nobody_0"})
        rng.shuffle(answers)
        dump(f"{folder}/{split}_q.json", questions)
        dump(f"{folder}/{split}_a.json", answers)


def write_tgif(folder, rng):
    os.makedirs(folder)
    heads = {"action": "gif_name question a1 a2 a3 a4 a5 answer vid_id key",
             "transition": "gif_name question a1 a2 a3 a4 a5 answer vid_id key",
             "count": "gif_name question answer vid_id key",
             "frameqa": "gif_name question answer type vid_id key description"}
    for split in ["Train", "Test"]:
        for kind, head in heads.items():
            rows = [head.split()]
            for k in range(40):
                key = rng.randrange(12) + (20 if split == "Test" else 0)
                gif, tag = f"tumblr_n{key}o1_400", kind.upper().replace("TRANSITION", "TRANS") + str(k)
                if kind in ("action", "transition"):
                    some = rng.sample(["nod", 'wave "hand"', "sit", "run", "hop", "bow"], 5)
                    rows.append([gif, "What does the man do ?", *some, rng.randrange(5), tag, key])
                elif kind == "count":
                    rows.append([gif, "How many times does he nod ?", rng.randrange(11), tag, key])
                else:
                    rows.append([gif, 'what is "red" ?', rare(rng, k), rng.randrange(4), tag, key, "a car ."])
            rows[4][0 if kind == "frameqa" else -3] = "" if kind == "frameqa" else 9
            if kind == "count":
                rows[4][2] = "many"
            rows[9].pop()
            with open(f"{folder}/{split}_{kind}_question.csv", "w", encoding="utf-8", newline="") as f:
                for row in rows:
                    f.write("\t".join(map(str, row)) + "\n")


def write_just_ask(folder, rng):
    for name, head in [("msrvtt", "question,answer,category_id,video_id,id,type"),
                       ("msvd", "question,answer,video_id,id,type"),
                       ("activitynet", "question,answer,video_id,type")]:
        os.makedirs(f"{folder}/{name}")
        for split in SPLITS:
            with open(f"{folder}/{name}/{split}.csv", "w", encoding="utf-8", newline="") as f:
                w = csv.DictWriter(f, head.split(","), lineterminator="\n")
                w.writeheader()
                for k in range(30):
                    of = {"question": 'what, or "who", sings?', "answer": rare(rng, k),
                          "category_id": 3, "video_id": rng.randrange(10), "id": k,
                          "type": rng.randrange(9 if name == "activitynet" else 6)}
                    if name == "activitynet":
                        of["video_id"] = youtube_id(rng)
                    if k == 8:
                        of["type"] = 9
                    w.writerow({c: of[c] for c in head.split(",")})


def write(folder, seed):
    rng = random.Random(seed)
    write_numbered(f"{folder}/msvd", rng, False)
    write_numbered(f"{folder}/msrvtt", rng, True)
    write_activitynet(f"{folder}/activitynet", rng)
    write_tgif(f"{folder}/tgif", rng)
    write_just_ask(f"{folder}/just-ask", rng)


# ---- a count of its own: (split, video, kind, answer, choices, task) of each question ----

def count_numbered(folder, prefix, names):
    found, bad = [], 0
    for split in SPLITS:
        with open(f"{folder}/{split}_qa.json", encoding="utf-8") as f:
            records = json.load(f)
        for r in records:
            if r["video_id"] is None or not r["answer"]:
                bad += 1
                continue
            word = re.split(r"[ ']", r["question"])[0]
            video = f"{prefix}{r['video_id']}"
            found.append((split, names.get(video, video),
                          word.capitalize() if word in WORDS else "Other", r["answer"], 0, "open"))
    return found, bad


def count_msvd(folder):
    with open(f"{folder}/youtube_mapping.txt", encoding="utf-8") as f:
        names = dict(reversed(line.split()) for line in f)
    return count_numbered(folder, "vid", names)


def count_msrvtt(folder):
    return count_numbered(folder, "video", {})


def count_activitynet(folder):
    found, bad = [], 0
    for split in SPLITS:
        with open(f"{folder}/{split}_q.json", encoding="utf-8") as f:
            questions = json.load(f)
        with open(f"{folder}/{split}_a.json", encoding="utf-8") as f:
            answers = json.load(f)
        sound = {a["question_id"]: a for a in answers if 0 <= a["type"] <= 8}
        bad += len(answers) - len(sound)
        for q in questions:
            a = sound.pop(q["question_id"], None)
            if a is None:
                bad += 1
            else:
                found.append((split, q["video_name"], ACTIVITY[a["type"]], a["answer"], 0, "open"))
        bad += len(sound)
    return found, bad


def tgif_row(row, split):
    choices = [row[f"a{k}"] for k in range(1, 6) if f"a{k}" in row]
    if choices:
        kind = "Action" if row["vid_id"].startswith("ACTION") else "Transition"
        return split, row["gif_name"], kind, choices[int(row["answer"])], len(choices), "choice"
    if "type" in row:
        return split, row["gif_name"], FRAME[int(row["type"])], row["answer"], 0, "open"
    return split, row["gif_name"], "Count", str(int(row["answer"])), 0, "count"


def count_tgif(folder):
    found, bad = [], 0
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".csv")):
        with open(f"{folder}/{name}", encoding="utf-8") as f:
            lines = f.read().split("\n")[:-1]
        head = lines[0].split("\t")
        for line in lines[1:]:
            fields = line.split("\t")
            try:
                if len(fields) != len(head) or not fields[0]:
                    raise ValueError
                found.append(tgif_row(dict(zip(head, fields)), name.split("_")[0].lower()))
            except (ValueError, IndexError):
                bad += 1
    return found, bad


def count_just_ask(folder):
    found, bad = [], 0
    which = os.path.basename(folder)
    kinds = ACTIVITY if which == "activitynet" else JUST_ASK
    prefix = {"msrvtt": "video", "msvd": "vid", "activitynet": ""}[which]
    for split in SPLITS:
        with open(f"{folder}/{split}.csv", encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f):
                if int(row["type"]) >= len(kinds):
                    bad += 1
                else:
                    found.append((split, prefix + row["video_id"], kinds[int(row["type"])],
                                  row["answer"], 0, "open"))
    return found, bad


COUNTS = {"msvd": count_msvd, "msrvtt": count_msrvtt, "activitynet": count_activitynet,
          "tgif": count_tgif}


def same(what, have, want):
    if have != want:
        sys.exit(f"{what}: the program has {have}, the count {want}")


def check(folder, which):
    count = COUNTS.get(which, count_just_ask)
    found, bad = count(f"{folder}/{which}")
    report = json.load(sys.stdin)
    counter = collections.Counter
    same("questions", report["questions"], len(found))
    same("malformed", len(report["malformed"]), bad)
    same("splits", {s["split"]: (s["questions"], s["videos"]) for s in report["splits"]},
         {s: (n, len({f[1] for f in found if f[0] == s}))
          for s, n in counter(f[0] for f in found).items()})
    same("types", {t["modality"] + " " + t["kind"]: t["n"] for t in report["types"]},
         dict(counter("Visual " + f[2] for f in found)))
    same("answers", {a["answer"]: a["n"] for a in report["answers"]}, dict(counter(f[3] for f in found)))
    same("videos", report["per_video"]["videos"], len({f[1] for f in found}))
    same("tasks", {t: n for t, n in report["tasks"].items() if t != "choices" and n},
         dict(counter(f[5] for f in found)))
    same("choices", {c["of"]: c["n"] for c in report["tasks"]["choices"]},
         dict(counter(f[4] for f in found if f[4])))
    train = counter(f[3] for f in found if f[0] == "train")
    twice = {a for a, n in train.items() if n >= 2}
    cuts = [v for v in report["vocabularies"] if v["least"] == 2]
    same("a vocabulary that leaves some out", len(cuts), int(len(twice) < len(train)))
    if not cuts:
        return
    have = cuts[0]
    same("answers that occur twice", (have["answers"], have["of"]), (len(twice), len(train)))
    same("questions that they answer", {s["split"]: s["known"] for s in have["splits"]},
         {s: sum(f[3] in twice for f in found if f[0] == s) for s in {f[0] for f in found}})


if sys.argv[1] == "write":
    write(sys.argv[2], int(sys.argv[3]))
else:
    check(sys.argv[2], sys.argv[3])
