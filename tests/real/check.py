# SPDX-License-Identifier: MIT
"""Questions about real clips, and how many are answered rightly, as Markdown tables.

    check.py AVQA_PIPE OUT PACKAGES [--real FOLDER] [--model FILE]
             --audio NAME [--audio-weights FILE] [--audio-options K=V,...] [--no-sight]

By rules on what is heard and seen (rules.py), or with --model by the model. check.sh runs it."""
import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections import OrderedDict

import numpy as np

import recordings
import rules

ASKED = "which instrument is it?"
# What somebody answers who neither hears nor sees the clip.
BLIND = {"yes/no": "no", "count": "one", "where": "indoor"}
SURE = 0.9


def parse():
    p = argparse.ArgumentParser()
    for name in ("pipe", "out", "packages"):
        p.add_argument(name)
    for name in ("--real", "--model", "--audio-weights", "--visual-weights"):
        p.add_argument(name)
    p.add_argument("--audio", default="hearing")
    p.add_argument("--audio-options", default="")
    p.add_argument("--no-sight", action="store_true")
    return p.parse_args()


ARGS = parse()


def run(*command):
    done = subprocess.run([ARGS.pipe, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"avqa-pipe {' '.join(command)}\nended with status {done.returncode}: "
                         f"{done.stderr.strip()}")
    return done


# ---- what is heard and seen ----

def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()[:12]


def weights_there():
    """Digests of the imported and the shipped weights that these networks may take."""
    lines = [json.loads(line) for line in run("weights", "ls", "--json").stdout.splitlines()]
    return [digest(o["path"]) for o in lines if o["name"] in ("hearing", "sight", "yamnet", "yamnet_concepts")]


THERE = weights_there()


def features(clip, *options):
    """Rows by these options of `features`, made once; None where the clip has no such stream."""
    given = [digest(o) if os.path.isfile(o) else o for o in (clip, *options)]
    name = hashlib.sha256(json.dumps([given, THERE]).encode()).hexdigest()[:24]
    path = os.path.join(ARGS.out, "features", name + ".npy")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        done = subprocess.run([ARGS.pipe, "features", clip, *options, "--out", path, "--quiet"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            if "has no" in done.stderr:
                return None
            raise SystemExit(f"features of {clip}: {done.stderr.strip()}")
    return np.load(path)


SIGHT = ("accordion acoustic_guitar banjo bassoon cello drum electric_guitar flute piano saxophone trumpet "
         "violin xylophone other_instrument people stage indoor outdoor").split()


def evidence(clip):
    options = ["--extractor", ARGS.audio]
    if ARGS.audio_weights:
        options += ["--weights", ARGS.audio_weights]
    if ARGS.audio_options:
        options += ["--options", ARGS.audio_options]
    heard, seen = features(clip, *options), None
    if not ARGS.no_sight and clip.endswith(".mp4"):
        weights = ["--weights", ARGS.visual_weights] if ARGS.visual_weights else []
        seen = features(clip, "--extractor", "sight", *weights)
    return rules.Evidence(None if heard is None else rules.heard_odds(heard),
                          None if seen is None else rules.seen_odds(seen, SIGHT))


# ---- asking ----

def ask_rules(clip, questions):
    e = evidence(clip)
    return [(*rules.answer(e, q), e.tell()) for q in questions]


def ask_model(clip, questions):
    options = ["--model", ARGS.model, "--store", os.path.join(ARGS.out, "asked.db"), "--json"]
    for name in ("audio_weights", "visual_weights"):
        if getattr(ARGS, name):
            options += ["--" + name.replace("_", "-"), getattr(ARGS, name)]
    lines = [json.loads(line) for line in run("ask", clip, *questions, *options).stdout.splitlines()]
    lines = [o for o in lines if "question" in o]
    if len(lines) != len(questions):
        raise SystemExit(f"ask {clip}: {len(questions)} questions and {len(lines)} answers")
    return [(said(o), o["probability"] or 0, told(o)) for o in lines]


def said(o):
    if o.get("cannot_tell"):
        return "cannot tell"
    return o["answer"] or o["best_guess"]


def told(o):
    """What the model heard and saw, or where it says nothing of this its likeliest answers."""
    c = o.get("concepts")
    if c and c.get("lines"):
        return "; ".join(c["lines"])
    return ", ".join(f"{t['answer']} {t['probability']:.2f}" for t in o["top"])


# ---- scores ----

class Row:
    def __init__(self, clip, question, right, answer, sure, told_of):
        self.clip, self.question, self.right = os.path.basename(clip), question, right.split("|")
        self.answer, self.sure, self.told = answer, sure, told_of
        self.kind = "cannot tell" if right == "cannot tell" else rules.kind_of_question(question)
        self.is_right = answer in self.right


def ask_all(cases):
    """cases: (clip, question, right answers)."""
    by_clip = OrderedDict()
    for clip, question, right in cases:
        by_clip.setdefault(clip, []).append((question, right))
    rows = []
    for clip, asked in by_clip.items():
        answers = (ask_model if ARGS.model else ask_rules)(clip, [q for q, _ in asked])
        rows += [Row(clip, q, r, *a) for (q, r), a in zip(asked, answers)]
    return rows


def blind(rows, kind):
    """Right by the answer that is always the same; of names, the one that is right most often."""
    if kind == "cannot tell":
        return 0
    if kind != "which":
        return sum(BLIND[kind] in r.right for r in rows)
    return max((sum(k in r.right for r in rows) for k in rules.KINDS), default=0)


def table(head, lines):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(str(x) for x in line) + " |")
    print()


def show_kinds(rows):
    lines, floor = [], 0
    for kind in ("which", "yes/no", "count", "where", "cannot tell"):
        some = [r for r in rows if r.kind == kind]
        if some:
            floor += blind(some, kind)
            lines.append((kind, sum(r.is_right for r in some), len(some), blind(some, kind)))
    lines.append(("**all**", sum(r.is_right for r in rows), len(rows), floor))
    table(("Question", "Right", "Asked", "Blind"), lines)


def show_instruments(rows):
    by = OrderedDict()
    for r in sorted(rows, key=lambda r: r.right[0]):
        by.setdefault(r.right[0], []).append(r)
    table(("Instrument", "Right", "Asked", "Otherwise called"),
          [(k, sum(r.is_right for r in v), len(v),
            ", ".join(f"{r.answer} {r.sure:.2f}" for r in v if not r.is_right)) for k, v in by.items()])


def show_sureness(rows):
    """Of what is claimed: that it cannot be told is no claim."""
    rows = [r for r in rows if r.answer != "cannot tell"]
    lines = []
    for low, high in ((SURE, 1.01), (0.7, SURE), (0.5, 0.7), (0, 0.5)):
        some = [r for r in rows if low < r.sure <= high]
        lines.append((f"over {low:g}" + (f", to {high:g}" if high < 1 else ""), len(some),
                      sum(not r.is_right for r in some)))
    table(("Said to be likely", "Answers", "Wrong"), lines)


def show_failures(rows):
    wrong = [r for r in rows if not r.is_right]
    if wrong:
        table(("Clip", "Question", "Right", "Answer", "Evidence"),
              [(r.clip, r.question, " or ".join(r.right), f"{r.answer} {r.sure:.2f}", r.told) for r in wrong])


def show(title, rows, is_one_each=False):
    print(f"## {title}\n")
    print(f"{sum(r.is_right for r in rows)} of {len(rows)} right.\n")
    show_kinds(rows)
    if is_one_each:
        show_instruments(rows)
    show_sureness(rows)
    show_failures(rows)


def show_others(rows):
    """Recordings of other instruments: the right thing to say is that it cannot be told."""
    print("## Debian's recordings of other instruments\n")
    named = [r for r in rows if not r.is_right]
    print(f"Of {len(rows)} nothing is named in {len(rows) - len(named)}; "
          f"named over {SURE}: {sum(r.sure > SURE for r in named)}.\n")
    table(("Recording", "Answer", "Evidence"),
          [(r.clip, r.answer if r.is_right else f"{r.answer} {r.sure:.2f}", r.told) for r in rows])


def describe():
    if ARGS.model:
        return f"By the model {os.path.basename(ARGS.model)}.\n"
    heard = " ".join(filter(None, [ARGS.audio, ARGS.audio_options]))
    whose = f" of {os.path.basename(ARGS.audio_weights)}" if ARGS.audio_weights else ""
    return f"By rules; sound by {heard}{whose}{'' if ARGS.no_sight else '; pictures by sight'}.\n"


def real_cases(folder):
    with open(os.path.join(folder, "questions.tsv"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, question, right = line.rstrip("\n").split("\t")
                yield os.path.join(folder, name), question, right


def main():
    found = recordings.unpack(ARGS.packages, os.path.join(ARGS.out, "recordings"))
    print(describe())
    show(f"Debian's recordings: {ASKED}",
         ask_all([(c, ASKED, r) for c, r in found if r != "cannot tell"]), True)
    show_others(ask_all([(c, ASKED, r) for c, r in found if r == "cannot tell"]))
    if ARGS.real:
        show("Real clips", ask_all(list(real_cases(ARGS.real))))


sys.exit(main())
