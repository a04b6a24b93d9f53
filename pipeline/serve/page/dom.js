/* Elements from data. Text only ever becomes text nodes and attributes; no module parses HTML. */

function set(node, key, value) {
	if (value === undefined || value === null || value === false)
		return;
	if (key.startsWith("on"))
		node.addEventListener(key.slice(2), value);
	else if (key.startsWith("--"))
		node.style.setProperty(key, value);
	else
		node.setAttribute(key, value === true ? "" : value);
}

function build(node, classes, props, kids) {
	if (classes.length)
		node.setAttribute("class", classes.join(" "));
	for (const [key, value] of Object.entries(props || {}))
		set(node, key, value);
	node.append(...kids.flat(9).filter((k) => k || k === 0));
	return node;
}

/* el("p.note", {id: "a", onclick: f, "--w": "50%"}, "text", node, [more]) */
export function el(spec, props, ...kids) {
	const [tag, ...classes] = spec.split(".");
	return build(document.createElement(tag), classes, props, kids);
}

export function svg(spec, props, ...kids) {
	const [tag, ...classes] = spec.split(".");
	return build(document.createElementNS("http://www.w3.org/2000/svg", tag), classes, props, kids);
}

const shapes = {
	play: "M7 4.5v15l12-7.5z",
	pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
	sound: "M4 9.5v5h3.5L12 19V5L7.5 9.5zM15 8.5a5 5 0 0 1 0 7M17.5 5.5a9 9 0 0 1 0 13",
	mute: "M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9.5l5 5M20.5 9.5l-5 5",
	loop: "M17 3l3.5 3.5L17 10M4 11V9a2.5 2.5 0 0 1 2.5-2.5h14M7 21l-3.5-3.5L7 14M20 13v2a2.5 2.5 0 0 1-2.5 2.5h-14",
	thumb: "M7.5 10.5v9.5H4v-9.5zM7.5 10.5L11.5 3c1.6 0 2.6 1.2 2.3 2.7L13 9.5h5.6a2 2 0 0 1 2 2.4l-1.4 6.4A2.2 2.2 0 0 1 17 20H7.5",
	up: "M12 19V5M6 11l6-6 6 6",
	close: "M6 6l12 12M18 6L6 18",
};

export function icon(name) {
	return svg("svg.icon." + name, {viewBox: "0 0 24 24", "aria-hidden": "true"}, svg("path", {d: shapes[name]}));
}

export function button(label, onclick, props, ...kids) {
	return el("button", {type: "button", onclick, ...props}, kids.length ? kids : label);
}

/* A band that says one sentence: kind is info, warn or bad. */
export function band(kind, text, ...more) {
	return el("p.band." + kind, kind === "bad" ? {role: "alert"} : null, text, more);
}

export const percent = (p) => (p >= 0.9995 || p < 0.0005 ? Math.round(100 * p) : (100 * p).toPrecision(p < 0.1 ? 2 : 3)) + " %";
export const whole = (p) => Math.round(100 * p) + " %";

/* -8.76 as "−8.8" and 0.2 as "+0.2": a true minus. */
export const signed = (x) => (Math.abs(x) < 0.05 ? "±" : x < 0 ? "−" : "+") + Math.abs(x).toFixed(1);

export function clock(s) {
	const t = Math.max(0, Math.floor(s + 1e-3));
	return Math.floor(t / 60) + ":" + String(t % 60).padStart(2, "0");
}

export function duration(s) {
	if (s < 90)
		return (s < 1 ? s.toFixed(2) : Math.round(s)) + " s";
	if (s < 5400)
		return Math.round(s / 60) + " min";
	return Math.floor(s / 3600) + " h " + Math.round((s % 3600) / 60) + " min";
}

/* Of seconds since 1970, or of text as JSON has it. */
export function moment(time) {
	const d = new Date(typeof time === "number" ? 1000 * time : time);
	if (Number.isNaN(d.getTime()))
		return "";
	return d.toLocaleString("en-GB", {dateStyle: d.toDateString() === new Date().toDateString() ? undefined : "medium", timeStyle: "short"});
}

export const bytes = (n) => (n < 1e6 ? Math.round(n / 1e3) + " kB" : (n / 1e6).toFixed(n < 1e7 ? 1 : 0) + " MB");

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
