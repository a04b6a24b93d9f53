/* A clip: it plays, its features are made, it is asked about, and says why. Addresses:
 * #/clips/ID, #/clips/ID/N, and #/clips/ID/N,M of answers side by side. */
import {call, listen} from "./api.js";
import {answerCard, failedCard, headline, pendingCard, plain, trust} from "./answer.js";
import {AskBox} from "./ask.js";
import {band, bytes, duration, el, moment, still} from "./dom.js";
import {startQuietly, Timeline} from "./timeline.js";
import {attentionOf, Heat, noteOf, occlusionOf, restsOn, whyControls} from "./why.js";

const stageNames = {decode: "Decoding", sound: "Listening", picture: "Looking"};

export class ClipView {
	/* app: {status, say, go, media: blob addresses of clips that this page sent, fresh: a Set} */
	constructor(app, id) {
		Object.assign(this, {app, id, asks: new Map(), shown: [], thread: [], state: {kind: "occlusion", strength: 0.6}});
		this.stop = new AbortController();
		this.video = el("video", {playsinline: true, preload: "auto", "aria-label": "The clip", tabindex: -1, onclick: () => this.line.toggle()});
		this.heat = new Heat();
		this.line = new Timeline(this.video, app.say, (t) => this.heat.draw(t));
		this.controls = whyControls(this.state, (change) => this.changeWhy(change));
		this.screen = el("div.screen", null, this.video, this.heat.canvas);
		this.notices = el("div.notices");
		this.stages = el("div.stages", {hidden: true});
		this.rests = el("div");
		this.title = el("h1", {tabindex: -1}, "Clip");
		this.facts = el("p.note");
		this.box = new AskBox(app.status.models || [], (q, models) => this.ask(q, models));
		this.answers = el("section.answers", {"aria-label": "Answer"});
		this.list = el("section.thread");
		this.video.onloadedmetadata = () => this.video.videoWidth && this.screen.style.setProperty("--ratio", this.video.videoWidth / this.video.videoHeight);
		this.stage = el("section.stage", {"aria-label": "Clip"}, this.screen, this.notices, this.stages, this.line.node);
		this.why = el("section.why", {"aria-label": "Why", hidden: true}, this.rests, this.controls.node);
		this.talk = el("section.talk", null, this.title, this.facts, this.box.node);
		this.columns = [0, 1, 2].map(() => el("div"));
		this.node = el("div.clip", null, this.columns);
		this.wide = matchMedia("(min-width: 900px)");
		this.wide.onchange = () => this.place();
		this.place();
		this.onkey = (e) => this.key(e);
		document.addEventListener("keydown", this.onkey);
		this.open();
	}

	close() {
		document.removeEventListener("keydown", this.onkey);
		this.wide.onchange = null;
		this.stop.abort();
		this.unlisten?.();
		this.video.pause();
		this.video.removeAttribute("src");
		this.video.load();
	}

	/* What stands where, so that reading and tabbing go as the eye does. */
	place(many = this.shown.length > 1) {
		const {stage, why, talk, answers, list} = this;
		const to = !this.wide.matches ? [[stage], [talk, answers, why, list], []]
			: many ? [[stage, why], [talk], [answers, list]] : [[stage, why], [talk, answers, list], []];
		to.forEach((nodes, k) => nodes.some((n, at) => this.columns[k].children[at] !== n) && this.columns[k].append(...nodes));
	}

	async open() {
		const signal = this.stop.signal;
		try {
			this.clip = await call("/api/clips/" + this.id, {signal});
		} catch (e) {
			if (!signal.aborted)
				this.node.replaceChildren(el("div.empty", null, el("h1", null, "No clip here"), band("bad", e.status === 404 ? "This clip is not on the server (any more)." : e.message),
					el("a", {href: "#/"}, "Choose another clip")));
			return;
		}
		document.title = this.clip.name + " · avqa-pipe";
		this.title.textContent = this.clip.name;
		this.play();
		this.follow();
		this.loadSound();
		await this.loadThread();
		this.askFirst();
	}

	/* What was chosen together with the clip: an example's question, or a record's. */
	askFirst() {
		const question = this.app.first.get(this.id), before = this.thread.find((x) => x.question === question);
		this.app.first.delete(this.id);
		if (before)
			this.app.go(`#/clips/${this.id}/${before.n}`);
		else if (question) {
			this.box.set(question);
			this.ask(question, this.box.chosen());
		}
	}

	play() {
		const c = this.clip, v = c.video;
		const known = v || c.audio, parts = [c.seconds > 0 && duration(c.seconds), v && `${v.width} × ${v.height}`, known && (v ? v.codec : "no picture"), known && (c.audio ? c.audio.codec : "no sound"), c.bytes && bytes(c.bytes)];
		this.facts.textContent = parts.filter(Boolean).join(" · ");
		this.screen.classList.toggle("blind", c.audio && !v);
		if (c.seconds > 0 && !this.line.seconds)
			this.line.setSeconds(c.seconds);
		if (this.video.src)
			return;
		this.video.onerror = () => this.unplayable();
		this.video.src = this.app.media.get(this.id) || `/api/clips/${this.id}/media`;
		if (this.app.fresh.delete(this.id))
			startQuietly(this.video);
	}

	unplayable() {
		if (!this.notices.children.length && this.clip.state !== "failed")
			this.notices.append(band("warn", "This browser cannot play the clip’s format. It can be asked about all the same."));
	}

	/* ---- features ---- */

	follow() {
		if (this.clip.state === "failed")
			this.failed(this.clip.error);
		if (this.clip.state === "failed" || this.clip.state === "ready")
			return;
		this.stages.hidden = false;
		this.app.say("Making the clip’s features");
		this.unlisten = listen(`/api/clips/${this.id}/events`, {
			stage: (s) => this.showStage(s),
			ready: () => this.ready(),
			failed: (f) => this.failed(f.error),
		}, () => this.check());
	}

	/* The connection broke: what does the server say by other means? */
	async check() {
		const c = await call("/api/clips/" + this.id, {signal: this.stop.signal}).catch(() => null);
		if (c?.state === "ready")
			this.ready();
		else if (c?.state === "failed")
			this.failed(c.error);
	}

	showStage({stage, done, total}) {
		const name = stageNames[stage] || stage, share = total > 0 ? Math.min(1, done / total) : 0;
		let row = this.stages.querySelector(`[data-stage="${CSS.escape(stage)}"]`);
		if (!row) {
			row = el("div", {"data-stage": stage, role: "progressbar", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100},
				el("span", null, name), el("span.bar"));
			this.stages.append(row);
		}
		row.setAttribute("aria-valuenow", Math.round(100 * share));
		row.lastChild.style.setProperty("--w", 100 * share + "%");
	}

	async ready() {
		this.unlisten?.();
		if (this.stages.hidden)
			return;
		this.stages.hidden = true;
		this.app.say("The clip is ready");
		this.clip = await call("/api/clips/" + this.id, {signal: this.stop.signal}).catch(() => this.clip);
		this.play();
		this.loadSound();
	}

	failed(text) {
		this.unlisten?.();
		this.clip.state = "failed";
		this.stages.hidden = true;
		this.notices.replaceChildren(band("bad", text || "This clip cannot be read."), el("p", null, el("a", {href: "#/"}, "Choose another clip")));
	}

	async loadSound() {
		const s = await call(`/api/clips/${this.id}/sound`, {signal: this.stop.signal}).catch(() => null);
		if (s?.seconds)
			this.line.setSound(s);
	}

	/* ---- questions ---- */

	async loadThread() {
		this.thread = await call(`/api/clips/${this.id}/asks`, {signal: this.stop.signal}).catch(() => []);
		this.drawThread();
	}

	drawThread() {
		this.list.replaceChildren();
		if (this.thread.length === 0)
			return;
		this.list.append(el("h2", null, "Asked about this clip"), el("ol.asks", null, [...this.thread].reverse().map((x) => el("li", null,
			el("a", {href: `#/clips/${this.id}/${x.n}`, "aria-current": this.shown.includes(x.n) ? "true" : null},
				el("span", null, x.question), el("b", null, plain(x.answer)), el("small", null, `${x.model} · ${moment(x.time)}`))))));
	}

	modelOf(name) {
		return this.app.status.models?.find((m) => m.name === name);
	}

	ask(question, models) {
		const pending = models.map((m) => this.askOne(question, m));
		this.place(models.length > 1);
		this.answers.replaceChildren(...pending.map((p) => p.slot));
		this.reveal();
		return Promise.all(pending.map((p) => p.result)).then((list) => {
			const ns = list.filter(Boolean).map((a) => a.n);
			if (ns.length === models.length && this.box.field.value.trim() === question)
				this.box.set("");
			if (ns.length === models.length)
				this.app.go(`#/clips/${this.id}/${ns.join(",")}`);
			this.loadThread();
		});
	}

	/* {slot: where its card is, result: the answer or null} */
	askOne(question, model) {
		const quit = new AbortController(), slot = el("div.slot");
		const wait = pendingCard(question, model, () => quit.abort());
		this.stop.signal.addEventListener("abort", () => quit.abort());
		slot.append(wait.node);
		const result = call("/api/ask", {json: {clip: this.id, question, model, explain: true}, signal: quit.signal, busy: wait.busy})
			.then((a) => {
				this.asks.set(a.n, a);
				return a;
			})
			.catch((e) => {
				slot.replaceChildren(quit.signal.aborted ? "" : failedCard(question, e.message, () => this.ask(question, [model])));
				return null;
			})
			.finally(wait.stop);
		return {slot, result};
	}

	async fetchAsk(n) {
		if (!this.asks.has(n))
			this.asks.set(n, await call(`/api/clips/${this.id}/asks/${n}`, {signal: this.stop.signal}));
		return this.asks.get(n);
	}

	/* The answers of an address. */
	async show(ns) {
		this.shown = ns;
		let list = [];
		try {
			list = await Promise.all(ns.map((n) => this.fetchAsk(n)));
		} catch (e) {
			if (!this.stop.signal.aborted)
				this.answers.replaceChildren(band("bad", e.message));
			return;
		}
		if (this.shown !== ns)
			return;
		const many = list.length > 1;
		this.place();
		this.answers.replaceChildren(...list.map((a) => answerCard(a, this.modelOf(a.model), this.app.say, many ? () => this.explain(a) : null)));
		this.explain(list[0]);
		if (list.length)
			this.app.say(list.map((a) => `${many ? a.model + ": " : ""}${headline(a.answer)}. ${trust(a.answer).text}.`).join(" "));
		this.drawThread();
		if (list.length)
			this.reveal();
	}

	reveal() {
		this.answers.scrollIntoView({block: "nearest", behavior: still() ? "auto" : "smooth"});
	}

	/* ---- why ---- */

	explain(ask) {
		this.current = ask || null;
		for (const b of this.answers.querySelectorAll(".showwhy"))
			b.setAttribute("aria-pressed", String(ask && b.closest("article").dataset.ask === String(ask.n)));
		this.drawWhy();
	}

	changeWhy(change) {
		Object.assign(this.state, change);
		if (change.kind)
			this.drawWhy();
		this.heat.strength = this.state.strength;
		this.heat.draw(this.line.now());
	}

	drawWhy() {
		const a = this.current?.answer;
		const why = a && (this.state.kind === "occlusion" ? occlusionOf(a) : attentionOf(a));
		this.line.setNames(a?.concepts);
		this.line.setWhy(why || null);
		this.why.hidden = !a;
		this.controls.heat.hidden = !this.heat.set(why, a?.grid_part);
		this.controls.note.textContent = !why && a ? `This model shows no ${this.state.kind}.` : noteOf(this.state.kind);
		this.rests.replaceChildren((a && this.state.kind === "occlusion" && restsOn(a, (t) => this.line.loop(t))) || "");
		this.heat.draw(this.line.now());
	}

	/* Keys of the timeline work wherever nothing else takes them. */
	key(e) {
		if (e.defaultPrevented || e.target.closest?.("input, textarea, select, button, a, summary, [role=slider], [role=region]"))
			return;
		if (["ArrowLeft", "ArrowRight", "l", "L"].includes(e.key) && this.line.key(e))
			e.preventDefault();
	}
}
