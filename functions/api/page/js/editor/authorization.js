// What is stored is never shown, but for its scheme.
import { button, dialog, field, h, textbox } from "../ui.js";
import { card } from "./basics.js";

const EXAMPLES = "For example Splunk <token>, Bearer <token> or Basic <Base64 of user:password>.";

export function authorization({ authorization: stored }, changed) {
	// Undefined: as stored; null: cleared.
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
	const made = card("Authorization header", h("div.row", shown, button("Set Authorization Header", set)));
	show();
	return { ...made, change: () => (given === null && !stored ? undefined : given) };
}

// {value}: the new one; null clears it.
function ask() {
	const control = textbox("", { type: "password", autocomplete: "new-password" });
	const made = field("Header value", control, EXAMPLES);
	const show = button("Show", () => {
		const hides = control.type === "text";
		control.type = hides ? "password" : "text";
		show.ariaPressed = !hides;
	}, { "aria-pressed": "false" });
	const set = () => {
		const fault = /^\S+ [!-~]/.test(control.value) ? "" : 'Write a scheme, one space and credentials, as in "Bearer …".';
		made.blame(fault);
		return !fault && { value: control.value };
	};
	const buttons = [["Cancel"], ["Clear", () => ({ value: null })], ["Set", set]];
	return dialog("Authorization header", h("div.inline", made.element, show), buttons);
}
