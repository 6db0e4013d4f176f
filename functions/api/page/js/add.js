// Adding a custom webhook: a name and a URL; the rest has its defaults and is edited then.
import { call } from "./api.js";
import { button, h, heading } from "./dom.js";
import { alertBox, field, textbox, unlicensed } from "./parts.js";
import { nameFault } from "./rules.js";
import { urlField } from "./url-field.js";

export function addView({ tenant, go }) {
  const title = heading("Add custom webhook");
  if (!tenant.webhooksEnabled) return { element: [title, unlicensed()] };
  const fields = { displayName: field("Display name", textbox("", { dir: "auto" })), url: urlField("") };
  const faults = h("div");
  const read = () => ({ displayName: fields.displayName.control.value, url: fields.url.control.value });
  let [sent, key, busy] = ["", "", false];
  const save = async () => {
    const body = read();
    const fault = nameFault(body.displayName);
    faults.replaceChildren();
    fields.displayName.blame(fault);
    if (!fields.url.check()) fields.url.control.focus();
    if (fault) fields.displayName.control.focus();
    if (fault || !fields.url.check()) return;
    // Sent again after an answer was lost, the same request makes no second webhook.
    if (sent !== JSON.stringify(body)) [sent, key] = [JSON.stringify(body), crypto.randomUUID()];
    try {
      await call("POST", "v1/webhooks", { body, key });
      await go("#/", `Webhook ${body.displayName.trim()} is added.`);
    } catch (problem) {
      blame(problem);
    }
  };
  const blame = ({ errors = [], message }) => {
    for (const { pointer, detail } of errors) fields[pointer.slice(1)]?.blame(detail);
    const wrong = errors.map(({ pointer }) => fields[pointer.slice(1)]).find(Boolean);
    if (wrong) wrong.control.focus();
    else faults.append(alertBox(message, submit));
  };
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    await save();
    busy = false;
  };
  const actions = h("div.bar", h("button.primary", "Save"), button("Cancel", () => go("#/", "")));
  const form = h("form.narrow", { novalidate: "", onsubmit: submit }, faults, fields.displayName.element, fields.url.element, actions);
  return { element: [title, form], isDirty: () => Object.values(read()).some(Boolean) };
}
