// Requests to the API. One that finds the session expired waits for the next token and goes again.
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

// A webhook's path.
export const at = (id, rest = "") => `v1/webhooks/${encodeURIComponent(id)}${rest}`;

async function send(path, request) {
  const options = { cache: "no-store", credentials: "omit", redirect: "error" };
  try {
    // API Gateway gives up after 30 seconds.
    return await fetch(path, { ...request, ...options, signal: AbortSignal.timeout(35000) });
  } catch {
    throw new Error(UNREACHABLE);
  }
}

// What the API says when it does not do what was asked (RFC 9457).
function problem(status, { detail, code, errors = [], requestId } = {}) {
  const text = detail ?? `The service answers with an error (${status}).`;
  const id = status >= 500 && requestId ? ` (Request ${requestId})` : "";
  return Object.assign(new Error(text + id), { status, code, errors });
}
