# SPDX-License-Identifier: MIT
"""Compares what toyband --silent's questions say with its truth.jsonl."""
import csv
import json
import re
import sys

folder = sys.argv[1]
NUMBERS = ["zero", "one", "two", "three"]


def seen(scene):
    return [p for p in scene["players"] if p["place"] != "unseen"]


def at(scene, text):
    place = re.search("left|middle|right", text).group()
    return [p for p in seen(scene) if p["place"] == place][0]


def named(scene, name):
    return [p for p in seen(scene) if p["instrument"] == name][0]


def begun(scene):
    """Who is seen and plays, in order of entry."""
    return sorted((p for p in seen(scene) if p["phrases"]), key=lambda p: p["phrases"][0][0])


def answer(scene, text):
    """What the scene says to a question of words; None: not looked at here."""
    if "how many instruments" in text:
        return NUMBERS[len(seen(scene))]
    if text.startswith("where is the band"):
        return scene["scene"] + "s"
    if text.startswith("where does the band"):
        return "in the open" if scene["scene"] == "outdoor" else "in a room"
    if text.startswith("what is on") or text.startswith("what is in") or text.startswith("what is seen"):
        return at(scene, text)["instrument"]
    if "first" in text:
        return begun(scene)[0]["instrument"]
    if text.startswith("what does the one"):
        return "play music" if at(scene, text)["phrases"] else "rest"
    if text.startswith("is there a"):
        return "yes" if text.split()[3] in [p["instrument"] for p in seen(scene)] else "no"
    if text.startswith("where is the"):
        return {"left": "on the left", "middle": "in the middle",
                "right": "on the right"}[named(scene, text.split()[3])["place"]]
    if text.startswith("when does the"):
        p = named(scene, text.split()[3])
        if not p["phrases"]:
            return "never"
        return None
    return None


with open(f"{folder}/truth.jsonl", encoding="utf-8") as f:
    scenes = [json.loads(line) for line in f]
looked = wrong = 0


def compare(scene, text, have, want):
    global looked, wrong
    if want is None:
        return
    looked += 1
    if have != want:
        wrong += 1
        print(f"{scene['video_id']}: {text}: {have}, but {want}")


ids = {}
with open(f"{folder}/msvd/youtube_mapping.txt", encoding="utf-8") as f:
    for line in f:
        name, called = line.split()
        ids[name[:11]] = int(called[3:]) - 1
for split in ["train", "val", "test"]:
    for q in json.load(open(f"{folder}/msvd/{split}_qa.json", encoding="utf-8")):
        scene = scenes[q["video_id"] - 1]
        assert scene["split"] == split
        compare(scene, q["question"], q["answer"], answer(scene, q["question"]))
    said = {a["question_id"]: a for a in
            json.load(open(f"{folder}/activitynet/{split}_a.json", encoding="utf-8"))}
    for q in json.load(open(f"{folder}/activitynet/{split}_q.json", encoding="utf-8")):
        scene = scenes[ids[q["video_name"]]]
        compare(scene, q["question"], said[q["question_id"]]["answer"], answer(scene, q["question"]))
for split in ["Train", "Test"]:
    for kind in ["action", "transition", "count", "frameqa"]:
        with open(f"{folder}/tgif/{split}_{kind}_question.csv", encoding="utf-8") as f:
            for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
                scene, text = scenes[int(row["key"])], row["question"]
                if kind == "frameqa":
                    compare(scene, text, row["answer"], answer(scene, text))
                    continue
                if kind == "count":
                    p = named(scene, text.split()[5])
                    compare(scene, text, int(row["answer"]), len(p["phrases"]))
                    continue
                chosen = row[f"a{int(row['answer']) + 1}"]
                if kind == "action":
                    times = int(re.search(r"\d+", text).group())
                    fit = [k for k in range(1, 6) if row[f"a{k}"] in
                           [p["instrument"] for p in seen(scene) if len(p["phrases"]) == times]]
                    compare(scene, text, fit, [int(row["answer"]) + 1])
                else:
                    order = [p["instrument"] for p in begun(scene)]
                    compare(scene, text, chosen, order[order.index(text.split()[-2]) + 1])
print(f"{looked} answers compared, {wrong} wrong")
sys.exit(wrong > 0 or looked < 1000)
