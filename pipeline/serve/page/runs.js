/* Runs and their curves, which grow while a training goes on: #/runs, #/runs/ID. */
import {call, listen} from "./api.js";
import {band, duration, el, moment, svg, whole} from "./dom.js";

const W = 640, H = 200, LEFT = 44, BOTTOM = 22, TOP = 8, RIGHT = 8;

/* Up to five round numbers from low to high. */
function ticks(low, high) {
	const raw = (high - low) / 4 || 1, ten = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 5, 10].map((k) => k * ten).find((s) => s >= raw), out = [];
	for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-6; v += step)
		out.push(Number(v.toPrecision(6)));
	return out;
}

/* kinds: [{name, kind, points: [[x, y]]}]. One panel as SVG, with its numbers as text. */
function chart(title, kinds, asText) {
	const lines = kinds.filter((l) => l.points.length), said = (l) => `${l.name} ${asText(l.points.at(-1)[1])}`;
	const all = lines.flatMap((l) => l.points), xs = all.map((p) => p[0]), ys = all.map((p) => p[1]);
	if (all.length === 0)
		return null;
	const x0 = Math.min(...xs), x1 = Math.max(...xs, x0 + 1), low = Math.min(...ys), y1 = Math.max(...ys), y0 = low === y1 ? low - 0.5 : low;
	const X = (x) => LEFT + ((W - LEFT - RIGHT) * (x - x0)) / (x1 - x0), Y = (y) => H - BOTTOM - ((H - BOTTOM - TOP) * (y - y0)) / (y1 - y0 || 1);
	const path = (points) => points.map(([x, y], k) => (k ? "L" : "M") + X(x).toFixed(1) + " " + Y(y).toFixed(1)).join("");
	return el("figure.chart", null, el("figcaption", null, el("b", null, title), lines.map((l) => el("span.key." + l.kind, null, said(l)))),
		svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": title + ": " + lines.map(said).join(", ")},
			ticks(y0, y1).map((y) => [svg("path.grid", {d: `M${LEFT} ${Y(y)}H${W - RIGHT}`}), svg("text", {x: LEFT - 6, y: Y(y) + 4, "text-anchor": "end"}, asText(y))]),
			ticks(x0, x1).filter((x) => Number.isInteger(x)).map((x) => svg("text", {x: X(x), y: H - 4, "text-anchor": "middle"}, x)),
			lines.map((l) => svg("path.line." + l.kind, {d: path(l.points) + "h0"}))));
}

const series = (curve, key, name, kind) => ({name, kind, points: curve.filter((p) => Number.isFinite(p[key])).map((p, k) => [p.epoch ?? p.step ?? k + 1, p[key]])});

/* Seconds that a training has to go, by its steps or epochs so far; null: not known. */
function timeToGo(run, curve) {
	const last = curve.at(-1), {epochs, max_minutes} = run.config?.training || {}, {steps_total, max_seconds} = run.metrics || {};
	const share = last?.step / steps_total || last?.epoch / epochs, limit = max_seconds || 60 * max_minutes;
	if (run.status !== "running" || !(share > 0) || !(last.seconds > 0))
		return null;
	const left = last.seconds / share - last.seconds;
	return Math.max(0, limit > 0 ? Math.min(left, limit - last.seconds) : left);
}

export class RunsView {
	constructor(app, [id]) {
		Object.assign(this, {app, id, stop: new AbortController()});
		this.node = el("div.wide", null, el("h1", {tabindex: -1}, "Runs"));
		document.title = "Runs · avqa-pipe";
		this.load();
	}

	close() {
		this.stop.abort();
		this.unlisten?.();
	}

	async load() {
		try {
			const list = (await call("/api/runs", {signal: this.stop.signal})).slice().reverse();
			if (list.length === 0) {
				this.node.append(el("div.empty", null, el("p", null, "No runs yet."), el("p.note", null, "ingest, train and eval keep theirs in the store.")));
				return;
			}
			const withCurve = list.find((r) => r.metrics?.curve?.length || r.status === "running" || r.kind === "train");
			this.id = this.id ?? String((withCurve || list[0]).id);
			this.detail = el("section.run");
			this.node.append(el("div.sides", null, this.makeList(list), this.detail));
			this.run = await call("/api/runs/" + encodeURIComponent(this.id), {signal: this.stop.signal});
			this.curve = this.run.curve || this.run.metrics?.curve || [];
			this.draw();
			if (this.run.status === "running")
				this.followRun();
		} catch (e) {
			if (!this.stop.signal.aborted)
				this.node.append(band("bad", e.message));
		}
	}

	makeList(list) {
		return el("nav.picks.column", {"aria-label": "Runs"}, list.map((r) => el("a", {href: "#/runs/" + r.id, "aria-current": String(r.id) === this.id ? "true" : null},
			el("b", null, `${r.id} ${r.kind}`, r.status !== "done" && el("span.tag." + r.status, null, r.status)),
			el("small", null, [moment(r.started), r.finished > r.started && duration(r.finished - r.started), this.result(r)].filter(Boolean).join(" · ")))));
	}

	result(r) {
		const right = r.metrics?.val_accuracy ?? r.metrics?.overall?.accuracy;
		return Number.isFinite(right) ? whole(right) + " right" : null;
	}

	draw() {
		const r = this.run, togo = timeToGo(r, this.curve), last = this.curve.at(-1), epochs = r.config?.training?.epochs;
		const state = [r.status, last?.epoch && epochs ? `epoch ${last.epoch} of ${epochs}` : null, togo !== null ? `about ${duration(togo)} to go` : null];
		const floor = series(this.curve, "val_floor", "blind", "floor");
		this.detail.replaceChildren(...[el("h2", null, `Run ${r.id}: ${r.kind}`), el("p.state", null, state.filter(Boolean).join(" · ")),
			r.status === "running" && epochs && el("progress", {max: epochs, value: last?.epoch || 0, "aria-label": "Epochs done"}),
			chart("Loss", [series(this.curve, "loss", "training", "first"), series(this.curve, "val_loss", "validation", "second")], (y) => String(Number(y.toPrecision(3)))),
			chart("Right answers", [floor, series(this.curve, "train_accuracy", "training", "first"), series(this.curve, "val_accuracy", "validation", "second")], whole),
			this.curve.length === 0 && el("p.note", null, r.status === "running" ? "The first epoch is under way." : "This run has no curve."), this.facts()].filter(Boolean));
	}

	facts() {
		const r = this.run, rows = [["Model", r.model], ["Started", moment(r.started)], ["Took", r.finished > r.started ? duration(r.finished - r.started) : null],
			["Command", (r.about?.arguments || []).slice(1).join(" ")]];
		return el("dl", null, rows.filter((x) => x[1]).map(([k, v]) => [el("dt", null, k), el("dd", null, v)]));
	}

	followRun() {
		const add = (p) => {
			if (this.curve.some((q) => q.epoch === p.epoch && q.step === p.step))
				return;
			this.curve.push(p);
			this.draw();
			this.app.say(`Epoch ${p.epoch}: loss ${Number(p.loss?.toPrecision?.(3))}`);
		};
		const end = async () => {
			this.unlisten?.();
			this.run = await call("/api/runs/" + encodeURIComponent(this.id), {signal: this.stop.signal}).catch(() => this.run);
			this.curve = this.run.curve || this.run.metrics?.curve || this.curve;
			this.draw();
		};
		this.unlisten = listen(`/api/runs/${encodeURIComponent(this.id)}/events`, {point: add, message: add, end}, (closed) => closed && end());
	}
}
