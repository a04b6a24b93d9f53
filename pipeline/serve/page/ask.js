/* The field that questions are asked in: unknown words underlined, the questions that the model
 * knows as chips, and which models answer. */
import {call} from "./api.js";
import {button, el, icon} from "./dom.js";

const CHIPS = 4, MODELS_AT_ONCE = 3, WORDS_AFTER_MS = 250;

/* The text's pieces with what is known of them: [{text, word}] where word is null between words. */
function pieces(text, words) {
	const out = [], low = text.toLowerCase();
	let at = 0;
	for (const w of words) {
		const from = low.indexOf(w.word.toLowerCase(), at);
		if (from < 0)
			continue;
		out.push({text: text.slice(at, from), word: null}, {text: text.slice(from, from + w.word.length), word: w});
		at = from + w.word.length;
	}
	return out.concat({text: text.slice(at), word: null});
}

/* Open questions first, as people word them; names with _ last. */
export function readable(questions = []) {
	const rank = (q) => (q.includes("_") ? 2 : /^(which|how|what|where|who)\b/i.test(q) ? 0 : 1);
	return [...questions].sort((a, b) => rank(a) - rank(b));
}

export class AskBox {
	/* asked(question, models) is called on Enter. */
	constructor(models, asked) {
		Object.assign(this, {models, asked, words: [], shownChips: CHIPS});
		this.field = el("textarea", {id: "question", rows: 1, maxlength: 500, autocomplete: "off", enterkeyhint: "send",
			"aria-describedby": "unknown", placeholder: "Type a question",
			oninput: () => this.changed(), onkeydown: (e) => this.key(e)});
		this.mirror = el("div.mirror", {"aria-hidden": "true"});
		this.send = el("button.primary.round", {type: "submit", "aria-label": "Ask"}, icon("up"));
		this.unknown = el("p.unknown", {id: "unknown", "aria-live": "polite"});
		this.chips = el("div.chips", {role: "group", "aria-label": "What can be asked"});
		this.pick = this.makePick();
		this.knows = el("p.note");
		this.node = el("form.ask", {onsubmit: (e) => {
			e.preventDefault();
			this.submit();
		}}, el("label", {for: "question"}, "Ask about this clip"),
		el("div.field", null, el("div.grow", null, this.mirror, this.field), this.send), this.unknown, this.pick, this.chips, this.knows);
		this.drawChips();
		this.drawMirror();
	}

	makePick() {
		if (this.models.length < 2)
			return null;
		const box = (m) => el("label.chip.pick", {title: m.title}, el("input", {type: "checkbox", value: m.name, checked: m.default,
			onchange: () => this.limitPick()}), el("span", null, m.name));
		return el("fieldset.models", null, el("legend", null, "Models (up to three answer side by side)"), this.models.map(box));
	}

	boxes() {
		return this.pick ? [...this.pick.querySelectorAll("input")] : [];
	}

	limitPick() {
		const n = this.boxes().filter((b) => b.checked).length;
		for (const b of this.boxes())
			b.disabled = !b.checked && n >= MODELS_AT_ONCE;
		this.drawChips();
		this.lookUp();
	}

	chosen() {
		const names = this.boxes().filter((b) => b.checked).map((b) => b.value);
		const main = this.models.find((m) => m.default) || this.models[0];
		return names.length ? names : main ? [main.name] : [];
	}

	model() {
		return this.models.find((m) => m.name === this.chosen()[0]);
	}

	drawChips() {
		const all = readable(this.model()?.questions), few = all.slice(0, this.shownChips);
		this.knows.textContent = this.model()?.title ? "This model knows " + this.model().title : "";
		this.chips.replaceChildren(...few.map((q) => button(q, () => {
			this.set(q);
			this.submit();
		}, {class: "chip"})));
		if (all.length > few.length)
			this.chips.append(button(`${all.length - few.length} more`, () => {
				const next = this.shownChips;
				this.shownChips = all.length;
				this.drawChips();
				this.chips.children[next].focus();
			}, {class: "chip more"}));
	}

	drawMirror() {
		const shown = pieces(this.field.value, this.words).map((p) => (p.word ? el("u", null, p.text) : p.text));
		this.mirror.replaceChildren(...shown, "\u200b");
	}

	drawUnknown() {
		const line = (w) => el("span", null, `The model does not know “${w.word}”. `, w.nearest &&
			button("", () => this.mend(w), {class: "link"}, `Use “${w.nearest}”`));
		this.unknown.replaceChildren(...this.words.map(line));
	}

	mend(w) {
		const at = this.field.value.toLowerCase().indexOf(w.word.toLowerCase());
		if (at >= 0)
			this.set(this.field.value.slice(0, at) + w.nearest + this.field.value.slice(at + w.word.length));
		this.field.focus();
	}

	set(text) {
		this.field.value = text;
		this.changed();
	}

	changed() {
		if (this.field.value.includes("\n"))
			this.field.value = this.field.value.replace(/\s*\n\s*/g, " ");
		this.words = this.words.filter((w) => this.field.value.toLowerCase().includes(w.word.toLowerCase()));
		this.drawMirror();
		this.drawUnknown();
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.lookUp(), WORDS_AFTER_MS);
	}

	async lookUp() {
		const question = this.field.value.trim();
		let words = [];
		if (question)
			words = (await call("/api/words", {json: {question, model: this.chosen()[0]}}).catch(() => null))?.words || [];
		if (question !== this.field.value.trim())
			return;
		this.words = words.filter((w) => !w.known && w.matters !== false);
		this.drawMirror();
		this.drawUnknown();
	}

	key(e) {
		if (e.key === "Enter" && !e.isComposing) {
			e.preventDefault();
			this.submit();
		}
	}

	submit() {
		const question = this.field.value.trim();
		if (question)
			this.asked(question, this.chosen());
		else
			this.field.focus();
	}
}
