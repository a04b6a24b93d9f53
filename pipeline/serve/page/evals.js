/* Evaluations: what was taken for what, and the clips behind each cell. Addresses: #/evals,
 * #/evals/ID, #/evals/ID/RIGHT/GIVEN with answers by their numbers. */
import {call} from "./api.js";
import {band, button, el, whole} from "./dom.js";

const PAGE = 40;

/* Answers that are right or given at least once, by their numbers. */
function used(counts) {
	return counts.map((_, k) => k).filter((k) => counts[k].some((n) => n > 0) || counts.some((row) => row[k] > 0));
}

export class EvalsView {
	constructor(app, [id, right, given]) {
		Object.assign(this, {app, id, cell: right === undefined ? null : [Number(right), Number(given)], stop: new AbortController(), most: PAGE});
		this.node = el("div.wide", null, el("h1", {tabindex: -1}, "Evaluate"));
		document.title = "Evaluate · avqa-pipe";
		this.load();
	}

	close() {
		this.stop.abort();
	}

	async load() {
		try {
			const list = await call("/api/evals", {signal: this.stop.signal});
			const id = this.id ?? list[0]?.id;
			if (id === undefined) {
				this.node.append(el("div.empty", null, el("p", null, "No evaluations yet."),
					el("p.note", null, "Start the server with ", el("code", null, "--evals DIR"), ", a folder of files that ", el("code", null, "avqa-pipe eval --predictions"), " wrote.")));
				return;
			}
			this.id = id;
			this.drawList(list);
			this.data = await call("/api/evals/" + encodeURIComponent(id), {signal: this.stop.signal});
			this.draw();
		} catch (e) {
			if (!this.stop.signal.aborted)
				this.node.append(band("bad", e.message));
		}
	}

	drawList(list) {
		this.node.append(el("nav.picks", {"aria-label": "Evaluations"}, list.map((x) => el("a", {href: "#/evals/" + encodeURIComponent(x.id),
			"aria-current": String(x.id) === String(this.id) ? "true" : null}, el("b", null, x.name), el("small", null, [x.model, `${whole(x.accuracy)} of ${x.n}`].filter(Boolean).join(" · "))))));
	}

	draw() {
		const c = this.data.confusion;
		this.records = el("section.records", {"aria-labelledby": "records"});
		this.node.append(...[c?.answers?.length ? this.matrix(c) : null, this.records].filter(Boolean));
		this.drawRecords();
		if (this.cell)
			this.records.scrollIntoView({block: "nearest"});
	}

	matrix({answers, counts}) {
		const at = used(counts), cell = (r, g) => {
			const n = counts[r][g], share = n / counts[r].reduce((a, b) => a + b, 0);
			const here = this.cell?.[0] === r && this.cell?.[1] === g;
			return el("td" + (r === g ? ".hit" : ""), {"--k": n ? share : 0}, n ? el("a", {href: `#/evals/${encodeURIComponent(this.id)}/${r}/${g}`,
				"aria-current": here ? "true" : null, "aria-label": r === g ? `${answers[r]}, right ${n} times` : `${answers[r]} taken for ${answers[g]}, ${n} times`}, n) : "");
		};
		return el("div", null, el("h2", {id: "matrix"}, "What was taken for what"),
			el("p.note", null, "Rows: the right answer. Columns: the answer given. A cell lists its questions."),
			el("div.scroll", {tabindex: 0, role: "region", "aria-labelledby": "matrix"}, el("table.matrix", null,
				el("thead", null, el("tr", null, el("td"), at.map((g) => el("th", {scope: "col"}, el("span", null, answers[g]))))),
				el("tbody", null, at.map((r) => el("tr", null, el("th", {scope: "row"}, answers[r]), at.map((g) => cell(r, g))))))));
	}

	/* Those of the cell, or all that are wrong; the surest first. */
	chosen() {
		const names = this.data.confusion?.answers || [];
		const of = this.cell ? (x) => x.right === names[this.cell[0]] && x.given === names[this.cell[1]] : (x) => x.right !== x.given;
		return (this.data.records || []).filter(of).sort((a, b) => (b.sure === true) - (a.sure === true) || b.probability - a.probability);
	}

	drawRecords() {
		const list = this.chosen(), names = this.data.confusion?.answers || [];
		const what = !this.cell ? "Surest and wrong" : this.cell[0] === this.cell[1] ? `${names[this.cell[0]]}, rightly` : `${names[this.cell[0]]} taken for ${names[this.cell[1]]}`;
		this.records.replaceChildren(el("div.between", null, el("h2", {id: "records"}, what + ` (${list.length})`),
			this.cell ? el("a", {href: "#/evals/" + encodeURIComponent(this.id)}, "Show all mistakes") : ""),
		el("ol.asks", null, list.slice(0, this.most).map((x) => el("li", null, this.recordItem(x)))));
		if (list.length > this.most)
			this.records.append(button(`Show more (${list.length - this.most})`, () => {
				this.most += 5 * PAGE;
				this.drawRecords();
			}));
		if (list.length === 0)
			this.records.append(el("p.note", null, "None."));
	}

	recordItem(x) {
		const inside = [el("span", null, x.question), el("b", null, x.given, x.right !== x.given && el("i", null, ` instead of ${x.right}`)),
			el("small", null, `${whole(x.probability)}${x.sure === false ? ", said to be unsure" : ""} · ${x.clip}`)];
		return x.id ? el("a", {href: "#/clips/" + x.id, onclick: () => this.app.first.set(x.id, x.question)}, inside) : el("div", null, inside);
	}
}
