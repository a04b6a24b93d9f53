// SPDX-License-Identifier: MIT
// ONNX Runtime taking turns: says "ready", then for each line that comes in runs the network
// once and prints seconds, what was done, and processor seconds.
//   node peers_onnx.js NODE_MODULES BASE THREADS SHAPE    SHAPE: of an input, as 3x224x224
// BASE.{onnx,in,out} are peers_export.py's; the output has to be BASE.out.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [modules, base, threads, shape] = process.argv.slice(2);
const ort = require(path.join(modules, "onnxruntime-node"));
const common = require(path.join(modules, "onnxruntime-common"));

function floats(file) {
  const raw = fs.readFileSync(file);
  return new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
}

function compare(have, want) {
  let most = 0, size = 0, both = 0, ours = 0, theirs = 0;
  for (let k = 0; k < want.length; k++) {
    most = Math.max(most, Math.abs(have[k] - want[k]));
    size = Math.max(size, Math.abs(want[k]));
    both += have[k] * want[k];
    ours += have[k] * have[k];
    theirs += want[k] * want[k];
  }
  return { off: most / size, cosine: both / Math.sqrt(ours * theirs) };
}

async function main() {
  const session = await ort.InferenceSession.create(base + ".onnx", {
    executionProviders: ["cpu"], intraOpNumThreads: Number(threads), interOpNumThreads: 1,
    graphOptimizationLevel: "all", executionMode: "sequential",
  });
  const batch = Number(base.split("-").pop());
  const values = floats(base + ".in");
  const dims = [batch, ...shape.split("x").map(Number)];
  const feed = { x: new common.Tensor("float32", values, dims) };
  const first = await session.run(feed);
  const { off, cosine } = compare(first.y.data, floats(base + ".out"));
  if (!(off < 1e-4)) {
    throw new Error(`the output is off by ${off} of its size`);
  }
  const version = require(path.join(modules, "onnxruntime-node/package.json")).version;
  console.log(`ready ONNX Runtime ${version}, cosine ${cosine.toFixed(7)}`);
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const cpu = process.cpuUsage(), from = process.hrtime.bigint();
    await session.run(feed);
    const seconds = Number(process.hrtime.bigint() - from) / 1e9;
    const used = process.cpuUsage(cpu);
    console.log(`${seconds.toFixed(6)} ${batch} ${((used.user + used.system) / 1e6).toFixed(6)}`);
  }
}

main().catch((e) => {
  console.error(String(e));
  process.exit(1);
});
