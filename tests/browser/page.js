/* SPDX-License-Identifier: MIT */
/* The page in a browser, before a stand-in for the server (mock.js). */
import assert from "node:assert/strict";
import {execFile} from "node:child_process";
import {readdirSync, readFileSync} from "node:fs";
import {after, before, test} from "node:test";
import {promisify} from "node:util";
import {answered, clipPath, closePage, findBarriers, giveFile, openPage, startBrowser, textOf} from "./common.js";
import {startMock} from "./mock.js";

const folder = new URL("../../pipeline/serve/page/", import.meta.url);
const MOST_BYTES = 81000;
let server, browser, base;

before(async () => {
  server = await startMock(0, clipPath);
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections?.();
  server?.close();
});

/* A test that gets a page and fails on whatever goes wrong in it. */
function onPage(name, f, {at = "/", ...options} = {}) {
  test(name, async () => {
    const page = await openPage(browser, base + at, options);
    try {
      await f(page);
    } catch (e) {
      e.message += page.faults.map((x) => "\nin the page: " + x).join("");
      await page.context().close();
      throw e;
    }
    await closePage(page);
  });
}

const time = (page) => page.evaluate(() => document.querySelector("video").currentTime);
const example = async (page) => {
  await page.click(".example");
  await answered(page);
};
const ask = async (page, question) => {
  await page.fill("#question", question);
  await page.press("#question", "Enter");
  await page.waitForFunction((q) => [...document.querySelectorAll(".card .asked")].some((x) => x.textContent === q && x.parentNode.querySelector(".foot")), question);
};

test("the page's files stay small, and put no text through a parser of HTML", () => {
  const files = readdirSync(folder).filter((f) => /\.(js|css|html)$/.test(f));
  const listed = readFileSync(new URL("meson.build", folder), "utf8");
  const all = files.map((f) => readFileSync(new URL(f, folder), "utf8"));
  const bytes = all.reduce((n, text) => n + Buffer.byteLength(text), 0);
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
  for (const [k, text] of all.entries()) {
    assert.ok(listed.includes(`'${files[k]}'`), `${files[k]} is in meson.build`);
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|eval\(/, files[k]);
    assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/, files[k]);
  }
});

onPage("an example answers after one click", async (page) => {
  await example(page);
  assert.equal(await textOf(page, ".big"), "accordion");
  assert.equal(await textOf(page, ".trust"), "Very likely right (97 %)");
  assert.match(page.url(), /#\/clips\/[0-9a-f]{16}\/1$/);
  assert.match(await textOf(page, "#live"), /^accordion\. Very likely right/);
});

onPage("a dropped clip plays, and Enter asks", async (page) => {
  await giveFile(page, "drop", "dropped.mp4");
  await page.waitForSelector("#question");
  assert.ok(await page.isHidden("#veil"));
  await page.waitForFunction(() => document.querySelector("video").currentTime > 0);
  await ask(page, "how many instruments do we see?");
  assert.equal(await textOf(page, ".big"), "three");
  assert.equal(await page.inputValue("#question"), "");
});

onPage("a pasted clip is taken, and a chosen one", async (page) => {
  await giveFile(page, "paste", "pasted.mp4");
  await page.waitForSelector("#question");
  await page.goto(base + "/");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.click("text=Choose a clip")]);
  await chooser.setFiles(clipPath);
  await page.waitForSelector("#question");
});

onPage("an empty file is refused in a sentence", async (page) => {
  await giveFile(page, "drop", "empty.mp4", "/dev/null");
  assert.equal(await textOf(page, ".sending [role=alert]"), "This file is empty.");
});

onPage("chips ask, unknown words are underlined, and the nearest is one click away", async (page) => {
  await example(page);
  await page.fill("#question", "does the violn sound first?");
  await page.waitForFunction(() => [...document.querySelectorAll(".mirror u")].some((u) => u.textContent === "violn"));
  await page.click("text=Use “violin” >> nth=-1");
  assert.match(await page.inputValue("#question"), /violin/);
  const before = await page.locator(".chips button").count();
  await page.click(".chips .more");
  assert.ok((await page.locator(".chips button").count()) > before);
  await page.click(".chips >> text=how many instruments do we hear?");
  await page.waitForFunction(() => document.querySelector(".card .asked")?.textContent === "how many instruments do we hear?" && document.querySelector(".card .foot"));
});

onPage("an answer that is not claimed says so, with a band for each warning", async (page) => {
  await example(page);
  await ask(page, "who plays the violn?");
  assert.equal(await textOf(page, ".big"), "Not sure");
  assert.match(await textOf(page, ".trust"), /does not know\. Its best guess: accordion \(97 %\)/);
  assert.match(await textOf(page, ".card .band.warn"), /^The model does not know the word "violn"/);
});

onPage("what was heard and seen has lanes and lines, and what cannot be told is said", async (page) => {
  await example(page);
  assert.equal(await page.locator(".names span").count(), 0);
  assert.equal(await page.locator(".sensed").count(), 0);
  await ask(page, "is there a theremin in the clip?");
  assert.equal(await textOf(page, ".big"), "Cannot tell");
  assert.equal(await textOf(page, ".trust"), "Neither hearing nor sight knows the theremin; speech is heard 0:00 to 0:04.");
  assert.equal(await page.locator(".card .band.warn, .card .probabilities").count(), 0);
  assert.deepEqual(await page.locator(".sensed li").allTextContents(), ["acoustic guitar heard 0:02 to 0:07, seen right", "speech heard 0:00 to 0:04"]);
  assert.deepEqual(await page.locator(".names > div").evaluateAll((lanes) => lanes.map((l) => l.className + " " + l.children.length)), ["heards 1", "heards 2", "seens 1"]);
  const [plot, lane] = [await page.locator(".plot").boundingBox(), await page.locator(".names span").first().boundingBox()];
  assert.ok(Math.abs((lane.x - plot.x) / plot.width - 0.2) < 0.01 && Math.abs(lane.width / plot.width - 0.5) < 0.01);
  await page.evaluate(() => {
    document.querySelector("video").pause();
    document.querySelector("video").currentTime = 3.5;
  });
  await page.waitForFunction(() => /^3 s: .*acoustic guitar heard, speech heard, acoustic guitar seen$/.test(document.querySelector(".plot").getAttribute("aria-valuetext")));
  assert.deepEqual(await findBarriers(page), []);
});

onPage("clicks and arrows jump, and L loops the strongest second", async (page) => {
  await example(page);
  await page.evaluate(() => document.querySelector("video").pause());
  const box = await page.locator(".plot").boundingBox();
  await page.mouse.click(box.x + box.width * 0.55, box.y + box.height / 2);
  assert.ok(Math.abs((await time(page)) - 5.5) < 0.1);
  await page.focus(".plot");
  await page.keyboard.press("ArrowRight");
  assert.equal(Math.floor(await time(page)), 6);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  assert.equal(Math.floor(await time(page)), 4);
  assert.match(await page.getAttribute(".plot", "aria-valuetext"), /^4 s: sound −0\.8, picture /);
  await page.keyboard.press("End");
  assert.equal(await page.getAttribute(".plot", "aria-valuenow"), "9");
  await page.keyboard.press("l");
  await page.waitForFunction(() => {
    const v = document.querySelector("video");
    v.back = v.back || (v.last > v.currentTime + 0.3 && v.last < 3.2);
    v.last = v.currentTime;
    return v.back;
  });
  assert.equal(Math.floor(await time(page)), 2);
  await page.keyboard.press("l");
  assert.equal(await page.getAttribute("[aria-keyshortcuts=L]", "aria-pressed"), "false");
});

/* How much of the heat map is not transparent: the sum of its alpha. */
const heat = (page) => page.evaluate(() => {
  const c = document.querySelector("canvas"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  return d.reduce((n, v, k) => n + (k % 4 === 3 ? v : 0), 0);
});

onPage("the heat map lies over the picture, as strong as its slider says, by occlusion or attention", async (page) => {
  await example(page);
  const strong = await heat(page), bars = await page.locator(".heard rect").nth(9).getAttribute("height");
  assert.ok(strong > 0);
  await page.fill(".heatlevel input", "0");
  assert.equal(await heat(page), 0);
  await page.fill(".heatlevel input", "1");
  assert.ok((await heat(page)) > strong);
  await page.check(".switch input[value=attention]", {force: true});
  assert.notEqual(await page.locator(".heard rect").nth(9).getAttribute("height"), bars);
  assert.match(await textOf(page, ".whybar .note"), /no reason/);
});

onPage("three models answer side by side, at an address of their own", async (page) => {
  await page.click(".example");
  await answered(page);
  for (const name of ["linear", "hcrn"])
    await page.check(`.models input[value=${name}]`);
  await ask(page, "which instrument sounds last?");
  await page.waitForFunction(() => document.querySelectorAll(".card .foot").length === 3);
  const tops = await page.$$eval(".card", (list) => list.map((c) => Math.round(c.getBoundingClientRect().top)));
  assert.equal(new Set(tops).size, 1, "in one row");
  assert.match(page.url(), /\/\d+,\d+,\d+$/);
  assert.equal(await page.getAttribute(".card:nth-of-type(1) .showwhy", "aria-pressed"), "true");
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".card .foot").length === 3);
  await page.setViewportSize({width: 375, height: 800});
  const lefts = await page.$$eval(".card", (list) => list.map((c) => Math.round(c.getBoundingClientRect().left)));
  assert.equal(new Set(lefts).size, 1, "below each other on a phone");
});

onPage("questions are a thread with addresses; back goes back; search finds; export downloads", async (page) => {
  await example(page);
  await ask(page, "how many instruments do we see?");
  await page.waitForFunction(() => document.querySelector(".thread li:first-child b")?.textContent === "three");
  await page.goBack();
  await page.waitForFunction(() => document.querySelector(".big")?.textContent === "accordion");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".exports >> text=JSON")]);
  assert.equal(download.suggestedFilename(), "answer.json");
  await page.click(".brand");
  await page.fill("#search", "do we see");
  await page.click(".history .asks a");
  await page.waitForFunction(() => document.querySelector(".big")?.textContent === "three");
  await page.goto(base + "/#/clips/0123456789abcdef");
  await page.waitForSelector("text=not on the server");
});

onPage("thumbs and the right answer reach the server", async (page) => {
  await example(page);
  await page.click(".vote.wrong");
  await page.fill(".correct input", "trumpet");
  await page.press(".correct input", "Enter");
  await page.waitForSelector("text=the right answer is “trumpet”");
  const list = await (await fetch(base + "/api/mock-feedback")).json();
  assert.deepEqual(list.map((x) => [x.verdict, x.right_answer]), [["wrong", undefined], ["wrong", "trumpet"]]);
});

onPage("copy as curl asks the same", async (page) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await example(page);
  await ask(page, "is it the violin's sound, or $HOME?");
  await page.click("text=Copy as curl");
  await page.waitForSelector("text=Copied");
  const line = await page.evaluate(() => navigator.clipboard.readText());
  const out = JSON.parse((await promisify(execFile)("bash", ["-c", line])).stdout);
  assert.equal(out.question, "is it the violin's sound, or $HOME?");
});

onPage("a slow clip plays and may be asked while its features are made", async (page) => {
  await giveFile(page, "drop", "slow.mp4", process.env.OTHER_CLIP);
  await page.waitForSelector("[data-stage=decode][aria-valuenow='100']");
  await page.waitForFunction(() => document.querySelector("video").currentTime > 0);
  await page.fill("#question", "how many instruments do we hear?");
  await page.press("#question", "Enter");
  await page.waitForSelector(".card.pending");
  assert.equal(await page.locator("[data-stage=picture]").count(), 0);
  await fetch(base + "/api/mock-go");
  await answered(page);
  assert.ok(await page.isHidden(".stages"));
});

onPage("a broken clip is told in a sentence", async (page) => {
  await giveFile(page, "drop", "broken.mp4", process.env.BROKEN_CLIP);
  assert.match(await textOf(page, ".notices [role=alert]"), /neither sound nor picture/);
  await page.fill("#question", "how many instruments do we hear?");
  await page.press("#question", "Enter");
  assert.match(await textOf(page, ".card.failed [role=alert]"), /neither sound nor picture/);
});

onPage("a busy server is asked again", async (page) => {
  await example(page);
  await fetch(base + "/api/mock-busy/1");
  await page.fill("#question", "how many instruments do we hear?");
  await page.press("#question", "Enter");
  await page.waitForSelector("text=the server is busy");
  await answered(page);
});

onPage("a server that is gone is told, and a second try works", async (page) => {
  await example(page);
  await page.route("**/api/ask", (r) => r.abort());
  await page.fill("#question", "how many instruments do we hear?");
  await page.press("#question", "Enter");
  assert.match(await textOf(page, ".card.failed [role=alert]"), /does not answer/);
  await page.unroute("**/api/ask");
  await page.click("text=Try again");
  await answered(page);
  page.faults.length = 0; /* the browser's own line about the connection */
});

onPage("text of people is text", async (page) => {
  await example(page);
  const nasty = "<img src=x onerror=document.title='bad'> how many";
  await ask(page, nasty);
  assert.equal(await textOf(page, ".card .asked"), nasty);
  assert.equal(await page.locator("main img").count(), 0);
  assert.doesNotMatch(await page.title(), /^bad/);
});

onPage("a cell of the table of mistakes lists its questions and opens their clips", async (page) => {
  const shares = await page.$$eval(".records small", (l) => l.map((x) => parseInt(x.textContent, 10)));
  assert.ok(shares.length > 5 && shares[0] === 99, "the surest first");
  await page.click("[aria-label='two taken for three, 9 times']");
  await page.waitForSelector("text=two taken for three (9)");
  assert.equal(await page.locator(".records li").count(), 9);
  await page.click(".records a[href*=clips]");
  await page.waitForSelector("text=how many instruments do we see?");
  await answered(page);
}, {at: "/#/evals/test"});

onPage("a run's curve grows while it goes on, and says how long it will", async (page) => {
  await page.waitForFunction(() => /epoch 12 of 30 · about \d/.test(document.querySelector(".state")?.textContent));
  assert.equal(await page.locator(".chart").count(), 2);
  assert.match(await page.getAttribute(".chart svg >> nth=1", "aria-label"), /validation \d+ %/);
  await page.click("text=2 train");
  await page.waitForFunction(() => document.querySelector(".run h2")?.textContent === "Run 2: train");
}, {at: "/#/runs"});

for (const width of [320, 375])
  onPage(`nothing is wider than a window of ${width}`, async (page) => {
    const views = {"/": ".example", "/#/evals/test": ".records li", "/#/runs": ".chart"};
    const fits = async (what) => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), what);
    for (const [at, ready] of Object.entries(views)) {
      await page.goto(base + at);
      await page.waitForSelector(ready);
      await fits(at);
    }
    await page.goto(base + "/");
    await example(page);
    await fits("an answer");
    await ask(page, "who plays the violn " + "loud".repeat(30) + "?");
    await fits("a long word");
    const order = await page.$$eval("main section", (l) => l.map((s) => s.className));
    assert.ok(order.indexOf("answers") < order.indexOf("why"), "the answer comes before its reasons");
  }, {viewport: {width, height: 700}});

onPage("by keyboard alone: an example, a question, a jump, the thread", async (page) => {
  const tabTo = async (selector) => {
    for (let k = 0; k < 60; k++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((s) => document.activeElement.matches(s), selector)) {
        const seen = await page.evaluate(() => {
          const e = document.activeElement, o = getComputedStyle(e.matches(".switch input") ? e.nextSibling : e.id === "question" ? e.closest(".field") : e);
          return o.outlineStyle !== "none" && parseFloat(o.outlineWidth) >= 1;
        });
        assert.ok(seen, "focus is visible on " + selector);
        return;
      }
    }
    assert.fail("Tab does not reach " + selector);
  };
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "skip");
  await tabTo(".example");
  await page.keyboard.press("Enter");
  await answered(page);
  await tabTo(".plot");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getAttribute(".plot", "aria-valuenow"), "1");
  await tabTo(".switch input");
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.isChecked(".switch input[value=attention]"));
  await tabTo("#question");
  await page.keyboard.type("how many instruments do we hear?");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".card .asked")?.textContent === "how many instruments do we hear?" && document.querySelector(".card .foot"));
  await tabTo(".vote.right");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".vote.right[aria-pressed=true]");
  await tabTo(".thread li:last-child a");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".big")?.textContent === "accordion");
});

onPage("reduced motion: nothing plays or moves by itself", async (page) => {
  await giveFile(page, "drop", "calm.mp4");
  await page.waitForSelector("#question");
  await ask(page, "which instrument sounds last?");
  assert.equal(await time(page), 0);
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".bar"), "::before").transitionDuration), "0s");
}, {reducedMotion: "reduce"});

for (const colorScheme of ["light", "dark"])
  onPage(`no barriers that axe-core knows, ${colorScheme}`, async (page) => {
    const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g)[0] > 128);
    assert.equal(light, colorScheme === "light");
    const free = async (what) => assert.deepEqual(await findBarriers(page), [], what);
    await free("home");
    await example(page);
    await free("an answer");
    await ask(page, "who plays the violn?");
    await page.fill("#question", "does the violn?");
    await page.waitForSelector(".mirror u");
    await free("a warning and an unknown word");
    await page.click(".vote.wrong");
    await page.waitForSelector(".correct input");
    await free("the right answer");
    await page.check(".models input[value=hcrn]");
    await ask(page, "which instrument sounds last?");
    await page.waitForFunction(() => document.querySelectorAll(".card .foot").length === 2);
    await free("side by side");
    for (const [at, ready] of [["/#/evals/test/4/5", ".records li"], ["/#/runs", ".chart"], ["/#/clips/0123456789abcdef", "[role=alert]"]]) {
      await page.goto(base + at);
      await page.waitForSelector(ready);
      await free(at);
    }
  }, {colorScheme});
