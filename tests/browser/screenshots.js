/* SPDX-License-Identifier: MIT */
/* Pictures of the page for the documentation, of the server at BASE: FOLDER/*.png. */
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {statSync} from "node:fs";
import {answered, openPage, startBrowser} from "./common.js";

const folder = process.argv[2], MOST_BYTES = 200000;
const browser = await startBrowser();

async function shoot(name, options, steps) {
  const page = await openPage(browser, process.env.BASE, {reducedMotion: "reduce", ...options});
  await steps(page);
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(500); /* what fades in */
  const path = `${folder}/${name}.png`, raw = process.env.RAW + ".png";
  await page.screenshot({path: raw, fullPage: true});
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", raw, "-vf", "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none", path]);
  assert.ok(statSync(path).size < MOST_BYTES, `${path} is small`);
  console.log(path);
  await page.context().close();
}

const ask = async (page, question) => {
  await page.fill("#question", question);
  await page.press("#question", "Enter");
  await page.waitForFunction((q) => [...document.querySelectorAll(".card .asked")].some((x) => x.textContent === q && x.parentNode.querySelector(".foot")), question);
};
const answer = async (page) => {
  await page.click(".example >> text=trio");
  await answered(page);
  await ask(page, "which instrument sounds first?");
  await page.focus(".plot");
  for (const key of ["Home", "ArrowRight", "ArrowRight"])
    await page.keyboard.press(key);
  await page.evaluate(() => document.activeElement.blur());
};

await shoot("serve", {}, answer);
await shoot("serve-dark", {colorScheme: "dark"}, async (page) => {
  await answer(page);
  await page.check(".models label:nth-of-type(2) input");
  await ask(page, "how many instruments do we hear?");
  await page.waitForFunction(() => document.querySelectorAll(".card .foot").length === 2);
});
await shoot("serve-phone", {viewport: {width: 375, height: 800}}, answer);
await shoot("serve-mistakes", {viewport: {width: 1000, height: 700}}, async (page) => {
  await page.click("nav >> text=Evaluate");
  await page.waitForSelector(".records");
});
await shoot("serve-runs", {viewport: {width: 1000, height: 700}}, async (page) => {
  await page.click("nav >> text=Runs");
  await page.waitForSelector(".chart");
});
await browser.close();
