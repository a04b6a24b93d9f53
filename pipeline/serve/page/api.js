/* The server: JSON, uploads with their progress, and its events. */

export class Failure extends Error {
	constructor(text, status) {
		super(text);
		this.status = status;
	}
}

const TRIES = 6;
const pause = (s, signal) => new Promise((done, stop) => {
	const timer = setTimeout(done, 1000 * s);
	signal?.addEventListener("abort", () => {
		clearTimeout(timer);
		stop(signal.reason);
	});
});

function readable(status, body) {
	if (body && typeof body.error === "string")
		return body.error;
	if (status === 401)
		return "This server wants its token: open the address that it printed when it started.";
	return "The server answered with status " + status + ".";
}

async function once(path, options) {
	try {
		return await fetch(path, options);
	} catch (e) {
		if (e.name === "AbortError")
			throw e;
		throw new Failure("The server does not answer. Is `avqa-pipe serve` still running?", 0);
	}
}

/* JSON in, JSON out; waits and tries again while the server is busy (503 with Retry-After).
 * `busy` is told for how long. Throws Failure with a sentence for people. */
export async function call(path, {method, json, signal, busy} = {}) {
	const options = {method: method || (json ? "POST" : "GET"), signal};
	if (json) {
		options.headers = {"Content-Type": "application/json"};
		options.body = JSON.stringify(json);
	}
	for (let k = 1;; k++) {
		const r = await once(path, options);
		if (r.status === 503 && k < TRIES) {
			const wait = Math.min(10, Number(r.headers.get("Retry-After")) || 1);
			busy?.(wait);
			await pause(wait, signal);
			continue;
		}
		const body = r.status === 204 ? null : await r.json().catch((e) => {
			if (signal?.aborted)
				throw e;
			return null;
		});
		if (!r.ok)
			throw new Failure(readable(r.status, body), r.status);
		return body;
	}
}

/* A file's bytes; `progress` is told how many of them are there (0..1). */
export function upload(file, progress) {
	return new Promise((done, failed) => {
		const x = new XMLHttpRequest();
		x.open("POST", "/api/clips?name=" + encodeURIComponent(file.name || "clip.mp4"));
		x.responseType = "json";
		x.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
		x.onload = () => (x.status < 300 ? done(x.response) : failed(new Failure(readable(x.status, x.response), x.status)));
		x.onerror = () => failed(new Failure("The upload broke off: the server does not answer, or the clip is too large for it.", 0));
		x.send(file);
	});
}

/* Server-sent events: {name: function of the data}. Gives a function that stops listening. */
export function listen(path, on, lost) {
	const source = new EventSource(path);
	for (const [name, f] of Object.entries(on))
		source.addEventListener(name, (e) => {
			let data = {};
			try {
				data = JSON.parse(e.data);
			} catch {
				return;
			}
			f(data);
		});
	source.onerror = () => lost?.(source.readyState === EventSource.CLOSED);
	return () => source.close();
}

const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

/* The command line that asks the same. */
export function curl(json) {
	return "curl -sS " + quoted(location.origin + "/api/ask") + " -H 'Content-Type: application/json' -d " +
		quoted(JSON.stringify(json));
}
