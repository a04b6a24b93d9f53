/* Why an answer: the seconds for the timeline, the cells for the heat map over the playing
 * picture, by occlusion (what hiding costs) or by attention (where the network looked). */
import {button, el, signed} from "./dom.js";

/* Drops below these fill no row and no picture: they are noise. */
const LEAST_SECOND = 1, LEAST_CELL = 0.3;

const largest = (lists) => lists.reduce((m, l) => (l || []).reduce((n, v) => Math.max(n, v || 0), m), 0);
const modalities = [["audio", "sound"], ["visual", "picture"]];

/* The drawn feature's shape: of several, the first. */
function gridShape(o) {
	const g = o?.grid_shape;
	const one = Array.isArray(g?.[0]) ? g[0] : g;
	return one?.length === 2 && one[0] * one[1] > 1 ? one : null;
}

export function occlusionOf(a) {
	const o = a?.occlusion;
	return o?.audio || o?.visual ? {drops: true, heard: o.audio, seen: o.visual,
		full: Math.max(LEAST_SECOND, largest([o.audio, o.visual])), shape: gridShape(o), grid: o.grid, cells: o.cells,
		hot: Math.max(LEAST_CELL, largest([...(o.grid || []), o.cells]))} : null;
}

export function attentionOf(a) {
	const o = a?.attention;
	return o?.audio || o?.visual ? {drops: false, heard: o.audio, seen: o.visual, full: largest([o.audio, o.visual]) || 1,
		shape: gridShape(o), grid: o.grid, cells: null, hot: largest(o.grid || []) || 1} : null;
}

/* [{word, t, value}] of the seconds that the answer rests on, strongest first. */
export function strongest(a, n) {
	const o = a.occlusion;
	return modalities.flatMap(([key, word]) => (o?.[key] || []).map((value, t) => ({word, t, value})))
		.filter((s) => s.value > 0.1).sort((x, y) => y.value - x.value).slice(0, n);
}

/* "Without the sound it would say piano (−10.8). Without the picture still accordion (−0.2)." */
export function withoutStreams(a) {
	const o = a.occlusion;
	return modalities.filter(([key]) => o?.streams?.[key]).map(([key, word]) => {
		const s = o.streams[key];
		return `Without the ${word} ${s.answer === o.answer ? "still" : "it would say"} ${s.answer} (${signed(-s.drop)}).`;
	}).join(" ");
}

/* The heat map: cells of the second that is shown, or of all seconds where that was not looked
 * into; a pixel a cell, which the browser smooths. Yellow where it counts; the rest is dimmed. */
export class Heat {
	constructor() {
		this.canvas = el("canvas.heat", {"aria-hidden": "true"});
		this.strength = 0.6;
	}

	/* part: the shares of the picture's width and height that the network saw */
	set(why, part = [1, 1]) {
		this.why = why?.shape && (why.grid || why.cells) ? why : null;
		this.drawn = null;
		this.canvas.hidden = !this.why;
		this.canvas.style.setProperty("--x", 50 * (1 - part[0]) + "%");
		this.canvas.style.setProperty("--y", 50 * (1 - part[1]) + "%");
		return Boolean(this.why);
	}

	draw(t) {
		const key = t + " " + this.strength;
		if (!this.why || key === this.drawn)
			return;
		this.drawn = key;
		const [h, w] = this.why.shape, cells = this.why.grid?.[t] || this.why.cells || [];
		Object.assign(this.canvas, {width: w, height: h});
		const paint = this.canvas.getContext("2d"), image = paint.createImageData(w, h);
		for (let k = 0; k < w * h && cells.length; k++) {
			const v = Math.max(0, Math.min(1, cells[k] / this.why.hot)), bright = Math.min(1, 2.5 * v);
			image.data.set([255 * bright, 214 * bright, 30 * v, 255 * this.strength * (0.3 + 0.55 * v)], 4 * k);
		}
		paint.putImageData(image, 0, 0);
	}
}

/* The switch and the slider; `changed` gets what is to be shown, {kind, strength}. */
export function whyControls(state, changed) {
	const radio = (value, label) => el("label", null, el("input", {type: "radio", name: "why", value, checked: state.kind === value,
		onchange: () => changed({kind: value})}), el("span", null, label));
	const slider = el("input", {type: "range", min: 0, max: 1, step: 0.05, value: state.strength,
		oninput: (e) => changed({strength: Number(e.target.value)})});
	const heat = el("label.heatlevel", null, "Heat map", slider);
	const note = el("p.note");
	const node = el("div.whybar", null, el("fieldset.switch", null, el("legend.unseen", null, "What the bars and the heat map show"),
		radio("occlusion", "Occlusion"), radio("attention", "Attention")), heat, note);
	return {node, heat, note};
}

const notes = {
	occlusion: "Each second was hidden in turn. Bars: what the answer lost, in log-odds (0.7 halves its odds, 2.3 cuts them to a tenth). Pale, below the line: surer without it.",
	attention: "Where the network looked. That may be a habit, much the same for every clip, and is no reason for the answer.",
};
export const noteOf = (kind) => notes[kind];

/* The seconds that the answer rests on, as buttons that jump and loop. */
export function restsOn(a, jump) {
	const list = strongest(a, 3), streams = withoutStreams(a);
	if (!a.occlusion)
		return null;
	return el("div.rests", null,
		list.length ? el("p", null, "Rests most on ", list.map((s) => button("", () => jump(s.t), {class: "jump " + s.word},
			`${s.t} s of ${s.word}`, el("small", null, signed(-s.value)))))
			: el("p", null, "It rests on no second alone: the others make up for any one."),
		streams && el("p.note", null, streams));
}

