/* The answer as a card, what people say of it, and the ways to take it elsewhere. */
import {call, curl} from "./api.js";
import {band, button, duration, el, icon, moment, percent, whole} from "./dom.js";

/* {level, text} of an answer: none, doubt or sure. */
export function trust(a) {
	const p = Math.min(0.99, a.probability);
	const likely = p >= 0.95 ? "Very likely right" : p >= 0.8 ? "Likely right" : p >= 0.6 ? "Probably right"
		: p >= 0.4 ? "Could well be wrong" : "Little more than a guess";
	if (a.cannot_tell)
		return {level: "none", text: sentence(a.cannot_tell)};
	if (a.answer === null)
		return {level: "none", text: `The model does not know. Its best guess: ${plain(a.best_guess)} (${whole(p)})`};
	if (!a.sure)
		return {level: "doubt", text: `Not sure: ${likely.toLowerCase()} (${whole(p)})`};
	return {level: "sure", text: `${likely} (${whole(p)})`};
}

export const plain = (answer) => String(answer ?? "not sure").replaceAll("_", " ");
export const headline = (a) => (a.cannot_tell ? "Cannot tell" : a.answer === null ? "Not sure" : plain(a.answer));

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

function bars(a) {
	return el("ol.probabilities", {"aria-label": "Likeliest answers"}, (a.top || []).map((t) => el("li", null,
		el("span", null, plain(t.answer)), el("span.bar", {"aria-hidden": "true", "--w": 100 * t.probability + "%"}), el("span.n", null, percent(t.probability)))));
}

/* Thumbs, and "the right answer is ..." below the one that points down. */
function feedback(ask, answers, say) {
	const note = el("p.note"), list = "answers-" + ask.n;
	const field = el("input", {id: "right-" + ask.n, list, autocomplete: "off"});
	const form = el("form.correct", {hidden: true, onsubmit: (e) => {
		e.preventDefault();
		send("wrong", field.value.trim());
	}}, el("label", {for: "right-" + ask.n}, "The right answer is"), field, el("button", {type: "submit"}, "Save"),
	el("datalist", {id: list}, (answers || []).map((a) => el("option", {value: a}))));
	const thumb = (verdict, label) => button("", () => send(verdict), {class: "vote " + verdict, "aria-pressed": "false", "aria-label": label, title: label}, icon("thumb"));
	const buttons = {right: thumb("right", "The answer is right"), wrong: thumb("wrong", "The answer is wrong")};

	async function send(verdict, right) {
		const json = {clip: ask.clip, ask: ask.n, verdict};
		if (right)
			json.right_answer = right;
		try {
			await call("/api/feedback", {json});
		} catch (e) {
			note.textContent = e.message;
			return;
		}
		for (const [name, b] of Object.entries(buttons))
			b.setAttribute("aria-pressed", String(name === verdict));
		form.hidden = verdict === "right" || Boolean(right);
		if (!form.hidden)
			field.focus();
		note.textContent = right ? `Saved: the right answer is “${right}”.` : "Saved.";
		say(note.textContent);
	}
	return {thumbs: el("span.thumbs", null, buttons.right, buttons.wrong), more: [form, note]};
}

function exports(ask, say) {
	const to = (as) => `/api/clips/${ask.clip}/export?ask=${ask.n}&as=${as}`;
	const copy = button("Copy as curl", async () => {
		const line = curl({clip: ask.clip, question: ask.question, model: ask.model, explain: true});
		try {
			await navigator.clipboard.writeText(line);
			copy.textContent = "Copied";
			say("Copied");
			setTimeout(() => (copy.textContent = "Copy as curl"), 2000);
		} catch { /* where the browser forbids it */
			prompt("Copy this command:", line);
		}
	}, {class: "quiet"});
	return el("span.exports", null, copy, el("a", {href: to("json"), download: true}, "JSON"),
		el("a", {href: to("html"), download: true}, "Explanation page"));
}

/* ask: as GET /api/clips/ID/asks/N gives it. shown: called to show its why; null: it is the only one. */
export function answerCard(ask, model, say, shown) {
	const a = ask.answer, t = trust(a), f = feedback(ask, model?.answers, say);
	return el("article.card." + t.level, {"aria-label": ask.question, "data-ask": ask.n},
		el("p.asked", null, ask.question),
		el("h2.big", null, headline(a)),
		el("p.trust", null, t.text),
		(a.warnings || []).filter((w) => w !== a.cannot_tell).map((w) => band("warn", sentence(w))),
		!a.cannot_tell && bars(a),
		a.concepts && el("ul.note.sensed", {"aria-label": "Heard and seen"}, a.concepts.lines.map((l) => el("li", null, l))),
		shown && button("Show why below the clip", shown, {class: "quiet showwhy", "aria-pressed": "false"}),
		el("div.foot", null, f.thumbs, exports(ask, say)), f.more,
		el("p.small", null, [ask.model, ask.seconds_taken >= 0 && duration(ask.seconds_taken), moment(ask.time)].filter(Boolean).join(" · ")));
}

/* While the server thinks: the question, and how long it has taken. */
export function pendingCard(question, model, cancel) {
	const time = el("span"), start = performance.now(), busy = el("span");
	const timer = setInterval(() => (time.textContent = Math.floor((performance.now() - start) / 1000) + " s"), 500);
	const node = el("article.card.pending", {"aria-busy": "true"}, el("p.asked", null, question), el("p.big", null, "…"),
		el("p.trust", null, "Listening and looking ", time, busy), el("p.small", null, model),
		button("Cancel", cancel, {class: "quiet"}));
	return {node, stop: () => clearInterval(timer), busy: (s) => (busy.textContent = ` · the server is busy, trying again in ${s} s`)};
}

export function failedCard(question, text, again) {
	return el("article.card.failed", null, el("p.asked", null, question), band("bad", text), button("Try again", again));
}
