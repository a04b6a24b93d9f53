/* SPDX-License-Identifier: MIT */
/* A stand-in for the server of `avqa-pipe serve` with answers as the tests want them: slow, broken,
 * busy, from several models. Its numbers are made up, and it is used for nothing but tests of the page.
 *   node mock.js PORT CLIP.mp4     serves the page with CLIP as its example */
import {createHash} from "node:crypto";
import {readFileSync} from "node:fs";
import {createServer} from "node:http";
import {basename, dirname, join} from "node:path";
import {fileURLToPath} from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, "../../pipeline/serve/page");
const types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"};
const csp = "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:";
const known = new Set("which what how many instrument instruments sounds sound first do we see hear is the there a violin accordion in clip".split(" "));
const answers = ["accordion", "violin", "trumpet", "piano", "two", "three"];
const models = [
  {name: "toyband", title: "Toyband (CoQo)", default: true, networks: ["vggish_nano", "swin_nano"], answers,
    questions: ["which instrument sounds first?", "how many instruments do we see?", "how many instruments do we hear?", "which instrument sounds last?",
      "is there a violin in the clip?", "what is the leftmost instrument?", "what is the loudest instrument?", "where is the accordion?", "does the violin sound first?"]},
  {name: "linear", title: "Linear baseline", default: false, networks: ["vggish_nano", "swin_nano"], answers, questions: ["which instrument sounds first?"]},
  {name: "hcrn", title: "HCRN", default: false, networks: ["vggish_nano", "swin_nano"], answers, questions: ["which instrument sounds first?"]},
];

const clips = new Map(), asks = new Map(), feedback = [], listeners = new Map();
let busy = 0, going = false;

const wave = Array.from({length: 200}, (_, k) => (k < 50 ? 0.02 : 0.25 + 0.2 * Math.sin(k / 3) ** 2));

function addClip(bytes, name, example) {
  const id = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const clip = clips.get(id) || {id, name, seconds: 10, bytes: bytes.length, added: 1795790000, example, state: "new",
    video: {codec: "h264", width: 320, height: 240, fps: 15}, audio: {codec: "aac", rate: 44100, channels: 1}, data: bytes};
  clips.set(id, clip);
  return clip;
}

const shown = (clip) => JSON.parse(JSON.stringify({...clip, data: undefined, timer: undefined, events: undefined}));

function tell(clip, event, data) {
  (clip.events ||= []).push([event, data]);
  for (const r of listeners.get(clip.id) || [])
    r.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/* Features: three stages of ten steps. A clip called slow stops before the last until mock-go, one
 * called broken fails. */
function makeFeatures(clip) {
  if (clip.state !== "new")
    return;
  clip.state = "working";
  let k = 0;
  const step = () => {
    if (clip.name.startsWith("broken") && k === 4) {
      clip.state = "failed";
      clip.error = `${clip.name}: it has neither sound nor picture that can be decoded`;
      tell(clip, "failed", {error: clip.error});
    } else if (k === 30) {
      clip.state = "ready";
      tell(clip, "ready", {});
    } else if (clip.name.startsWith("slow") && k === 20 && !going) {
      setTimeout(step, 50);
    } else {
      tell(clip, "stage", {stage: ["decode", "sound", "picture"][Math.floor(k / 10)], done: (k % 10) + 1, total: 10});
      k++;
      setTimeout(step, 5);
    }
  };
  step();
}

/* Of a model whose features are concepts. */
const cannot = "neither hearing nor sight knows the theremin; speech is heard 0:00 to 0:04";
const concepts = {none: 0.1, kinds: {}, lines: ["acoustic guitar heard 0:02 to 0:07, seen right", "speech heard 0:00 to 0:04"],
  heard: [{what: "acoustic_guitar", from: 2, to: 7, likely: 0.9}, {what: "speech", from: 0, to: 2, likely: 0.8}, {what: "speech", from: 3, to: 4, likely: 0.8}],
  seen: [{what: "acoustic_guitar", from: 0, to: 10, likely: 0.7, where: ["right"]}]};

function answerTo(question, model) {
  const unknown = question.toLowerCase().match(/[a-z]+/g)?.filter((w) => !known.has(w) && w === "violn") || [];
  const p = model === "linear" ? 0.52 : model === "hcrn" ? 0.83 : 0.968, counts = /how many/.test(question);
  const best = counts ? "three" : model === "linear" ? "violin" : "accordion";
  const claims = unknown.length === 0, sure = claims && p > 0.6;
  if (/theremin/.test(question))
    return {...answerTo("which instrument sounds first?", model), question, answer: null, sure: false, cannot_tell: cannot, warnings: [cannot], concepts};
  const grid = Array.from({length: 10}, (_, t) => Array.from({length: 25}, (_, k) => (k === 6 + (t % 3) ? 2 : k % 7 === 0 ? 0.4 : -0.05)));
  return {clip: "x", question, answer: claims ? best : null, probability: p, best_guess: best, sure,
    warnings: [...unknown.map((w) => `the model does not know the word "${w}" (did you mean "violin"?)`), ...(claims && !sure ? [`the model gives its best guess only ${Math.round(100 * p)} %`] : [])],
    unknown_words: unknown, did_you_mean: {}, absent: {}, unlike: {audio: 0.2, visual: 0.46}, model, default_model: model === "toyband",
    top: [{answer: best, probability: p}, {answer: counts ? "two" : "violin", probability: (1 - p) * 0.7}, {answer: "trumpet", probability: (1 - p) * 0.2}],
    attention: {audio: [0.07, 0.2, 0.19, 0.12, 0.06, 0.03, 0.04, 0.02, 0.05, 0.22], visual: [0.16, 0.11, 0.11, 0.07, 0.12, 0.19, 0.06, 0.07, 0.05, 0.06], grid: grid.map((r) => r.map((v) => Math.max(0, v) / 5)), grid_shape: [5, 5]},
    occlusion: {unit: "log-odds", answer: best, log_odds: 15.7, streams: {audio: {drop: 15.4, answer: "violin"}, visual: {drop: 2.2, answer: best}},
      audio: [5.4, 2.7, 8.8, 0.8, 0.85, 0.44, -0.4, -0.06, 0.23, 0.07], visual: [-0.26, 0.02, -0.15, 0.06, 0.05, 0.19, 0.06, -0.01, 0.02, 0.05], cells: grid[0], grid: grid.map((r, t) => (t % 2 ? null : r)), grid_shape: [5, 5]}};
}

function json(res, status, body, headers = {}) {
  res.writeHead(status, {"Content-Type": "application/json", ...headers});
  res.end(status === 204 ? undefined : JSON.stringify(body));
}

async function bodyOf(req) {
  const parts = [];
  for await (const p of req)
    parts.push(p);
  return Buffer.concat(parts);
}

const ready = async (clip) => {
  makeFeatures(clip);
  while (clip.state === "working")
    await new Promise((f) => setTimeout(f, 20));
};

async function ask(req, res) {
  const {clip: id, question, model = "toyband"} = JSON.parse(await bodyOf(req)), clip = clips.get(id);
  if (busy > 0) {
    busy--;
    return json(res, 503, {error: "too many questions at once"}, {"Retry-After": "1"});
  }
  if (!clip)
    return json(res, 404, {error: `there is no clip ${id}`});
  if (!/[a-z]/i.test(question))
    return json(res, 400, {error: "the question is empty: it has no word in it"});
  await ready(clip);
  if (clip.state === "failed")
    return json(res, 422, {error: clip.error});
  const list = asks.get(id) || [];
  const a = {n: list.length + 1, clip: id, question, model, time: 1795791000 + list.length, seconds_taken: 0.42, answer: answerTo(question, model)};
  asks.set(id, [...list, a]);
  return json(res, 201, a);
}

function sendMedia(req, res, clip) {
  const m = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range || ""), n = clip.data.length;
  const from = m ? Number(m[1]) : 0, to = m && m[2] ? Math.min(Number(m[2]), n - 1) : n - 1;
  res.writeHead(m ? 206 : 200, {"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "Content-Length": to - from + 1, ...(m ? {"Content-Range": `bytes ${from}-${to}/${n}`} : {})});
  res.end(clip.data.subarray(from, to + 1));
}

function events(req, res, clip) {
  res.writeHead(200, {"Content-Type": "text/event-stream"});
  listeners.set(clip.id, [...(listeners.get(clip.id) || []), res]);
  for (const [event, data] of clip.events || [])
    res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  makeFeatures(clip);
}

const line = (a) => ({n: a.n, clip: a.clip, name: clips.get(a.clip).name, question: a.question, model: a.model, time: a.time, answer: a.answer.answer});

async function ofClip(req, res, clip, what, n, query) {
  if (!what && req.method === "DELETE") {
    clips.delete(clip.id);
    return json(res, 204);
  }
  if (!what)
    return json(res, 200, shown(clip));
  const list = asks.get(clip.id) || [], one = list[Number(n || query.get("ask")) - 1];
  if (what === "media")
    return sendMedia(req, res, clip);
  if (what === "events")
    return events(req, res, clip);
  if (what === "sound")
    return json(res, 200, {seconds: 10, peaks: wave});
  if (what === "asks" && !n)
    return json(res, 200, list.map(line));
  if (!one)
    return json(res, 404, {error: `there is no question ${n} about this clip`});
  return json(res, 200, one, what === "export" ? {"Content-Disposition": `attachment; filename="answer.${query.get("as")}"`} : {});
}

const confusion = {answers: [...answers, "drum"], counts: [[40, 2, 0, 0, 0, 0, 0], [3, 31, 1, 0, 0, 0, 0], [0, 4, 22, 0, 0, 0, 0], [0, 0, 1, 18, 0, 0, 0], [0, 0, 0, 0, 55, 9, 0], [0, 0, 0, 0, 6, 47, 0], [0, 0, 0, 0, 0, 0, 0]]};

function records() {
  const id = [...clips.keys()][0];
  return confusion.counts.flatMap((row, r) => row.flatMap((n, g) => Array.from({length: n}, (_, k) => ({clip: "0000000" + (k % 4), id: k % 2 ? undefined : id,
    question: r > 3 ? "how many instruments do we see?" : "which instrument sounds first?", right: confusion.answers[r], given: confusion.answers[g],
    probability: 0.99 - 0.07 * ((k + g) % 8), sure: (k + g) % 8 < 5}))));
}

const point = (e) => ({epoch: e, step: 20 * e, seconds: 6 * e, lr: 1e-4, loss: 2.6 * 0.9 ** e + 0.2, train_accuracy: 0.95 - 0.7 * 0.88 ** e, val_loss: 2.5 * 0.92 ** e + 0.4, val_accuracy: 0.9 - 0.6 * 0.88 ** e, val_floor: 0.4});
const runs = () => [
  {id: 1, kind: "ingest", status: "done", started: 1795780000, finished: 1795780109, model: "", about: {arguments: ["avqa-pipe", "ingest", "videos"]}, config: {}, metrics: {}},
  {id: 2, kind: "train", status: "done", started: 1795781000, finished: 1795781150, model: "m.safetensors", about: {arguments: ["avqa-pipe", "train", "--annotations", "train.json"]}, config: {training: {epochs: 24, max_minutes: 0}}, metrics: {val_accuracy: 0.88, val_floor: 0.4, curve: Array.from({length: 24}, (_, k) => point(k + 1))}},
  {id: 3, kind: "eval", status: "done", started: 1795781200, finished: 1795781209, model: "m.safetensors", about: {}, config: {}, metrics: {overall: {n: 300, accuracy: 0.873, floor: 0.4}}},
  {id: 4, kind: "train", status: "running", started: 1795790000, finished: 0, model: "", about: {arguments: ["avqa-pipe", "train", "--annotations", "train.json", "--epochs", "30"]}, config: {training: {epochs: 30, max_minutes: 0}}, metrics: {curve: [1, 2, 3].map(point)}},
];

function runEvents(res) {
  res.writeHead(200, {"Content-Type": "text/event-stream"});
  let e = 4;
  const timer = setInterval(() => {
    res.write(`event: point\ndata: ${JSON.stringify(point(e++))}\n\n`);
    if (e > 12)
      clearInterval(timer);
  }, 60);
  res.on("close", () => clearInterval(timer));
}

async function api(req, res, path, query) {
  const [what, id, more, n] = path;
  if (what === "status")
    return json(res, 200, {version: "0.2.0", models, examples: [...clips.values()].filter((c) => c.example).map((c) => ({id: c.id, title: c.name, seconds: 10})), limits: {upload_bytes: 5e7, clips_bytes: 1e9, asks_at_once: 2}});
  if (what === "clips" && !id && req.method === "POST") {
    const clip = addClip(await bodyOf(req), query.get("name"), false);
    makeFeatures(clip);
    return json(res, 201, shown(clip));
  }
  if (what === "clips" && !id)
    return json(res, 200, [...clips.values()].map(shown));
  if (what === "clips")
    return clips.has(id) ? ofClip(req, res, clips.get(id), more, n, query) : json(res, 404, {error: `there is no clip ${id}`});
  if (what === "ask")
    return ask(req, res);
  if (what === "words")
    return json(res, 200, {words: (JSON.parse(await bodyOf(req)).question.match(/[A-Za-z]+/g) || []).map((word) => (known.has(word.toLowerCase()) ? {word, known: true} : {word, known: false, nearest: "violin"}))});
  if (what === "asks")
    return json(res, 200, [...asks.values()].flat().filter((a) => (a.question + " " + a.answer.answer).includes(query.get("q"))).map(line));
  if (what === "feedback") {
    feedback.push(JSON.parse(await bodyOf(req)));
    return json(res, 204);
  }
  if (what === "runs")
    return more === "events" ? runEvents(res) : json(res, 200, id ? runs()[id - 1] : runs());
  if (what === "evals")
    return json(res, 200, id ? {confusion, records: records()} : [{id: "test", name: "toyband, test", model: "toyband", n: 240, accuracy: 0.89}, {id: "recorded", name: "recorded", model: "toyband", n: 240, accuracy: 0.62}]);
  if (what === "mock-go") {
    going = true;
    return json(res, 204);
  }
  if (what === "mock-busy") {
    busy = Number(id);
    return json(res, 204);
  }
  return what === "mock-feedback" ? json(res, 200, feedback) : json(res, 404, {error: "no such address"});
}

function sendFile(res, name) {
  try {
    const bytes = readFileSync(join(page, basename(name || "index.html")));
    res.writeHead(200, {"Content-Type": types[name ? name.slice(name.lastIndexOf(".")) : ".html"] + "; charset=utf-8", "Content-Security-Policy": csp, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"});
    res.end(bytes);
  } catch {
    json(res, 404, {error: "no such address"});
  }
}

export function startMock(port, clipPath) {
  addClip(readFileSync(clipPath), "A band of three", true);
  const server = createServer((req, res) => {
    const url = new URL(req.url, "http://x"), path = url.pathname.split("/").filter(Boolean);
    if (path[0] === "api")
      api(req, res, path.slice(1), url.searchParams).catch((e) => json(res, 500, {error: e.message}));
    else
      sendFile(res, path[0]);
  });
  return new Promise((f) => server.listen(port, "127.0.0.1", () => f(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await startMock(Number(process.argv[2]), process.argv[3]);
