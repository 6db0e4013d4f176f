// Requests to the API: with an expired token, again with the next.
import { tokenOtherThan } from "./session.js";

export async function call(method, path, { body, etag, key } = {}) {
	let token;
	for (;;) {
		token = await tokenOtherThan(token);
		const headers = { Authorization: `Bearer ${token}` };
		if (body) headers["Content-Type"] = "application/json";
		if (etag) headers["If-Match"] = etag;
		if (key) headers["Idempotency-Key"] = key;
		// API Gateway gives up after 30 seconds.
		const rules = { signal: AbortSignal.timeout(35000), cache: "no-store", credentials: "omit", redirect: "error" };
		const response = await fetch(path, { ...rules, method, headers, body: body && JSON.stringify(body) }).catch(unreachable);
		if (response.status === 401) continue;
		const answer = await response.json().catch(() => null);
		if (!response.ok) throw problem(response.status, answer ?? {});
		if (!answer && response.status !== 204) unreachable();
		return { body: answer, etag: response.headers.get("ETag") };
	}
}

export const get = async (path) => (await call("GET", path)).body;

// A fault is no answer yet.
export async function poll(path, every, long, done) {
	for (const until = Date.now() + long; Date.now() < until; ) {
		await new Promise((resolve) => setTimeout(resolve, every));
		const answer = await get(path).catch(() => ({}));
		if (done(answer)) return answer;
	}
	return {};
}

export const post = async (path, body) => (await call("POST", path, { body })).body;

export const at = (id, rest = "") => `v1/webhooks/${id}${rest}`;

function unreachable() {
	throw new Error("The service cannot be reached. Try again.");
}

function problem(status, { detail, code, errors = [], requestId }) {
	const text = detail ?? `The service answers with an error (${status}).`;
	const id = status >= 500 && requestId ? ` (Request ${requestId})` : "";
	return Object.assign(new Error(text + id), { status, code, errors });
}
