/* SPDX-License-Identifier: MIT */
/* Start, addresses, and how clips come in: the whole window takes what is dropped or pasted. */
import {call, upload} from "./api.js";
import {ClipView} from "./clip.js";
import {band, button, el} from "./dom.js";
import {EvalsView} from "./evals.js";
import {HomeView} from "./home.js";
import {RunsView} from "./runs.js";

const main = document.getElementById("main"), live = document.getElementById("live");
const veil = document.getElementById("veil"), file = document.getElementById("file");
const app = {status: null, media: new Map(), fresh: new Set(), first: new Map(), say, go, route, choose: () => file.click()};
let view = null, viewKey = null;

/* For those who do not see the page. */
function say(text) {
	live.textContent = "";
	setTimeout(() => (live.textContent = text), 50);
}

function go(hash) {
	if (location.hash === hash)
		route();
	else
		location.hash = hash;
}

/* "#/clips/ID/1,2" as ["clips", "ID", "1,2"] */
const parts = () => location.hash.split("/").slice(1).filter(Boolean).map((p) => (/%(?![0-9a-f]{2})/i.test(p) ? p : decodeURIComponent(p)));

function markTab(name) {
	for (const a of document.querySelectorAll("nav [data-tab]"))
		if (a.dataset.tab === name)
			a.setAttribute("aria-current", "page");
		else
			a.removeAttribute("aria-current");
}

function makeView([what, ...rest]) {
	if (what === "clips" && rest[0])
		return new ClipView(app, rest[0]);
	if (what === "evals")
		return new EvalsView(app, rest);
	if (what === "runs")
		return new RunsView(app, rest);
	return new HomeView(app);
}

/* A clip's answers change within its view; everything else is made anew. */
function route() {
	const at = parts(), key = at[0] === "clips" ? at.slice(0, 2).join("/") : at.join("/");
	markTab(at[0] === "evals" || at[0] === "runs" ? at[0] : "ask");
	if (!app.status)
		return;
	if (key !== viewKey || !key.startsWith("clips/")) {
		view?.close();
		const before = viewKey;
		viewKey = key;
		view = makeView(at);
		main.replaceChildren(view.node);
		if (before !== null && before.split("/")[0] !== at[0]) {
			scrollTo(0, 0);
			view.node.querySelector("h1")?.focus({preventScroll: true});
		}
	}
	if (at[0] === "clips")
		view.show((at[2] || "").split(",").map(Number).filter((n) => n > 0));
}

/* ---- clips that come in ---- */

function uploadCard(name) {
	const bar = el("span.bar"), row = el("div", {role: "progressbar", "aria-label": "Sending " + name, "aria-valuemin": 0, "aria-valuemax": 100}, el("span", null, "Sending"), bar);
	const node = el("section.sending", null, el("h2", null, name), row);
	return {node, progress: (p) => {
		row.setAttribute("aria-valuenow", Math.round(100 * p));
		bar.style.setProperty("--w", 100 * p + "%");
	}};
}

async function take(files) {
	const f = [...files].find((x) => x.size > 0) || files[0];
	if (!f)
		return;
	const limit = app.status?.limits?.upload_bytes, card = uploadCard(f.name);
	document.querySelector(".sending")?.remove();
	main.prepend(card.node);
	say("Sending " + f.name);
	try {
		if (f.size === 0)
			throw new Error("This file is empty.");
		if (limit && f.size > limit)
			throw new Error(`This file has ${Math.ceil(f.size / 1e6)} MB; this server takes ${Math.floor(limit / 1e6)} MB (--upload-mb).`);
		const clip = await upload(f, card.progress);
		card.node.remove();
		app.media.set(clip.id, URL.createObjectURL(f));
		app.fresh.add(clip.id);
		if (viewKey === "clips/" + clip.id)
			viewKey = null;
		go("#/clips/" + clip.id);
	} catch (e) {
		card.node.replaceChildren(el("h2", null, f.name), band("bad", e.message), button("Close", () => card.node.remove(), {class: "quiet"}));
	}
}

const hasFiles = (e) => [...(e.dataTransfer?.types || [])].includes("Files");
addEventListener("dragenter", (e) => (veil.hidden &&= !hasFiles(e)));
addEventListener("dragleave", (e) => (veil.hidden ||= !e.relatedTarget));
addEventListener("dragover", (e) => hasFiles(e) && e.preventDefault());
addEventListener("drop", (e) => {
	veil.hidden = true;
	if (hasFiles(e)) {
		e.preventDefault();
		take(e.dataTransfer.files);
	}
});
addEventListener("paste", (e) => {
	if (e.clipboardData?.files.length) {
		e.preventDefault();
		take(e.clipboardData.files);
	}
});
file.addEventListener("change", () => {
	take(file.files);
	file.value = "";
});
document.getElementById("skip").addEventListener("click", () => main.focus());
addEventListener("hashchange", route);

async function start() {
	try {
		app.status = await call("/api/status");
	} catch (e) {
		main.replaceChildren(band("bad", e.message, " ", button("Try again", start, {class: "link"})));
		return;
	}
	route();
}
start();
