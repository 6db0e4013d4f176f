// It can be hovered itself, and Escape closes it (WCAG 1.4.13).
import { button, fresh, h } from "./ui.js";

export function tooltip(text, lines) {
	const id = fresh();
	const tip = h("span.tip", { role: "tooltip", id, hidden: true }, lines.map((line) => h("span", line)));
	const set = (hidden) => () => {
		tip.hidden = hidden;
		document[hidden ? "removeEventListener" : "addEventListener"]("keydown", escape);
	};
	const [show, hide] = [set(false), set(true)];
	const escape = ({ key }) => key === "Escape" && hide();
	const trigger = button(text, show, { class: "trigger", "aria-describedby": id, onfocus: show, onblur: hide });
	return h("span.tipped", { onmouseenter: show, onmouseleave: hide }, trigger, tip);
}
