// A modal dialog; the focus goes back to where it was.
import { button, fresh, h } from "./dom.js";
import { alertBox, say } from "./parts.js";

// Each button is [label, run]; Enter in a field presses the last. `run` gives the answer; after
// false or a fault the dialog stays.
export function dialog(title, content, buttons, kind = "primary") {
	const [opener, id, faults] = [document.activeElement, fresh(), h("div")];
	const { promise, resolve } = Promise.withResolvers();
	let answer, busy;
	const press = async (run) => {
		if (busy) return;
		busy = true;
		faults.replaceChildren();
		try {
			answer = await run?.();
			if (answer !== false) box.close();
		} catch ({ message }) {
			if (box.open) faults.append(alertBox(message));
			else say(message);
		}
		busy = false;
		if (!box.open) resolve(answer);
	};
	const [label, last] = buttons.pop();
	const onsubmit = (event) => {
		event.preventDefault();
		press(last);
	};
	const actions = h("div.actions", buttons.map(([text, run]) => button(text, () => press(run))), h(`button.${kind}`, label));
	const form = h("form", { onsubmit }, h("h2", { id }, title), content, faults, actions);
	const box = h("dialog", { "aria-labelledby": id }, form);
	box.onclose = () => {
		box.remove();
		(opener.isConnected ? opener : document.querySelector("h2"))?.focus();
		// Escape stops nothing: what runs gives the answer.
		if (!busy) resolve(answer);
	};
	document.body.append(box);
	box.showModal();
	return promise;
}
