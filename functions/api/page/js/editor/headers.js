// Additional headers. A secret one's stored value is kept unless a new one is typed.
import { button, h } from "../dom.js";
import { check, field, textbox } from "../parts.js";
import { soundsSecret } from "../rules.js";
import { card } from "./basics.js";

export function headers({ headers: stored }, changed) {
  const list = h("ul.rows");
  let rows = [];
  const add = (header) => {
    const made = row(header, () => {
      rows = rows.filter((other) => other !== made);
      made.element.remove();
      changed();
      adder.focus();
    });
    rows.push(made);
    list.append(made.element);
    return made;
  };
  const adder = button("Add header", () => {
    add({ name: "", isNew: true }).focus();
    changed();
  });
  stored.forEach(add);
  const made = card("Additional headers", "Sent with each request. Content-Type replaces the usual one.", list, adder);
  const whole = () => rows.map(({ written }) => written());
  const before = JSON.stringify(whole());
  const blame = (text, [place, part] = []) => {
    if (text && rows[place]) return rows[place].blame(text, part);
    made.blame(text);
    if (!text) for (const each of rows) each.blame("");
  };
  return {
    ...made,
    blame,
    whole,
    focus: () => (list.querySelector("[aria-invalid]") ?? made).focus(),
    patch: () => (JSON.stringify(whole()) === before ? {} : { headers: whole() }),
  };
}

function row({ name, value, secret: kept, isNew }, onremove) {
  const title = field("Header name", textbox(name, { class: "mono" }));
  const text = field("Header value", textbox(value ?? "", { class: "mono", placeholder: kept ? "•••••• (kept)" : "" }));
  const secret = check("Secret", { checked: Boolean(kept) });
  let guessing = isNew;
  secret.control.addEventListener("change", () => (guessing = false));
  title.control.addEventListener("input", () => {
    if (guessing) secret.control.checked = soundsSecret(title.control.value);
  });
  return {
    element: h("li", title.element, text.element, secret.element, button("Remove", onremove, { class: "small" })),
    blame(fault, part) {
      title.blame(part === "name" ? fault : "");
      text.blame(part === "name" ? "" : fault);
    },
    focus: () => title.control.focus(),
    written() {
      const line = { name: title.control.value.trim(), value: text.control.value, secret: secret.control.checked };
      const keeps = kept && line.secret && !line.value && line.name.toLowerCase() === name.toLowerCase();
      return keeps ? { name: line.name, secret: true } : line;
    },
  };
}
