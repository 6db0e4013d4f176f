// How a receiver tells that a request is genuine: samples to copy.
import { h } from "./dom.js";
import { copyButton } from "./parts.js";

const NODE = `import { createHmac, timingSafeEqual } from "node:crypto";

// body: the raw bytes as they came; header: X-Soteri-Signature;
// secret: one of the webhook's signing secrets, as text.
export function isGenuine(body, header, secret) {
  const expected = createHmac("sha256", secret).update(body).digest();
  return header.split(",").some((signature) => {
    const given = Buffer.from(signature, "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}`;

const PYTHON = `import base64, hashlib, hmac

# body: the raw bytes as they came; header: X-Soteri-Signature;
# secret: one of the webhook's signing secrets, as text.
def is_genuine(body: bytes, header: str, secret: str) -> bool:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    expected = base64.b64encode(digest)
    given = [signature.encode() for signature in header.split(",")]
    return any(hmac.compare_digest(each, expected) for each in given)`;

export const verify = () =>
  h(
    "details.card",
    h("summary", "How to verify"),
    h("p", "For each shared secret, ", h("code", "X-Soteri-Signature"), " holds the Base64 of the HMAC-SHA256 of the raw body, with commas between them."),
    sample("Node.js", NODE),
    sample("Python", PYTHON),
  );

function sample(language, text) {
  const [code, label] = [h("code", text), `${language} sample`];
  return [h("div.row", h("h4", language), copyButton(code, `Copy ${label}`)), h("pre", { tabindex: 0, role: "region", "aria-label": label }, code)];
}
