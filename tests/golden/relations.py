# SPDX-License-Identifier: MIT
"""HCRN in PyTorch, written from its description alone (docs/hcrn.md): loops over clips, objects and
subsets as they are told there, with torch's own LSTM and batch normalisation.

    relations.py RUN_ANSWER RUN_ANSWER_F64

Compares one training step of several configurations (twin.py), what the network answers
afterwards, and the running statistics. Subsets are drawn by the generator of base/rng.h,
rewritten here."""
import sys

import torch
import torch.nn.functional as F

from twin import Twin, main

SEED_OF_STEP = 5  # run_answer.c's
ALWAYS = ["question-dropout=0", "word-dim=20"]
CLIPS = ["entries=7", "features=2", "clips=6"]
CASES = [
    ("as it comes", 3, 4, 6, CLIPS),
    ("one question", 3, 1, 6, CLIPS),
    ("one video, one question", 1, 1, 6, CLIPS),
    ("more rows than clips", 3, 2, 15, CLIPS),
    ("eight clips of sixteen frames", 3, 3, 8, ["entries=16", "features=2"]),
    ("the same subsets always", 3, 2, 6, CLIPS + ["draw=once", "subset-seed=3"]),
    ("three subsets of each size", 3, 2, 6, CLIPS + ["subsets=3"]),
    ("more subsets in use", 3, 2, 6, CLIPS + ["subsets=2", "subsets-in-use=40"]),
    ("no batch normalisation", 3, 3, 6, CLIPS + ["batch-norm=off"]),
    ("the other networks' question encoder", 3, 3, 6, CLIPS + ["encoder=shared"]),
    ("no motion", 3, 2, 6, ["entries=7", "clips=6"]),
    ("a frame a row", 3, 2, 6, ["features=2", "clips=6", "frames=6"]),
    ("a frame a row, no motion, few rows", 2, 2, 2, ["clips=5", "frames=5"]),
    ("sound", 3, 3, 8, ["entries=6", "features=2", "clips=8", "sound=on"]),
    ("sound, no whole sets", 3, 2, 8,
     ["entries=6", "features=2", "clips=8", "sound=on", "whole-set=off"]),
    ("choices", 3, 5, 6, CLIPS + ["answers=choice"]),
    ("choices, QGT on tokens", 3, 6, 6, CLIPS + ["answers=choice", "qgt=tokens", "lambda=0.3"]),
    ("choices, QGT on frames, the other encoder", 3, 6, 6,
     CLIPS + ["answers=choice", "qgt=frames", "lambda=0.3", "encoder=shared"]),
    ("counts", 3, 4, 6, CLIPS + ["answers=count"]),
    ("counts, QGT on tokens, sound", 3, 4, 8,
     ["entries=6", "features=2", "answers=count", "qgt=tokens", "sound=on"]),
    ("QGT on tokens", 3, 4, 6, CLIPS + ["qgt=tokens"]),
    ("QGT on tokens, lambda for each channel, sound", 3, 3, 8,
     ["entries=6", "features=2", "sound=on", "qgt=tokens", "lambda=0.3", "lambda-each=on"]),
    ("QGT on tokens, two layers, lambda 0.7 not learned", 3, 3, 6,
     CLIPS + ["qgt=tokens", "layers=2", "lambda=0.7", "learn-lambda=off"]),
    ("QGT on frames and motion", 3, 4, 6, CLIPS + ["qgt=frames", "lambda=0.3"]),
    ("QGT on frames, a frame a row, no learnable tokens", 3, 2, 6,
     ["features=2", "clips=6", "frames=6", "qgt=frames", "tokens=0", "lambda=0.3"]),
]
MASK = (1 << 64) - 1


def mix64(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


class Rng:
    """xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64."""

    def __init__(self, seed, stream):
        x, self.s = mix64(seed + 0x9E3779B97F4A7C15 & MASK) ^ stream, []
        for _ in range(4):
            x = x + 0x9E3779B97F4A7C15 & MASK
            self.s.append(mix64(x))

    def u64(self):
        def turn(x, k):
            return (x << k | x >> (64 - k)) & MASK
        a, b, c, d = self.s
        result = turn(b * 5 & MASK, 7) * 9 & MASK
        c, d = c ^ a, d ^ b
        self.s = [a ^ d, b ^ c, c ^ (b << 17 & MASK), turn(d, 45)]
        return result

    def below(self, n):
        top = (1 << 32) - 1
        while True:
            x = self.u64() >> 32
            if x < top - top % n:
                return x % n

    def subset(self, n, k):
        """The first k of a partial shuffle."""
        v = list(range(n))
        for j in range(k):
            at = j + self.below(n - j)
            v[j], v[at] = v[at], v[j]
        return frozenset(v[:k])

    def subsets(self, n, k, wanted):
        ways = 1
        for j in range(k):
            ways = ways * (n - j) // (j + 1)
        out = []
        while len(out) < min(wanted, ways):
            s = self.subset(n, k)
            if s not in out:
                out.append(s)
        return out


UNITS = ["clip.motion", "clip.question", "video.motion", "video.sound", "video.question"]


class Hcrn(Twin):
    network, title = "hcrn", "HCRN"
    defaults = {"clips": 8, "frames": 16, "subsets": 1, "subsets-in-use": 0, "draw": "anew",
                "subset-seed": 666, "encoder": "bilstm", "batch-norm": "on", "sound": "off",
                "whole-set": "on", "qgt": "off"}

    def __init__(self, params, options):
        super().__init__(params, {k.replace("learn-", "learn_"): v for k, v in options.items()})
        self.K = int(self.o["clips"])
        self.training = True
        self.step = Rng(SEED_OF_STEP, 1)
        self.running = {k: v.detach().clone() for k, v in self.p.items() if ".running_" in k}

    # 1 Conditional relation network
    def crn(self, name, groups, gated, whole=False):
        """groups: of each, its objects and its condition -> the objects of each."""
        anew = self.training and self.o["draw"] == "anew"
        rng = Rng(self.step.u64() if anew else int(self.o["subset-seed"]), UNITS.index(name))
        count = int(self.o["subsets"])
        if not self.training and int(self.o["subsets-in-use"]):
            count = int(self.o["subsets-in-use"])
        out = []
        for objects, condition in groups:
            n, new = len(objects), []
            for k in range(n if whole else n - 1, 1, -1):
                h = 0
                chosen = rng.subsets(n, k, count)
                for subset in chosen:
                    g = sum(objects[j] for j in subset) / k
                    x = torch.cat([g, condition.expand_as(g)], -1)
                    one = F.elu(self.dense(f"{name}.fuse.{n - k}", x))
                    if gated:
                        one = one * torch.sigmoid(self.dense(f"{name}.gate.{n - k}", x))
                    h = h + one / len(chosen)
                new.append(h)
            out.append(new)
        return out

    # 3 Question encoder: (B,N,d)
    def texts(self, b):
        """The questions, and the choices or None."""
        if "asked" not in b:
            return self.question(b["words"], b["lengths"]), None
        L = b["words"].shape[2]
        moved = torch.zeros_like(b["words"])
        for i, row in enumerate(b["asked"].tolist()):
            for k, first in enumerate(row):
                moved[i, k, :L - first] = b["words"][i, k, first:]
        return (self.question(b["words"], b["asked"]),
                self.question(moved, b["lengths"] - b["asked"]))

    def question(self, words, lengths):
        B, N, L = words.shape
        own = self.o["encoder"] == "bilstm"
        d = self.p["question.embedding"].shape[1]
        x = torch.tanh(self.p["question.embedding"][words.reshape(B * N, L)])
        short = lengths.reshape(-1).clamp(min=1)
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, short, True, False)
        ways = ["question.forth", "question.back"] if own else ["question.lstm"]
        weights = [self.p[f"{way}.{n}"] for way in ways for n in
                   ("in.weight", "state.weight", "in.bias", "state.bias")]
        size = weights[1].shape[1]
        zeros = torch.zeros(len(ways), B * N, size, dtype=torch.float64)
        _, h, _ = torch._VF.lstm(packed.data, packed.batch_sizes, (zeros, zeros), weights,
                                 True, 1, 0.0, True, own)
        h = torch.cat(list(h), -1)[packed.unsorted_indices]
        h = torch.where(lengths.reshape(-1, 1) > 0, h, torch.zeros_like(h))
        if not own:
            h = self.dense("question.out", h)
        return h.reshape(B, N, -1)

    # 2 Rows to clips, of video b: frames K x F x V, motion K x V
    def clips(self, b, i):
        rows = [t for t in range(b["visual"].shape[1]) if b["visual_on"][i, t]]
        n, K = len(rows), self.K
        seen = b["visual"][i]
        motion = b["visual2" if "visual2" in b else "visual"][i].mean(1)
        if "entries" in self.o:
            at = [rows[(2 * k + 1) * n // (2 * K)] for k in range(K)]
            return [list(seen[t]) for t in at], [motion[t] for t in at]
        R, frames, moves = int(self.o["frames"]), [], []
        places = torch.linspace(0, n, K + 2, dtype=torch.float64) + 1e-9
        for centre in places.long().tolist()[1:-1]:
            window = [rows[min(max(t, 0), n - 1)] for t in range(centre - R // 2,
                                                                centre - R // 2 + R)]
            frames.append([seen[t].mean(0) for t in window])
            moves.append(motion[rows[min(centre, n - 1)]])
        return frames, moves

    def sound(self, b, i):
        on = b["audio_on"][i]
        if not on.any():
            return torch.zeros(self.p["audio.in.weight"].shape[0], dtype=torch.float64)
        x = self.dense("audio.in", b["audio"][i][on].mean(0))
        if "audio2" in b:
            x = x + self.dense("audio.in2", b["audio2"][i][on].mean(0))
        return x

    def lstm_end(self, x):
        """x: a list of rows -> the last state."""
        w = [self.p["visual.sequence." + n] for n in
             ("in.weight", "state.weight", "in.bias", "state.bias")]
        zeros = torch.zeros(1, 1, w[1].shape[1], dtype=torch.float64)
        _, h, _ = torch._VF.lstm(torch.stack(x)[:, None], (zeros, zeros), w, True, 1, 0.0,
                                 True, False, False)
        return h[0, 0]

    # All rows of the batch go through a relation network together, as subsets are shared.
    def forward(self, b):
        B, N, _ = b["words"].shape
        q, choice = self.texts(b)
        d, asked = q.shape[-1], b["lengths"] > 0
        seen = asked.clone()  # of a question's candidates, the first
        if choice is not None:
            seen[:, 1:] &= b["candidate_of"][:, 1:] != b["candidate_of"][:, :-1]
        videos = [self.clips(b, i) for i in range(B)]
        K, size = self.K, len(videos[0][0][0])
        frames = [[self.dense("visual.frame", torch.stack([v[0][k][f] for v in videos]))
                   for f in range(size)] for k in range(K)]  # K x F of (B,d)
        motion = [self.dense("visual.motion", torch.stack([v[1][k] for v in videos]))
                  for k in range(K)]
        if self.o["qgt"] == "frames":
            x = torch.stack([torch.stack(frames[k] + [motion[k]], 1) for k in range(K)], 1)
            x = self.qgt("qgt", x, torch.ones(x.shape[:3], dtype=torch.bool), q, seen)
            frames = [list(x[:, k, :-1].unbind(1)) for k in range(K)]
            motion = list(x[:, :, -1].unbind(1))
        inside = self.crn("clip.motion", list(zip(frames, motion)), False)
        condition = self.dense("question.condition", q)
        inside = [[o[:, None].expand(B, N, d) for o in clip] for clip in inside]
        inside = self.crn("clip.question", [(clip, condition) for clip in inside], True)
        objects = [torch.stack(clip) for clip in inside]  # K of (M,B,N,d)
        moves = torch.stack([self.lstm_end(v[1]) for v in videos])
        moves = self.dense("visual.video_motion", moves)[:, None].expand(B, N, d)
        (objects,) = self.crn("video.motion", [(objects, moves)], False)
        whole = False
        if self.o["sound"] == "on":
            whole = self.o["whole-set"] == "on"
            heard = torch.stack([self.sound(b, i) for i in range(B)])
            heard = heard[:, None].expand(B, N, d)
            (objects,) = self.crn("video.sound", [(objects, heard)], False, whole)
        (objects,) = self.crn("video.question", [(objects, condition)], True, whole)
        tokens = torch.stack([o for group in objects for o in group], 2)  # (B,N,J*M,d)
        if self.o["qgt"] == "tokens":
            on = torch.ones(tokens.shape[:3], dtype=torch.bool)
            tokens = self.qgt("qgt", tokens, on, q, seen)
        x = [self.pool(tokens, q), self.dense("answer.question", q)]
        if choice is not None:
            x += [self.pool(tokens, choice), self.dense("answer.choice", choice)]
        return {"logits": self.answer(torch.cat(x, -1), asked)}

    # 4 Attention pooling
    def pool(self, v, q):
        by = F.linear(q, self.p["pool.q.weight"])[:, :, None]
        x = F.linear(v, self.p["pool.v.weight"])
        a = self.dense("pool.cat", torch.cat([x, by * x], -1))
        a = torch.softmax(self.dense("pool.attn", F.elu(a)), 2)
        return (a * v).sum(2)

    # 5 Output
    def answer(self, x, asked):
        x = F.elu(self.dense("answer.hidden", x))
        if self.o["batch-norm"] == "on":
            mean, var = (self.running["answer.norm.running_" + n] for n in ("mean", "var"))
            rows = x[asked]
            normed = F.batch_norm(rows, mean, var, self.p["answer.norm.weight"],
                                  self.p["answer.norm.bias"],
                                  self.training and len(rows) > 1, 0.1, 1e-5)
            x = torch.zeros_like(x).masked_scatter(asked[..., None], normed)
        return self.dense("answer.classify", x)

    def losses(self, b, out):
        loss = self.answer_loss(b, out["logits"])
        return {"qa": loss, "total": loss}

    def in_use(self, b):
        self.training = False
        with torch.no_grad():
            return {"in_use": self.forward(b)["logits"]}

    def moved(self):
        return self.running


if __name__ == "__main__":
    sys.exit(main(Hcrn, [(*case[:-1], case[-1] + ALWAYS) for case in CASES]))
