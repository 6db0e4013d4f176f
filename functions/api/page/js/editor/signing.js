// The secrets that requests are signed with. A saved one is never shown again.
import { call } from "../api.js";
import { button, h } from "../dom.js";
import { actButton, copyButton, field, textbox } from "../parts.js";
import { secretFault } from "../rules.js";
import { card } from "./basics.js";

export function signing({ signingSecrets: stored }, changed) {
  let secrets = [...stored];
  const list = h("ul.rows");
  const input = field("Shared secret", textbox("", { class: "mono" }), "16 to 256 printable ASCII characters. The text itself is the key: it is not decoded.");
  const { control, blame } = input;
  const show = () => list.replaceChildren(...secrets.map((secret) => item(secret, () => set(secrets.filter((other) => other !== secret)))));
  const set = (next) => {
    secrets = next;
    show();
    changed();
    control.focus();
  };
  const add = () => {
    const fault = secrets.length < 10 ? secretFault(control.value) : "A webhook has at most 10 signing secrets.";
    blame(fault);
    if (fault) return control.focus();
    const { value } = control;
    control.value = "";
    set([...secrets, { value }]);
  };
  const random = async () => {
    try {
      control.value = (await call("POST", "v1/signing-secrets/random")).body.value;
      blame("");
      changed();
    } catch ({ message }) {
      blame(message);
    }
  };
  control.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  show();
  const made = card("Message signing", "Each request carries a signature for each secret, so that its receiver can tell that it is genuine.", list, h("div.inline", input.element, actButton("Random", random), button("Add", add)));
  // What stands in the textbox is meant too, although nobody has pressed Add.
  const whole = () => (control.value ? [...secrets, { value: control.value }] : secrets);
  const same = () => whole().length === stored.length && whole().every((secret, place) => secret === stored[place]);
  const written = () => whole().map(({ id, value }) => (id ? { id } : { value }));
  return { ...made, blame, focus: () => control.focus(), patch: () => (same() ? {} : { signingSecrets: written() }) };
}

function item({ hint, value }, onremove) {
  const text = `${hint ?? value.slice(0, 3)}…`;
  const shown = h("code", value ?? text);
  const remove = button("Remove", onremove, { class: "small", "aria-label": `Remove secret ${text}` });
  return h("li", shown, value && [h("span.hint", "Copy it now: once saved it is not shown again."), copyButton(shown)], remove);
}
