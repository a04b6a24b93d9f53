/* Where a clip comes from, those that are here already, and the search over all that was asked. */
import {plain} from "./answer.js";
import {call} from "./api.js";
import {readable} from "./ask.js";
import {band, button, bytes, duration, el, moment} from "./dom.js";

const SEARCH_AFTER_MS = 200;

export class HomeView {
	constructor(app) {
		Object.assign(this, {app, stop: new AbortController()});
		this.clips = el("ul.clips");
		this.found = el("ol.asks");
		this.field = el("input", {type: "search", id: "search", autocomplete: "off", placeholder: "violin", oninput: () => this.searchSoon()});
		this.history = el("section.history", {hidden: true, "aria-labelledby": "earlier"},
			el("div.between", null, el("h2", {id: "earlier"}, "Earlier clips"),
				el("form.search", {role: "search", onsubmit: (e) => e.preventDefault()}, el("label", {for: "search"}, "Search questions and answers"), this.field)),
			this.found, this.clips);
		this.node = el("div.home", null, this.makeIntake(), this.makeExamples(), this.history);
		document.title = "avqa-pipe";
		this.load();
	}

	close() {
		this.stop.abort();
		clearTimeout(this.timer);
	}

	makeIntake() {
		const limit = this.app.status.limits?.upload_bytes;
		return el("section.intake", null, el("h1", {tabindex: -1}, "Ask a clip a question"),
			el("p.lead", null, "It listens and looks, answers, and says how far to trust the answer and why."),
			button("Choose a clip", () => this.app.choose(), {class: "primary"}),
			el("p.note", null, "or drop or paste one anywhere in this window", limit ? ` (up to ${bytes(limit)})` : "", ". It stays on this machine."));
	}

	makeExamples() {
		const list = this.app.status.examples || [];
		return list.length ? el("section", {"aria-labelledby": "examples"}, el("h2", {id: "examples"}, "Or start with an example"),
			el("ul.examples", null, list.map((x) => el("li", null, button("", () => this.startExample(x), {class: "example"},
				el("b", null, x.title), el("span", null, this.questionOf(x)), el("small", null, x.seconds ? duration(x.seconds) : "")))))) : null;
	}

	questionOf(x) {
		const models = this.app.status.models || [];
		return x.question || readable((models.find((m) => m.default) || models[0])?.questions)[0] || "";
	}

	startExample(x) {
		this.app.fresh.add(x.id);
		if (this.questionOf(x))
			this.app.first.set(x.id, this.questionOf(x));
		this.app.go("#/clips/" + x.id);
	}

	async load() {
		let list;
		try {
			list = await call("/api/clips", {signal: this.stop.signal});
		} catch (e) {
			if (!this.stop.signal.aborted)
				this.node.append(band("bad", e.message, " ", button("Try again", () => this.app.route(), {class: "link"})));
			return;
		}
		list = list.filter((c) => !c.example || c.state !== "new");
		this.history.hidden = list.length === 0;
		this.clips.replaceChildren(...list.map((c) => this.clipItem(c)));
	}

	clipItem(c) {
		const states = {working: "features are being made", new: "not looked at yet", failed: "cannot be read"};
		const facts = [c.seconds > 0 && duration(c.seconds), bytes(c.bytes), moment(c.added), states[c.state]];
		const item = el("li", null, el("a", {href: "#/clips/" + c.id}, el("b", null, c.name), el("small", null, facts.filter(Boolean).join(" · "))));
		if (!c.example)
			item.append(this.removeButton(c, item));
		return item;
	}

	removeButton(c, item) {
		return button("Remove", async () => {
			if (!confirm(`Remove ${c.name} and what was asked about it?`))
				return;
			try {
				await call("/api/clips/" + c.id, {method: "DELETE"});
				item.remove();
			} catch (e) {
				item.append(band("bad", e.message));
			}
		}, {class: "quiet", "aria-label": "Remove " + c.name});
	}

	searchSoon() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.search(), SEARCH_AFTER_MS);
	}

	async search() {
		const q = this.field.value.trim();
		const list = q ? await call("/api/asks?q=" + encodeURIComponent(q), {signal: this.stop.signal}).catch((e) => e) : [];
		if (q !== this.field.value.trim())
			return;
		this.clips.hidden = Boolean(q);
		if (list instanceof Error) {
			this.found.replaceChildren(el("li", null, list.message));
			return;
		}
		this.found.replaceChildren(...list.map((x) => el("li", null, el("a", {href: `#/clips/${x.clip}/${x.n}`}, el("span", null, x.question),
			el("b", null, plain(x.answer)), el("small", null, [x.clip_name, moment(x.time)].filter(Boolean).join(" · "))))));
		if (q && list.length === 0)
			this.found.append(el("li.none", null, `Nothing was asked or answered with “${q}” in it.`));
		if (q)
			this.app.say(list.length === 1 ? "1 found" : list.length + " found");
	}
}
