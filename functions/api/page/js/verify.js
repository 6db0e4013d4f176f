// How a receiver tells that a request is genuine.
import { code, copyButton, h } from "./ui.js";

const NODE = `import { createHmac, timingSafeEqual } from "node:crypto";

// body: the raw bytes as they came; secret: a shared secret, as text.
export function isGenuine(body, header, secret) {
  const expected = createHmac("sha256", secret).update(body).digest();
  return header.split(",").some((signature) => {
    const given = Buffer.from(signature, "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}`;

const PYTHON = `import base64, hashlib, hmac

def is_genuine(body: bytes, header: str, secret: str) -> bool:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    expected = base64.b64encode(digest)
    given = [signature.encode() for signature in header.split(",")]
    return any(hmac.compare_digest(each, expected) for each in given)`;

export const verify = () =>
	h(
		"details.card",
		h("summary", "How to verify"),
		h("p", "X-Soteri-Signature holds, for each shared secret, the Base64 of the HMAC-SHA256 of the raw body, between commas."),
		sample("Node.js sample", NODE),
		sample("Python sample", PYTHON),
	);

function sample(label, text) {
	const shown = code(label, text);
	return [h("div.row", h("h4", label), copyButton(shown, `Copy ${label}`)), shown];
}
