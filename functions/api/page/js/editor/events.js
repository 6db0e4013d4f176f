// Which events are sent: all, or a choice by category.
import { button, h } from "../dom.js";
import { check, textbox } from "../parts.js";
import { card } from "./basics.js";

export function events({ eventTypes: stored }, types, changed) {
  const all = check("All events, including new ones", { checked: stored[0] === "*" });
  const boxes = types.map((type) => ({ ...type, ...check(type.label, { checked: stored.includes(type.id) }) }));
  const group = (category) => {
    const own = boxes.filter((box) => box.category === category);
    const choose = (text, checked) =>
      button(text, () => {
        for (const { control, element } of own) if (!element.hidden) control.checked = checked;
        changed();
      }, { class: "small", "aria-label": `${text} of ${category}` });
    const legend = h("legend", category);
    return h("fieldset", legend, h("div.row", choose("All", true), choose("None", false)), own.map(({ element }) => element));
  };
  const groups = [...new Set(types.map(({ category }) => category))].map(group);
  const none = h("p.hint", { role: "status" });
  const search = textbox("", { type: "search", "aria-label": "Search event types", placeholder: "Search event types" });
  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase();
    for (const { element, label, id, category } of boxes) {
      element.hidden = !`${label} ${id} ${category}`.toLowerCase().includes(words);
    }
    for (const each of groups) each.hidden = !each.querySelector(".check:not([hidden])");
    none.replaceChildren(groups.every(({ hidden }) => hidden) ? "No event type matches." : "");
  });
  const freeze = () => {
    for (const each of groups) each.disabled = all.control.checked;
  };
  all.control.onchange = freeze;
  freeze();
  const chosen = () => (all.control.checked ? ["*"] : boxes.filter(({ control }) => control.checked).map(({ id }) => id));
  const same = (list) => list.length === stored.length && list.every((id) => stored.includes(id));
  const made = card("Event types", "", all.element, search, none, h("div.groups", groups));
  return { ...made, patch: () => (same(chosen()) ? {} : { eventTypes: chosen() }) };
}
