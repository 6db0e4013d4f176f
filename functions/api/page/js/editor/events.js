// All event types, or a choice by category.
import { check, h, small, textbox } from "../ui.js";
import { card } from "./basics.js";

export function events({ eventTypes: stored }, changed, types) {
	const all = check("All events, including new ones", { checked: stored[0] === "*" });
	const boxes = types.map((type) => ({ ...type, ...check(type.label, { checked: stored.includes(type.id) }) }));
	const group = (category) => {
		const own = boxes.filter((box) => box.category === category);
		const choose = (text, checked) => {
			const set = () => {
				for (const { control, element } of own) if (!element.hidden) control.checked = checked;
				changed();
			};
			return small(text, set, `${text} of ${category}`);
		};
		const buttons = h("div.row", choose("All", true), choose("None", false));
		return h("fieldset", h("legend", category), buttons, own.map(({ element }) => element));
	};
	const groups = [...new Set(types.map(({ category }) => category))].map(group);
	const none = h("p.hint", { "aria-live": "polite" });
	const oninput = () => {
		const words = search.value.trim().toLowerCase();
		for (const { element, label, id, category } of boxes) {
			element.hidden = !`${label} ${id} ${category}`.toLowerCase().includes(words);
		}
		for (const each of groups) each.hidden = !each.querySelector(".check:not([hidden])");
		none.replaceChildren(groups.every(({ hidden }) => hidden) ? "No event type matches." : "");
	};
	const search = textbox("", { type: "search", form: "", "aria-label": "Search event types", placeholder: "Search event types", oninput });
	const freeze = () => groups.forEach((each) => (each.disabled = all.control.checked));
	all.control.onchange = freeze;
	freeze();
	const chosen = () => (all.control.checked ? ["*"] : boxes.filter(({ control }) => control.checked).map(({ id }) => id));
	const same = (list) => list.length === stored.length && list.every((id) => stored.includes(id));
	const made = card("Event types", all.element, search, none, h("div.groups", groups));
	return { ...made, change: () => (same(chosen()) ? undefined : chosen()) };
}
