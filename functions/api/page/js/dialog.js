// A modal dialog; the focus goes back to where it was.
import { button, fresh, h } from "./dom.js";
import { alertBox } from "./parts.js";

// Each button is [label, run]; Enter presses the last. `run` gives the answer; after
// false or a fault the dialog stays.
export function dialog(title, content, buttons, kind = "primary") {
	const [opener, id, faults] = [document.activeElement, fresh(), h("div")];
	let [answer, busy] = [null, false];
	const press = async (run) => {
		if (busy) return;
		busy = true;
		faults.replaceChildren();
		try {
			const given = await run?.();
			if (given !== false) {
				answer = given;
				box.close();
			}
		} catch ({ message }) {
			faults.append(alertBox(message));
		}
		busy = false;
	};
	const [label, last] = buttons.pop();
	const onsubmit = (event) => {
		event.preventDefault();
		press(last);
	};
	const actions = h("div.actions", buttons.map(([text, run]) => button(text, () => press(run))), h(`button.${kind}`, label));
	const form = h("form", { onsubmit }, h("h2", { id }, title), content, faults, actions);
	const box = h("dialog", { "aria-labelledby": id }, form);
	document.body.append(box);
	box.showModal();
	return new Promise((resolve) => {
		box.onclose = () => {
			box.remove();
			(opener.isConnected ? opener : document.querySelector("h2"))?.focus();
			resolve(answer);
		};
	});
}
