// A new custom webhook; the rest has its defaults.
import { button, call, h, heading, say } from "./ui.js";
import { blame, changes, displayName, url } from "./editor/basics.js";

export function addView({ go }) {
	const sections = { displayName: displayName({ displayName: "" }), url: url({ url: "" }) };
	const faults = h("div");
	let sent, key, busy;
	const save = async () => {
		const body = changes(sections);
		// Sent again, it makes no second webhook.
		if (sent !== JSON.stringify(body)) [sent, key] = [JSON.stringify(body), crypto.randomUUID()];
		await call("POST", "v1/webhooks", { body, key });
		const told = `Webhook ${body.displayName.trim()} is added.`;
		// Whoever is elsewhere by now stays there.
		if (form.isConnected || location.hash.length < 3) await go("#/", told);
		else say(told);
	};
	const onsubmit = async (event) => {
		event.preventDefault();
		faults.replaceChildren();
		sections.displayName.blame("");
		if (!sections.url.check()) return sections.url.focus();
		if (busy) return;
		busy = true;
		await save().catch((problem) => blame(problem, sections, faults, onsubmit));
		busy = false;
	};
	const actions = h("div.bar", h("button.primary", "Save"), button("Cancel", () => go("#/", "")));
	const form = h("form", { onsubmit }, faults, Object.values(sections).map(({ element }) => element), actions);
	return { element: [heading("Add custom webhook"), form], isDirty: () => Object.keys(changes(sections)).length };
}
