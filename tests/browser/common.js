/* SPDX-License-Identifier: MIT */
/* What the browser's tests share: Debian's Chromium through playwright-core, pages that notice
 * every error, files that are dropped. MODULES: the folder with node_modules; CLIP: a clip. */
import {createRequire} from "node:module";
import {readFileSync} from "node:fs";

const need = createRequire(process.env.MODULES + "/x.js");
const {chromium} = need("playwright-core");
const axe = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

export const clipPath = process.env.CLIP;
export const START_MS = Number(process.env.WAIT_MS) || 60000; /* a loaded machine is slow, and no test is about speed */

export async function startBrowser() {
  return chromium.launch({executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]});
}

/* A page whose console errors, exceptions and breaches of the CSP are in page.faults. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, colorScheme: "light", ...options});
  const page = await context.newPage();
  page.setDefaultTimeout(START_MS);
  page.faults = [];
  page.on("pageerror", (e) => page.faults.push(String(e.stack || e)));
  page.on("console", (m) => m.type() === "error" && !/status of (4|5)\d\d/.test(m.text()) && page.faults.push(m.text()));
  await page.goto(url);
  await page.waitForSelector("main > *");
  return page;
}

export async function closePage(page) {
  const faults = page.faults;
  await page.context().close();
  if (faults.length)
    throw new Error("the page had errors:\n" + faults.join("\n"));
}

/* What a person does who drags a file over the window, or pastes one. */
export async function giveFile(page, how, name, path = clipPath) {
  const data = readFileSync(path).toString("base64");
  const transfer = await page.evaluateHandle(([data, name]) => {
    const t = new DataTransfer(), bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    t.items.add(new File([bytes], name, {type: "video/mp4"}));
    return t;
  }, [data, name]);
  if (how === "paste")
    await page.evaluate((t) => dispatchEvent(new ClipboardEvent("paste", {clipboardData: t, bubbles: true, cancelable: true})), transfer);
  else {
    await page.dispatchEvent("body", "dragenter", {dataTransfer: transfer});
    await page.waitForSelector("#veil:not([hidden])");
    await page.dispatchEvent("body", "drop", {dataTransfer: transfer});
  }
}

export const answered = (page) => page.waitForSelector(".card:not(.pending):not(.failed) .big");
export const textOf = async (page, selector) => (await page.textContent(selector)).trim();

/* axe-core's findings; empty where there is none. Not through a script element: the page's CSP holds. */
export async function findBarriers(page) {
  await page.evaluate(axe + "; undefined");
  const found = await page.evaluate(() => globalThis.axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}));
  return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 120) + " " + n.failureSummary).join(" | ")}`);
}
