// Small parts that several views show.
import { button, fresh, h } from "./dom.js";
import { absolute, relative, STATE, UNLICENSED } from "./words.js";

// Says what came of something; it stays until the next, or until it is dismissed.
export const say = (text) => document.getElementById("status").replaceChildren(text);

// Says that something went wrong, and offers to try it again.
export const alertBox = (text, retry) =>
  h("div.box.bad", { role: "alert" }, h("p", text), retry && button("Try again", retry));

export const loading = () => h("p.loading", "Loading…");

export const unlicensed = () => h("p.box.warn", UNLICENSED);

export const when = (time, write = relative) => h("time", { datetime: time, title: absolute(time) }, write(time));

// A word with a color; never a color alone.
export const lozenge = (kind, ...text) => h(`span.lozenge.${kind}`, text);

export const status = ({ state, since, reasonText }) => [
  lozenge(state, STATE[state] ?? state, state === "failing" && when(since, (time) => absolute(time, "short"))),
  reasonText && h("p.subtle", reasonText),
];

// A button that cannot be pressed again while `act` runs.
export function actButton(label, act, attributes) {
  const made = button(label, async () => {
    if (made.ariaDisabled) return;
    made.ariaDisabled = "true";
    await act().finally(() => (made.ariaDisabled = null));
  }, attributes);
  return made;
}

export const visitButton = (label, target, attributes) => button(label, () => (location.hash = target), attributes);

// A labeled control with a place for what is wrong with it.
export function field(label, control, hint) {
  const id = fresh();
  const fault = h("p.fault", { id: `${id}f`, "aria-live": "polite" });
  control.id = id;
  control.setAttribute("aria-describedby", `${id}h ${id}f`);
  const blame = (text) => {
    fault.replaceChildren(text ?? "");
    control.ariaInvalid = text ? "true" : null;
  };
  const about = h("p.hint", { id: `${id}h` }, hint);
  return { element: h("div.field", h("label", { for: id }, label), control, about, fault), control, blame };
}

export const textbox = (value, attributes) =>
  h("input", { type: "text", value, autocomplete: "off", spellcheck: "false", ...attributes });

export const select = (options, attributes) =>
  h("select", attributes, options.map(([value, text]) => h("option", { value }, text)));

// A checkbox or radio button with its label.
export function check(label, attributes) {
  const id = fresh();
  const control = h("input", { type: "checkbox", id, ...attributes });
  return { control, element: h("div.check", control, h("label", { for: id }, label)) };
}

// A table. The roles are written out: as cards, on a narrow screen, it would lose them.
export function table(label, columns, rows) {
  const head = columns.map((text) => h("th", { role: "columnheader", scope: "col" }, text));
  const body = h("tbody", { role: "rowgroup" });
  const row = (cells) =>
    h("tr", { role: "row" }, cells.map((cell, place) => h("td", { role: "cell", "data-label": columns[place] }, h("div", cell))));
  const add = (more) => body.append(...more.map(row));
  add(rows);
  const thead = h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head));
  return { element: h("table.cards", { role: "table", "aria-label": label }, thead, body), add };
}

// Copies what `source` shows. A frame may lack the clipboard, hence the older way.
export function copyButton(source, label = "Copy") {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      document.execCommand("copy");
    }
    say("Copied.");
  };
  return button("Copy", copy, { class: "small", "aria-label": label });
}

// Deliveries may not be there in every installation of the service.
export const missing = (problem, retry) =>
  problem.code === "no_such_route" ? h("p.empty", "This is not available yet.") : alertBox(problem.message, retry);
