# SPDX-License-Identifier: MIT
"""CoQo in PyTorch, written from its description alone: docs/coqo.md's formulas in the
order of its sections, with torch's own LSTM, attention and losses where it has them.

    coqo.py RUN_ANSWER RUN_ANSWER_F64

Compares one training step of several configurations (twin.py)."""
import math
import sys

import torch
import torch.nn.functional as F

from twin import Twin, main

CASES = [
    ("as it comes", 3, 4, 6, []),
    ("one question", 3, 1, 6, []),
    ("one video", 1, 3, 5, []),
    ("two layers, two heads", 2, 3, 5, ["layers=2", "heads=2", "ffn=2", "fusion=3"]),
    ("no learnable tokens", 3, 3, 5, ["tokens=0"]),
    ("lambda 0.3, learned", 3, 3, 5, ["lambda=0.3"]),
    ("lambda 0, not learned", 3, 3, 5, ["lambda=0", "learn_lambda=off"]),
    ("lambda 0.7, not learned", 3, 3, 5, ["lambda=0.7", "learn_lambda=off"]),
    ("lambda for each channel", 3, 3, 5, ["lambda_each=on", "lambda=0.2"]),
    ("each asks its own", 3, 3, 5, ["own_asking=on"]),
    ("each asks its own, two layers, no tokens", 3, 3, 5,
     ["own_asking=on", "layers=2", "tokens=0"]),
    ("tau 0.2, not learned", 3, 3, 5, ["tau=0.2", "learn_tau=off"]),
    ("no spatial QGT", 3, 3, 5, ["spatial=off"]),
    ("no temporal QGT", 3, 3, 5, ["temporal=off"]),
    ("one weighing of the cells for all", 3, 3, 5, ["own_pool=off"]),
    ("question only", 3, 3, 5, ["question_only=on"]),
    ("only the last word's state", 3, 3, 5, ["keep_words=off"]),
    ("no roles", 3, 3, 5, ["roles=0"]),
    ("one role", 3, 3, 5, ["roles=1"]),
    ("no fusion of a stream's own", 3, 3, 5, ["own_fusion=off"]),
    ("no second look", 3, 3, 5, ["hop=off"]),
    ("no second look, no roles", 3, 3, 5, ["hop=off", "roles=0"]),
    ("second look, one weighing of the cells for all", 3, 3, 5, ["own_pool=off", "roles=0"]),
    ("what is asked for not listened for", 3, 3, 5, ["subject=off"]),
    ("what is asked for listened for, no roles", 3, 3, 5, ["subject=on", "roles=0"]),
    ("what changes not seen", 3, 3, 5, ["changes=off"]),
    ("two features of each stream", 3, 4, 6, ["features=2"]),
    ("two features of each stream, no spatial QGT", 3, 3, 5, ["features=2", "spatial=off"]),
    ("two features of each stream, what changes not seen", 3, 3, 5,
     ["features=2", "changes=off"]),
    ("F'' alone read", 3, 4, 6, ["keep_seconds=off"]),
    ("F'' alone read, before LayerNorm", 3, 3, 5, ["keep_seconds=off", "highlight=raw"]),
    ("seconds not highlighted", 3, 3, 5, ["highlight=off"]),
    ("seconds highlighted before LayerNorm", 3, 3, 5, ["highlight=raw"]),
    ("L_AVC and L_intra of the streams themselves", 3, 4, 6, ["align_heads=off"]),
    ("choices", 3, 5, 6, ["answers=choice"]),
    ("choices, each asks its own, no second look", 3, 6, 5,
     ["answers=choice", "own_asking=on", "hop=off"]),
    ("counts", 3, 4, 6, ["answers=count"]),
    ("as model files of before", 3, 4, 6,
     ["highlight=raw", "keep_seconds=off", "keep_words=off", "roles=0", "own_fusion=off", "hop=off", "subject=off",
      "changes=off", "align_heads=off", "lambda=1"]),
]


class Coqo(Twin):
    network, title = "coqo", "CoQo"
    defaults = {"own_asking": "off", "tau": 0.07, "learn_tau": "on", "spatial": "on",
                "temporal": "on", "keep_seconds": "on", "own_pool": "on", "question_only": "off",
                "highlight": "normed", "keep_words": "on", "roles": 4, "own_fusion": "on",
                "hop": "on", "subject": "on", "changes": "on", "align_heads": "on"}

    def __init__(self, params, options):
        super().__init__(params, options)
        self.roles = int(self.o["roles"])
        self.hops = self.o["hop"] == "on" and self.o["question_only"] == "off"
        self.listens = self.hops and self.o["subject"] == "on"

    # 1 Inputs. q, z, o and s of each question, (B,N,d) each; None if they are not used.
    def questions(self, words, lengths):
        B, N, L = words.shape
        d = self.p["question.embedding"].shape[1]
        lstm = torch.nn.LSTM(d, d, batch_first=True).double()
        weights = [self.p["question.lstm." + n] for n in
                   ("in.weight", "state.weight", "in.bias", "state.bias")]
        x = torch.tanh(self.p["question.embedding"][words.reshape(B * N, L)])
        short = lengths.reshape(-1).clamp(min=1)
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, short, True, False)
        zeros = torch.zeros(1, B * N, d, dtype=torch.float64)
        y, h, _ = torch._VF.lstm(packed.data, packed.batch_sizes, (zeros, zeros), weights,
                                 True, 1, 0.0, True, False)
        h = h[0][packed.unsorted_indices]
        h = torch.where(lengths.reshape(-1, 1) > 0, h, torch.zeros_like(h))
        states, _ = torch.nn.utils.rnn.pad_packed_sequence(packed._replace(data=y), True, 0.0, L)
        del lstm
        q, z, o, sought = self.dense("question.out", h), None, None, None
        # Question by question, with the words that it has and no others.
        each = [(s[:n], w[:n], max(n, 1) ** 0.5)
                for s, w, n in zip(states, x, lengths.reshape(-1).tolist())]
        if self.o["keep_words"] == "on":
            sums = torch.stack([s.sum(0) / root for s, _, root in each])
            q = q + F.linear(sums, self.p["question.sum.weight"])
        if self.roles > 0 or self.hops:
            gates = [self.dense("question.gate", s) for s, _, _ in each]  # (L,1)
            o = torch.stack([(torch.sigmoid(g) * w).sum(0)
                             for g, (_, w, _) in zip(gates, each)])
        if self.roles > 0:
            z = torch.stack([self.signed(g, s, w) / root
                             for g, (s, w, root) in zip(gates, each)])
            z = F.linear(z, self.p["question.mix_roles.weight"])
        if self.listens:
            bags = [(torch.sigmoid(self.dense("question.gate_sought", w)) * w).sum(0) / root
                    for _, w, root in each]
            sought = self.dense("question.sought", torch.stack(bags))
        return [None if v is None else v.reshape(B, N, d) for v in (q, z, o, sought)]

    def signed(self, gate, states, words):
        """Gates (L,1), states (L,d), words (L,d) of one question -> (roles*d)."""
        u = F.linear(states, self.p["question.role.weight"])  # (L,roles)
        r = torch.tanh(u - (torch.softmax(gate, 0) * u).sum(0))
        return torch.einsum("lk,ld->kd", torch.sigmoid(gate) * r, words).flatten()

    # 3 Decoder: f (B,N,T,d), on (B,T)
    def decoder(self, name, f, q, on):
        B, N, T, d = f.shape
        shown = on[:, None, :].expand(B, N, T)

        def alpha(x):
            s = torch.einsum("bnd,bntd->bnt", q, x) / math.sqrt(d)
            s = torch.softmax(s.masked_fill(~shown, -1e30), -1).masked_fill(~shown, 0)
            return s[..., None]
        if self.o["highlight"] == "raw":
            f = self.norm(name + ".norm_f", f + alpha(f) * f)
        else:
            f = self.norm(name + ".norm_f", f)
        if self.o["highlight"] == "normed":
            count = on.sum(1)[:, None, None, None]
            f = f + self.p[name + ".gain"] * count * alpha(f) * f
        ask = self.norm(name + ".norm_q", q + self.p[name + ".cls"])[:, :, None, :]
        c = self.multi_head(name + ".cross", ask, f, shown)
        return c[:, :, 0] * on.any(1)[:, None, None]

    def mean_seconds(self, x, on):
        """x (B,T,..), on (B,T): the mean of the seconds that are there, or zeros."""
        rows = [v[s].mean(0) if s.any() else torch.zeros_like(v[0]) for v, s in zip(x, on)]
        return torch.stack(rows)

    def forward(self, b):
        q, z, o, sought = self.questions(b["words"], b["lengths"])
        asked = b["lengths"] > 0
        B, N, d = q.shape
        T = b["audio"].shape[1]
        if self.o["question_only"] == "on":
            c_a = c_v = mean = torch.zeros_like(q)
            cells = c_s = None
        else:
            f_a = self.dense("audio.in", b["audio"]) + self.p["audio.time"][:T]
            f_v = self.dense("visual.in", b["visual"])
            if "audio2" in b:
                f_a = f_a + self.dense("audio.in2", b["audio2"])
                f_v = torch.cat([f_v, self.dense("visual.in2", b["visual2"])], 2)
            mean = cells = c_s = None
            if self.roles > 0 or self.listens:
                mean = self.mean_seconds(self.dense("audio.mean", f_a), b["audio_on"])
                mean = mean[:, None].expand(B, N, d)
            if self.hops:
                cells = self.mean_seconds(self.dense("visual.cells", f_v), b["visual_on"])
                cells = cells[:, None].expand(B, N, *cells.shape[1:])
            if self.o["changes"] == "on":
                x = F.linear(b["changes"], self.p["visual.change.weight"])
                if "changes2" in b:
                    x = torch.cat([x, F.linear(b["changes2"],
                                               self.p["visual.change2.weight"])], 2)
                f_v = f_v + x
            f_v = f_v + self.p["visual.time"][:T, None] + self.p["visual.cell"]
            S = f_v.shape[2]
            cells_on = b["visual_on"][:, :, None].expand(B, T, S)
            if self.o["spatial"] == "on":
                f_v = self.qgt("visual.spatial", f_v, cells_on, q, asked)
            if self.o["own_pool"] == "on":
                look = self.dense("visual.pool", q)[:, None].expand(B, T, N, d)
            else:
                look = self.p["visual.pool_query"].expand(B, T, 1, d)
            v = self.attend(look, f_v, f_v, cells_on).transpose(1, 2)  # (B,P,T,d)
            a, on = f_a[:, None], [b["audio_on"], b["visual_on"]]
            if self.o["temporal"] == "on":
                before = a, v
                a = self.qgt("audio.temporal", a, b["audio_on"][:, None], q, asked)
                own = self.o["own_asking"] == "on" and v.shape[1] == N > 1
                v = self.qgt("visual.temporal", v,
                             b["visual_on"][:, None].expand(B, v.shape[1], T), q, asked,
                             own)
                if self.o["keep_seconds"] == "on":
                    a, v = torch.cat([before[0], a], 2), torch.cat([before[1], v], 2)
                    on = [torch.cat([x, x], 1) for x in on]
            a = a.expand(B, N, a.shape[2], d)
            c_a = self.decoder("audio.decoder", a, q, on[0])
            if self.listens:
                c_s = self.decoder("audio.subject", a, sought, on[0])
            c_v = self.decoder("visual.decoder", v.expand(B, N, v.shape[2], d), q, on[1])
        about = {"q": q, "z": z, "o": o, "s": sought}
        sound = {"c": c_a, "mean": mean, "subject": c_s}
        logits = self.answer(b["names"].tolist(), sound, c_v, cells, about)
        return {"logits": logits, "c_a": c_a, "c_v": c_v}

    # 5 Fusion and answer: mean (B,N,d), cells (B,N,S,cell)
    def answer(self, names, sound, c_v, cells, about):
        c_a, mean, (q, z, o, sought) = sound["c"], sound["mean"], about.values()
        f_av = self.dense("fusion.av", torch.tanh(torch.cat([c_a, c_v], -1)))
        parts = [f_av * q, f_av + q]
        if self.o["own_fusion"] == "on":
            parts += [c_a * self.dense("fusion.own_audio", q),
                      c_v * self.dense("fusion.own_visual", q)]
        if self.roles > 0 and not self.listens:
            parts += [mean * self.dense("fusion.compare", z) *
                      (1 + self.dense("fusion.compare_more", q))]
        if self.roles > 0:
            parts += [mean * self.dense("fusion.heard", o) *
                      (1 + self.dense("fusion.heard_more", q)),
                      c_v * self.dense("fusion.seen", o)]
        e = F.gelu(self.dense("fusion.mix", torch.cat(parts, -1)))
        logits = self.dense("fusion.answer", e)
        if not self.hops:
            return logits
        named = [k for k, word in enumerate(names) if word >= 0]
        words = torch.tanh(self.p["question.embedding"][[names[k] for k in named]])
        likely = logits[..., named]
        if self.listens:
            parts = [sound["subject"] * self.dense("fusion.own_subject", sought),
                     sound["subject"] + sought,
                     mean * self.dense("fusion.heard_subject", sought)]
            e = F.gelu(self.dense("fusion.mix_subject", torch.cat(parts, -1)))
            subject = self.dense("fusion.subject", e)
            likely = subject @ words.T
        n = torch.softmax(likely, -1) @ words
        by_word, by_name = self.look_for(o, q, cells), self.look_for(n, q, cells)
        parts = by_word + by_name + [n, q]
        if self.listens:
            k = torch.sigmoid(self.dense("fusion.subject_stands", q))
            f = (1 - k) * by_word[1] + k * by_name[1]
            parts += [f * self.dense("fusion.found_by", q), f, n * o]
            if self.roles > 0:
                parts += [subject * self.dense("fusion.subject_role", z)]
        e = F.gelu(self.dense("fusion.mix_found", torch.cat(parts, -1)))
        logits = logits + self.dense("fusion.answer_found", e)
        if self.listens:
            columns = torch.nn.functional.one_hot(
                torch.tensor(named, dtype=torch.long), len(names)).double()
            logits = logits + likely @ columns
        return logits

    def look_for(self, word, q, cells):
        by = self.dense("fusion.seek", word)
        s = torch.einsum("bnsc,bnc->bns", cells, by) / math.sqrt(by.shape[-1])
        a = torch.softmax(s, -1)
        what = torch.einsum("bns,bnsc->bnc", a, cells)
        where = a @ self.p["visual.places"]
        f = self.dense("fusion.found", torch.cat([what, where], -1))
        return [f * self.dense("fusion.found_by", q), f, what * by]

    # 4 Losses
    def similarity(self, x, y):
        scale = (torch.exp(self.p["align.log_scale"]) if self.o["learn_tau"] == "on"
                 else 1 / float(self.o["tau"]))
        return scale * F.normalize(x, dim=-1) @ F.normalize(y, dim=-1).transpose(-1, -2)

    def losses(self, b, out):
        logits, c_a, c_v = out["logits"], out["c_a"], out["c_v"]
        zero = torch.zeros((), dtype=torch.float64)
        out = {"qa": self.answer_loss(b, logits)}
        if self.o["question_only"] == "on":
            return {**out, "total": out["qa"]}
        count = (b["lengths"] > 0).sum(1)
        both = b["audio_on"].any(1) & b["visual_on"].any(1)
        pairs, truth = [], []
        for i, o in enumerate(b["others"].tolist()):
            if o < 0 or o == i or not both[i] or not both[o] or count[o] == 0:
                continue
            for k in range(int(count[i])):
                pairs += [torch.cat([c_a[i, k], c_v[i, k]]),
                          torch.cat([c_a[i, k], c_v[o, k % int(count[o])]])]
                truth += [1.0, 0.0]
        out["avm"] = zero
        if pairs:
            x = F.gelu(self.dense("match.in", torch.stack(pairs)))
            out["avm"] = F.binary_cross_entropy_with_logits(
                self.dense("match.out", x)[:, 0], torch.tensor(truth, dtype=torch.float64))
        if self.o["align_heads"] == "on":
            c_a, c_v = self.dense("align.audio", c_a), self.dense("align.visual", c_v)
        chosen = [i for i in range(len(count)) if both[i] and count[i] > 0]
        out["avc"] = zero
        if len(chosen) > 1:
            mean_a = torch.stack([c_a[i, :count[i]].mean(0) for i in chosen])
            mean_v = torch.stack([c_v[i, :count[i]].mean(0) for i in chosen])
            target = torch.arange(len(chosen))
            out["avc"] = (F.cross_entropy(self.similarity(mean_a, mean_v), target) +
                          F.cross_entropy(self.similarity(mean_v, mean_a), target)) / 2
        out["intra"] = zero
        rows = [[], []]
        for i in chosen:
            n = int(count[i])
            same = b["texts"][i, :n, None] == b["texts"][i, None, :n]
            hide = same & ~torch.eye(n, dtype=torch.bool)
            for way, (x, y) in enumerate([(c_a, c_v), (c_v, c_a)]):
                s = self.similarity(x[i, :n], y[i, :n]).masked_fill(hide, -1e30)
                for k in range(n):
                    if (~same[k]).any():
                        rows[way].append(F.cross_entropy(s[k], torch.tensor(k)))
        if rows[0]:
            out["intra"] = (torch.stack(rows[0]).mean() + torch.stack(rows[1]).mean()) / 2
        out["total"] = out["qa"] + 0.5 * (out["avm"] + out["avc"]) + 0.5 * out["intra"]
        return out


if __name__ == "__main__":
    sys.exit(main(Coqo, CASES))
