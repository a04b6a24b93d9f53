/* The player's one time axis: waveform, what each second was worth, and a playhead. A slider to
 * assistive technology. */
import {button, clock, el, icon, signed, still, svg, whole} from "./dom.js";

const WIDE = 100; /* units a second */
const senses = ["heard", "seen"];
const WAVE = 44, UP = 30, DOWN = 12; /* heights of the rows, in CSS pixels */

function wavePath(peaks, seconds) {
	const step = (WIDE * seconds) / peaks.length, middle = WAVE / 2;
	return peaks.map((p, k) => {
		const half = Math.max(0.5, (middle - 1) * Math.sqrt(p));
		return `M${((k + 0.5) * step).toFixed(1)} ${(middle - half).toFixed(1)}V${(middle + half).toFixed(1)}`;
	}).join("");
}

/* A bar a second; below the line, and pale, where the answer was surer without it. */
function bars(values, full, strongest) {
	return values.map((v, t) => {
		const h = v >= 0 ? Math.max(1, (UP * v) / full) : Math.min(DOWN, Math.max(1, (UP * -v) / full));
		const kind = v < 0 ? ".against" : t === strongest ? ".most" : "";
		return svg("rect" + kind, {x: t * WIDE + 6, width: WIDE - 12, y: v >= 0 ? UP - h : UP, height: h});
	});
}

export class Timeline {
	/* say: what is told to those who do not see the page. changed: called when time moves. */
	constructor(video, say, changed) {
		Object.assign(this, {video, say, changed, seconds: 0, why: null, looping: null});
		this.head = el("div.playhead");
		this.span = el("div.loopspan", {hidden: true});
		this.rows = {sound: this.makeRow("Sound", WAVE), heard: this.makeRow("Heard", UP + DOWN), seen: this.makeRow("Seen", UP + DOWN)};
		this.names = el("div.names", {"aria-hidden": "true"});
		this.axis = el("div.axis", {"aria-hidden": "true"});
		this.plot = el("div.plot", {role: "slider", tabindex: 0, "aria-label": "Time in the clip", "aria-valuemin": 0},
			Object.values(this.rows).map((r) => r.node), this.names, this.axis, this.span, this.head);
		this.readout = el("span.readout");
		this.playButton = button("", () => this.toggle(), {class: "round", "aria-label": "Play"}, icon("play"));
		this.muteButton = button("", () => this.mute(), {class: "round", "aria-label": "Mute", "aria-pressed": "false"}, icon("sound"));
		this.loopButton = button("", () => this.loop(), {class: "quiet", "aria-pressed": "false", disabled: true, "aria-keyshortcuts": "L"},
			icon("loop"), "Loop strongest second", el("kbd", {"aria-hidden": "true"}, "L"));
		this.node = el("div.timeline", null,
			el("div.controls", null, this.playButton, this.muteButton, this.readout, this.loopButton), this.plot);
		this.listen();
	}

	makeRow(label, height) {
		const drawing = svg("svg", {preserveAspectRatio: "none", height, "aria-hidden": "true"});
		return {drawing, height, node: el("div.row." + label.toLowerCase(), null, el("span", {"aria-hidden": "true"}, label), drawing)};
	}

	listen() {
		const jump = (e) => {
			const box = this.plot.getBoundingClientRect();
			this.jump(Math.max(0, Math.min(0.9999, (e.clientX - box.left) / box.width)) * this.seconds);
		};
		this.plot.addEventListener("pointerdown", (e) => {
			if (e.button !== 0)
				return;
			this.plot.setPointerCapture(e.pointerId);
			jump(e);
		});
		this.plot.addEventListener("pointermove", (e) => this.plot.hasPointerCapture(e.pointerId) && jump(e));
		this.plot.addEventListener("keydown", (e) => this.key(e) && e.preventDefault());
		this.video.addEventListener("play", () => this.played(true));
		this.video.addEventListener("pause", () => this.played(false));
		this.video.addEventListener("timeupdate", () => this.move());
		this.video.addEventListener("ended", () => this.looping !== null && this.loop(this.looping));
		this.video.addEventListener("seeking", () => this.move());
		this.video.addEventListener("loadedmetadata", () => {
			if (!this.seconds && Number.isFinite(this.video.duration))
				this.setSeconds(this.video.duration);
		});
	}

	setSeconds(seconds) {
		this.seconds = seconds;
		const every = seconds > 120 ? 20 : seconds > 40 ? 10 : seconds > 16 ? 5 : 1;
		const marks = [];
		for (let t = 0; t < seconds; t += every)
			marks.push(el("span", {"--at": (100 * t) / seconds + "%"}, t));
		this.axis.replaceChildren(...marks);
		this.plot.setAttribute("aria-valuemax", Math.ceil(seconds));
		for (const r of Object.values(this.rows))
			r.drawing.setAttribute("viewBox", `0 0 ${WIDE * seconds} ${r.height}`);
		this.move();
	}

	setSound({seconds, peaks}) {
		this.setSeconds(seconds);
		if (peaks?.length)
			this.rows.sound.drawing.replaceChildren(svg("path", {d: wavePath(peaks, seconds)}));
	}

	/* {heard, seen: numbers a second or null, full: what fills a row, drops: log-odds or shares} */
	setWhy(why) {
		this.why = why;
		this.strongest = null;
		for (const name of senses) {
			const v = why?.[name] || [];
			for (let t = 0; t < v.length; t++)
				if (v[t] > 0 && (!this.strongest || v[t] > this.strongest.value))
					this.strongest = {name, t, value: v[t]};
		}
		for (const name of senses) {
			const line = svg("path", {d: `M0 ${UP}H${WIDE * this.seconds}`});
			const most = this.strongest?.name === name ? this.strongest.t : -1;
			this.rows[name].drawing.replaceChildren(...bars(why?.[name] || [], why?.full || 1, most), line);
		}
		this.node.classList.toggle("explained", Boolean(why));
		this.loopButton.disabled = !this.strongest;
		if (this.looping)
			this.stopLoop();
		this.move();
	}

	/* What was heard and seen by its name: a lane for each. */
	setNames(concepts) {
		this.concepts = concepts;
		this.names.replaceChildren(...senses.flatMap((sense) => Object.entries(Object.groupBy(concepts?.[sense] || [], (s) => s.what)).slice(0, 4)
			.map(([what, spans]) => el("div." + sense + "s", null, spans.map((s) => el("span",
				{"--at": (100 * s.from) / this.seconds + "%", "--w": (100 * (s.to - s.from)) / this.seconds + "%"}, what.replaceAll("_", " ")))))));
	}

	value(name, t) {
		const v = this.why?.[name]?.[t];
		return v === undefined || v === null ? null : this.why.drops ? signed(-v) : whole(v);
	}

	/* "2 s: sound −8.8, picture +0.1" */
	tell(t) {
		const parts = [["sound", "heard"], ["picture", "seen"]].map(([word, name]) => [word, this.value(name, t)])
			.filter((p) => p[1] !== null).map((p) => p.join(" "));
		for (const sense of senses)
			for (const s of this.concepts?.[sense] || [])
				if (s.from <= t && t < s.to)
					parts.push(s.what.replaceAll("_", " ") + " " + sense);
		return `${t} s` + (parts.length ? ": " + parts.join(", ") : "");
	}

	now() {
		return Math.min(Math.floor(this.video.currentTime + 1e-3), Math.max(0, Math.ceil(this.seconds) - 1));
	}

	move() {
		const at = this.video.currentTime, t = this.now();
		if (this.looping !== null && (at >= this.looping + 1 || at < this.looping - 0.05)) {
			if (at >= this.looping + 1 && at < this.looping + 1.6)
				this.video.currentTime = this.looping;
			else
				this.stopLoop();
		}
		this.head.style.setProperty("--at", (this.seconds ? Math.min(100, (100 * at) / this.seconds) : 0) + "%");
		if (t !== this.shown) {
			this.shown = t;
			this.plot.setAttribute("aria-valuenow", t);
		}
		const told = this.tell(t);
		if (told !== this.told) {
			this.told = told;
			this.plot.setAttribute("aria-valuetext", told);
		}
		this.readout.textContent = clock(at) + " / " + clock(this.seconds) + (/:/.test(told) ? " · " + told.replace(/^\d+ s: ?/, "") : "");
		this.changed(t);
	}

	follow() {
		this.move();
		if (!this.video.paused)
			requestAnimationFrame(() => this.follow());
	}

	played(on) {
		this.playButton.replaceChildren(icon(on ? "pause" : "play"));
		this.playButton.setAttribute("aria-label", on ? "Pause" : "Play");
		if (on)
			this.follow();
	}

	toggle() {
		if (this.video.paused)
			this.video.play().catch(() => this.say("The clip cannot be played here."));
		else
			this.video.pause();
	}

	mute() {
		this.video.muted = !this.video.muted;
		this.muteButton.replaceChildren(icon(this.video.muted ? "mute" : "sound"));
		this.muteButton.setAttribute("aria-pressed", String(this.video.muted));
	}

	jump(s) {
		if (this.looping !== null && Math.floor(s) !== this.looping)
			this.stopLoop();
		this.video.currentTime = Math.max(0, Math.min(s, this.seconds - 0.01));
		this.move();
	}

	loop(second) {
		if (this.looping !== null && second === undefined) {
			this.stopLoop();
			this.video.pause();
			return;
		}
		const t = second ?? this.strongest?.t;
		if (t === undefined)
			return;
		this.looping = t;
		this.video.currentTime = t;
		this.span.hidden = false;
		this.span.style.setProperty("--at", (100 * t) / this.seconds + "%");
		this.span.style.setProperty("--w", 100 / this.seconds + "%");
		this.loopButton.setAttribute("aria-pressed", "true");
		this.say("Looping second " + this.tell(t));
		this.video.play().catch(() => {});
	}

	stopLoop() {
		this.looping = null;
		this.span.hidden = true;
		this.loopButton.setAttribute("aria-pressed", "false");
	}

	/* True if the key was for the timeline. */
	key(e) {
		if (e.ctrlKey || e.metaKey || e.altKey || !this.seconds)
			return false;
		const to = {ArrowLeft: this.now() - 1, ArrowDown: this.now() - 1, ArrowRight: this.now() + 1, ArrowUp: this.now() + 1,
			PageDown: this.now() - 5, PageUp: this.now() + 5, Home: 0, End: Math.ceil(this.seconds) - 1}[e.key];
		if (to !== undefined)
			this.jump(Math.max(0, Math.min(to, Math.ceil(this.seconds) - 1)));
		else if (e.key === "l" || e.key === "L")
			this.loop();
		else if (e.key === " ")
			this.toggle();
		else
			return false;
		return true;
	}
}

export function startQuietly(video) {
	if (still())
		return;
	video.play().catch(() => {
		video.muted = true;
		video.play().catch(() => {});
	});
}

