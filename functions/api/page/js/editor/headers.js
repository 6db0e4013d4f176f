// A secret header's stored value is kept unless a new one is typed.
import { button, check, field, h, small, textbox } from "../ui.js";
import { card } from "./basics.js";

export function headers({ headers: stored }, changed) {
	const list = h("ul");
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
		add({ name: "" }).title.focus();
		changed();
	});
	const made = card("Additional headers", list, adder);
	stored.forEach(add);
	const whole = () => rows.map(({ written }) => written());
	const before = JSON.stringify(whole());
	const change = () => (JSON.stringify(whole()) === before ? undefined : whole());
	const blame = (text, [place, part] = []) => {
		if (text && rows[place]) return rows[place].blame(text, part);
		made.blame(text);
		for (const each of rows) if (!text) each.blame("");
	};
	return { ...made, blame, focus: () => (list.querySelector("[aria-invalid]") ?? made).focus(), change };
}

function row({ name, value = "", secret: kept }, onremove) {
	const oninput = () => {
		if (guesses) secret.control.checked = /key|token|secret|auth|password|signature/i.test(title.control.value);
	};
	const title = field("Header name", textbox(name, { oninput }));
	const text = field("Header value", textbox(value, { placeholder: kept ? "•••••• (kept)" : "" }));
	const secret = check("Secret", { checked: Boolean(kept) });
	// A new one's name tells, until the admin does.
	let guesses = !name;
	secret.control.onchange = () => (guesses = false);
	return {
		element: h("li", title.element, text.element, secret.element, small("Remove", onremove)),
		title: title.control,
		blame(fault, part) {
			if (!fault || part === "name") title.blame(fault);
			if (!fault || part !== "name") text.blame(fault);
		},
		written() {
			const line = { name: title.control.value.trim(), value: text.control.value, secret: secret.control.checked };
			const keeps = kept && line.secret && !line.value && line.name === name;
			return keeps ? { name, secret: true } : line;
		},
	};
}
