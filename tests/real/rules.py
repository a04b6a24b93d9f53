# SPDX-License-Identifier: MIT
"""Answers to questions about a clip by rules alone, from what was heard and seen, so that networks
can be compared without a model: the joined log-odds of model/concepts/evidence.h, and the answer that
they make likeliest."""
import re

import numpy as np

KINDS = ("accordion acoustic_guitar bagpipe banjo bassoon cello clarinet congas drum electric_bass erhu "
         "flute guzheng piano pipa saxophone suona trumpet tuba ukulele violin xylophone").split()
# What a kind's picture is taken for where sight has no class of its own, or a near one.
RELATIVES = {"ukulele": ["acoustic_guitar", "banjo", "electric_guitar"], "congas": ["drum"],
             "acoustic_guitar": ["electric_guitar"], "electric_bass": ["electric_guitar"]}
PRIOR = -3.0
SURE_OF_COUNT = 0.6  # the most that a number or a place is given
UNTESTED = {"bassoon", "electric_bass", "guzheng", "pipa", "suona"}  # no recording of them was checked


def pool(p):
    """Half the mean and half the mean of the best third of the seconds; p (T,K)."""
    best = np.sort(p, axis=0)[::-1][:max(1, len(p) // 3)]
    return np.clip(0.5 * p.mean(0) + 0.5 * best.mean(0), 0.001, 0.999)


def logit(p):
    return np.log(p / (1 - p))


def heard_odds(rows):
    """(T,26) of hearing's columns to a log-odds for each kind."""
    return 1.6 * logit(pool(rows[:, :len(KINDS)].astype(np.float64))) + 0.45


def seen_odds(rows, columns):
    """(T,1,4,18) of sight; the last of the cells is the best of the picture. NaN: nothing is said."""
    cells = rows.reshape(len(rows), -1, len(columns)).astype(np.float64)
    best = 0.9 * logit(pool(cells[:, -1])) + 2.0
    odds = np.full(len(KINDS), np.nan)
    for k, kind in enumerate(KINDS):
        own = [best[columns.index(kind)]] if kind in columns else []
        near = [best[columns.index(r)] - 1 for r in RELATIVES.get(kind, []) if r in columns]
        if own:
            odds[k] = max(own + near)
        elif near and max(near) > PRIOR:
            odds[k] = max(near)
    return odds


class Evidence:
    """Of a clip: log-odds of each kind, by either sense and joined, and the share of "none"."""

    def __init__(self, heard, seen):
        self.heard, self.seen = heard, seen
        self.joined = np.full(len(KINDS), PRIOR)
        for odds in (heard, seen):
            if odds is not None:
                self.joined += np.where(np.isnan(odds), 0, odds - PRIOR)
        e = np.exp(self.joined)
        self.share, self.none = e / (1 + e.sum()), 1 / (1 + e.sum())

    def tell(self, n=3):
        """The likeliest kinds with what each sense says, for people."""
        def one(odds, k):
            return "-" if odds is None or np.isnan(odds[k]) else f"{1 / (1 + np.exp(-odds[k])):.2f}"
        best = np.argsort(-self.joined)[:n]
        return ", ".join(f"{KINDS[k]} (heard {one(self.heard, k)}, seen {one(self.seen, k)})" for k in best)


def kind_of_question(question):
    """which, yes/no, count, where."""
    q = question.lower()
    if q.startswith("how many"):
        return "count"
    if q.startswith("where"):
        return "where"
    return "which" if re.match(r"(which|what)\b", q) else "yes/no"


def named_kind(question):
    words = question.lower().replace("_", " ")
    for kind in sorted(KINDS, key=len, reverse=True):
        if re.search(rf"\b{kind.replace('_', ' ')}s?\b", words):
            return kind
    return "acoustic_guitar" if "guitar" in words else None


def answer_yes_no(e, question):
    kind = named_kind(question)
    if kind is None:
        return "cannot tell", 1.0
    k = KINDS.index(kind)
    yes = 1 / (1 + np.exp(-e.joined[k]))
    if yes > 0.5:
        rival = np.delete(e.joined, k).max() > e.joined[k] + 1
        return "yes", max(0.51, 0.7 * yes) if rival else yes
    return "no", min(1 - yes, 0.8) if kind in UNTESTED else 1 - yes


def answer_count(e, question):
    """The kinds that are likelier than not and no more than 2 below the best; a kind and its
    relatives once. Two of a kind are not told from one."""
    taken = []
    for k in np.argsort(-e.joined):
        near = {KINDS[k], *RELATIVES.get(KINDS[k], [])}
        if e.joined[k] > 0 and e.joined[k] > e.joined.max() - 2 and not any(near & t for t in taken):
            taken.append(near)
    n = 1 if named_kind(question) else max(1, len(taken))
    return ["one", "two", "three"][min(n, 3) - 1], SURE_OF_COUNT


def answer(e, question):
    """(answer, how sure)."""
    kind = kind_of_question(question)
    if kind == "count":
        return answer_count(e, question)
    if kind == "where":
        return "indoor", SURE_OF_COUNT
    if kind == "yes/no":
        return answer_yes_no(e, question)
    if e.none > 0.5:
        return "cannot tell", e.none
    best = int(e.joined.argmax())
    return KINDS[best], e.share[best]
