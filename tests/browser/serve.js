/* SPDX-License-Identifier: MIT */
/* The page before the server itself: BASE is its address, PIPE the program, which has to say the same. */
import assert from "node:assert/strict";
import {execFile} from "node:child_process";
import {createServer, request} from "node:http";
import {after, before, test} from "node:test";
import {promisify} from "node:util";
import {answered, clipPath, closePage, findBarriers, giveFile, openPage, startBrowser, textOf} from "./common.js";

const base = process.env.BASE, run = promisify(execFile);
let browser;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

const ask = async (page, question) => {
  await page.fill("#question", question);
  await page.press("#question", "Enter");
  await page.waitForFunction((q) => [...document.querySelectorAll(".card .asked")].some((x) => x.textContent === q && x.parentNode.querySelector(".foot")), question);
};

test("a dropped clip is asked, and the card says what the program says", async () => {
  const page = await openPage(browser, base);
  await giveFile(page, "drop", "mine.mp4");
  await page.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
  await ask(page, "which instrument sounds first?");
  const {stdout} = await run(process.env.PIPE, ["ask", clipPath, "which instrument sounds first?", "--json", "--model", "toyband"]), told = JSON.parse(stdout);
  assert.equal(await textOf(page, ".big"), told.answer);
  assert.equal(await textOf(page, ".probabilities li .n"), (100 * told.probability).toPrecision(3) + " %");
  const most = told.occlusion.audio.indexOf(Math.max(...told.occlusion.audio));
  assert.match(await textOf(page, ".rests .jump"), new RegExp(`^${most} s of sound`));
  assert.equal(await page.locator(".row.heard rect").count(), told.occlusion.audio.length);
  assert.ok((await page.locator(".row.sound path").getAttribute("d")).length > 500, "a waveform");
  await page.click(".rests .jump");
  assert.equal(await page.evaluate(() => Math.floor(document.querySelector("video").currentTime)), most);
  await page.reload();
  await answered(page);
  assert.equal(await textOf(page, ".big"), told.answer, "its address brings it back");
  assert.deepEqual(await findBarriers(page), []);
  await closePage(page);
});

test("an example answers after one click; words that it does not know are underlined", async () => {
  const page = await openPage(browser, base);
  await page.click(".example");
  await answered(page);
  await page.fill("#question", "who plays the violn?");
  await page.waitForFunction(() => document.querySelector(".mirror u")?.textContent === "violn");
  await page.click("text=Use “violin”");
  assert.equal(await page.inputValue("#question"), "who plays the violin?");
  await page.click(".vote.wrong");
  await page.fill(".correct input", "piano");
  await page.press(".correct input", "Enter");
  await page.waitForSelector("text=the right answer is “piano”");
  await closePage(page);
});

test("a broken clip is told in a sentence", async () => {
  const page = await openPage(browser, base);
  await giveFile(page, "drop", "broken.mp4", process.env.BROKEN_CLIP);
  await page.waitForSelector("[role=alert]");
  assert.match(await textOf(page, "[role=alert]"), /broken\.mp4|invalid|not found|no .*(sound|stream)/i);
  await page.context().close();
});

test("a long clip plays, and answers once it has been listened to and looked at", async () => {
  const page = await openPage(browser, base);
  await giveFile(page, "drop", "long.mp4", process.env.LONG_CLIP);
  await page.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
  await ask(page, "which instrument sounds first?");
  await closePage(page);
});

test("two people ask at once, each about a clip of their own", async () => {
  const pages = await Promise.all([openPage(browser, base), openPage(browser, base)]);
  await giveFile(pages[0], "drop", "one.mp4");
  await giveFile(pages[1], "drop", "two.mp4", process.env.OTHER_CLIP);
  await Promise.all(pages.map((p) => p.waitForSelector("#question")));
  await Promise.all(pages.map((p, k) => ask(p, k ? "how many instruments do we see?" : "how many instruments do we hear?")));
  assert.notEqual(pages[0].url(), pages[1].url());
  assert.equal(await textOf(pages[1], ".card .asked"), "how many instruments do we see?");
  await Promise.all(pages.map(closePage));
});

test("two models side by side; mistakes and runs are there", async () => {
  const page = await openPage(browser, base);
  await page.click(".example");
  await answered(page);
  await page.check(".models label:nth-of-type(2) input");
  await ask(page, "which instrument sounds first?");
  await page.waitForFunction(() => document.querySelectorAll(".card .foot").length === 2);
  await page.click("nav >> text=Runs");
  await page.waitForSelector(".chart");
  await page.click("nav >> text=Evaluate");
  await page.waitForSelector(".matrix a");
  await page.click(".matrix a");
  await page.waitForSelector(".records li");
  await closePage(page);
});

/* The status of a request with such headers, which a browser would not send. */
const status = (headers) => new Promise((done, failed) => {
  const url = new URL(base + "/api/clips");
  request({host: url.hostname, port: url.port, path: url.pathname, headers}, (r) => {
    r.resume();
    done(r.statusCode);
  }).on("error", failed).end();
});

test("another site's page and another host's name are refused", async () => {
  assert.equal(await status({}), 200);
  assert.equal(await status({Origin: "http://evil.example"}), 403);
  assert.equal(await status({Host: "evil.example"}), 403);
  const other = createServer((q, r) => r.end("<!doctype html><title>x</title><main><p>x</main>"));
  await new Promise((f) => other.listen(0, "127.0.0.1", f));
  const page = await openPage(browser, `http://127.0.0.1:${other.address().port}/`);
  const got = await page.evaluate((at) => fetch(at + "/api/ask", {method: "POST", mode: "no-cors", body: "{}"}).then((r) => r.type, () => "refused"), base);
  assert.ok(got === "refused" || got === "opaque");
  assert.equal(await page.evaluate((at) => fetch(at + "/api/clips").then(() => "read", () => "refused"), base), "refused");
  await page.context().close();
  other.close();
});
