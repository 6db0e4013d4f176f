// The editor's plain fields. A section of the editor is {element, patch(), blame(text, place), focus()};
// its part of the patch is empty while nothing of it has changed.
import { fresh, h, name } from "../dom.js";
import { field, textbox } from "../parts.js";
import { urlField } from "../url-field.js";

const section = (key, { element, control, blame }, stored, property = "value") => ({
  element,
  blame,
  focus: () => control.focus(),
  patch: () => (control[property] === stored ? {} : { [key]: control[property] }),
});

export const displayName = ({ displayName: stored }) =>
  section("displayName", field("Display name", textbox(stored, { dir: "auto" })), stored);

export function url({ url: stored }) {
  const made = urlField(stored);
  return { ...section("url", made, stored), check: () => made.control.value === stored || made.check() };
}

// What we have disabled is off too: switching it on makes it active again.
export function enabled({ enabled: on, status: { state } }) {
  const checked = on && state !== "disabled";
  const made = field("Enabled", h("input", { type: "checkbox", role: "switch", checked }), "While it is off, events are kept for 30 days, to be sent by hand.");
  made.element.classList.add("switch");
  return section("enabled", made, checked, "checked");
}

// A titled part of the editor with a place for what is wrong with it.
export function card(title, hint, ...content) {
  const id = fresh();
  const fault = h("p.fault", { role: "alert" });
  const head = h("h3", { id, tabindex: -1 }, title);
  const element = h("section.card", { "aria-labelledby": id }, head, h("p.hint", hint), content, fault);
  return { element, blame: (text) => fault.replaceChildren(text), focus: () => head.focus() };
}

// Where a Slack webhook posts is chosen at Slack. Only https is followed: no address may be a script.
export function slack({ slack: { channel, team, configurationUrl: href } }) {
  const row = (term, text) => h("div", h("dt", term), h("dd", name(text)));
  const link = /^https:/.test(href) && h("a", { href, target: "_blank", rel: "noreferrer" }, "Configuration at Slack");
  return card("Slack", "To post to another channel, install using OAuth again.", h("dl", row("Channel", channel.name), row("Workspace", team.name)), link).element;
}
