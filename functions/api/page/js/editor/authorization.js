// The Authorization header. What is stored is never shown, but for its scheme.
import { dialog } from "../dialog.js";
import { button, h } from "../dom.js";
import { field, textbox } from "../parts.js";
import { authorizationFault } from "../rules.js";
import { card } from "./basics.js";

export function authorization({ authorization: stored }, changed) {
  // Undefined while it is to stay as it is stored, null to clear it.
  let given;
  const shown = h("code");
  const show = () => {
    const scheme = given === undefined ? stored?.scheme : given?.split(" ")[0];
    shown.replaceChildren(scheme ? `${scheme} ••••••` : "None");
  };
  const set = async () => {
    const answer = await ask();
    if (!answer) return;
    given = answer.value;
    made.blame("");
    show();
    changed();
  };
  const made = card("Authorization header", "Sent with each request, and kept as a secret.", h("div.row", shown, button("Set Authorization Header", set)));
  show();
  const same = () => given === undefined || (given === null && !stored);
  return { ...made, patch: () => (same() ? {} : { authorization: given }) };
}

// {value}: the new one, or null to clear it; null when nothing is to change.
function ask() {
  const control = textbox("", { type: "password", class: "mono", autocomplete: "new-password" });
  const made = field("Header value", control);
  const show = button("Show", () => {
    const hides = control.type === "text";
    control.type = hides ? "password" : "text";
    show.ariaPressed = String(!hides);
  }, { "aria-pressed": "false" });
  const examples = [["Splunk", "Splunk <token>"], ["Bearer", "Bearer <token>"], ["Basic", "Basic <Base64 of user:password>"]];
  const hints = h("dl", examples.map(([who, text]) => h("div", h("dt", who), h("dd", h("code", text)))));
  const set = () => {
    const fault = authorizationFault(control.value);
    made.blame(fault);
    return !fault && { value: control.value };
  };
  const buttons = [["Cancel"], ["Clear", () => ({ value: null })], ["Set", set]];
  return dialog("Authorization header", [h("div.inline", made.element, show), hints], buttons);
}
