// Requests to the API; with an expired token one goes again with the next.
import { tokenOtherThan } from "./session.js";

const UNREACHABLE = "The service cannot be reached. Try again.";

export async function call(method, path, { body, etag, key } = {}) {
	let token;
	for (;;) {
		token = await tokenOtherThan(token);
		const headers = { Authorization: `Bearer ${token}` };
		if (body) headers["Content-Type"] = "application/json";
		if (etag) headers["If-Match"] = etag;
		if (key) headers["Idempotency-Key"] = key;
		const response = await send(path, { method, headers, body: body && JSON.stringify(body) });
		if (response.status === 401) continue;
		const answer = await response.json().catch(() => null);
		if (!response.ok) throw problem(response.status, answer ?? {});
		if (!answer && response.status !== 204) throw new Error(UNREACHABLE);
		return { body: answer, etag: response.headers.get("ETag") };
	}
}

export const get = async (path) => (await call("GET", path)).body;

export async function poll(path, every, long, done, passes) {
	for (const until = Date.now() + long; Date.now() < until; ) {
		await new Promise((resolve) => setTimeout(resolve, every));
		try {
			const answer = await get(path);
			if (done(answer)) return answer;
		} catch (problem) {
			if (!passes(problem)) throw problem;
		}
	}
	return {};
}

export const post = async (path, body) => (await call("POST", path, { body })).body;

export const at = (id, rest = "") => `v1/webhooks/${id}${rest}`;

async function send(path, request) {
	try {
		// API Gateway gives up after 30 seconds.
		const signal = AbortSignal.timeout(35000);
		return await fetch(path, { ...request, signal, cache: "no-store", credentials: "omit", redirect: "error" });
	} catch {
		throw new Error(UNREACHABLE);
	}
}

function problem(status, { detail, code, errors = [], requestId }) {
	const text = detail ?? `The service answers with an error (${status}).`;
	const id = status >= 500 && requestId ? ` (Request ${requestId})` : "";
	return Object.assign(new Error(text + id), { status, code, errors });
}
