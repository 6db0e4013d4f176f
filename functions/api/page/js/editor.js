// Nothing is sent before Save, and then only what has changed.
import { at, button, call, h, heading, health, name, say, visit } from "./ui.js";
import { authorization } from "./editor/authorization.js";
import { blame, changes, displayName, enabled, slack, url } from "./editor/basics.js";
import { resolve } from "./editor/conflict.js";
import { events } from "./editor/events.js";
import { headers } from "./editor/headers.js";
import { signing } from "./editor/signing.js";
import { testButton } from "./test-event.js";
import { verify } from "./verify.js";

export async function editorView({ types, id }) {
	let stored = await call("GET", at(id));
	const [head, faults, note] = [h("div"), h("div"), h("span.subtle")];
	const save = h("button.primary", { form: "editor" }, "Save");
	const discard = button("Discard Changes", () => form.inert || show(stored, "Changes are discarded."));
	let sections;
	const isDirty = () => Object.keys(changes(sections)).length;
	const changed = () => {
		save.disabled = discard.disabled = !isDirty();
		note.replaceChildren(isDirty() ? "Not saved yet" : "");
	};
	// Shows what is stored: what was typed, secrets too, is gone.
	const show = (read, told) => {
		stored = read;
		const webhook = read.body;
		const custom = webhook.kind === "custom";
		const makers = custom
			? { displayName, enabled, url, eventTypes: events, signingSecrets: signing, authorization, headers }
			: { displayName, enabled, eventTypes: events };
		const made = Object.entries(makers).map(([key, make]) => [key, make(webhook, changed, types)]);
		sections = Object.fromEntries(made);
		const deliveries = button("Deliveries", visit(`#/webhooks/${id}/deliveries`), { "aria-label": `Deliveries of ${webhook.displayName}` });
		const state = health(id, webhook.status);
		head.replaceChildren(heading("Edit ", name(webhook.displayName)), h("div.bar", testButton(id, state.refresh), deliveries, state.element));
		faults.replaceChildren();
		form.replaceChildren(custom ? "" : slack(webhook), ...made.map(([, { element }]) => element), custom ? verify() : "");
		changed();
		if (!told) return;
		state.refresh();
		head.firstChild.focus();
		say(told);
	};
	const send = async (mine, { body, etag }) => {
		faults.replaceChildren();
		for (const section of Object.values(sections)) section.blame("");
		try {
			const read = await call("PATCH", at(id), { body: complete(mine, body), etag });
			show(read, `Webhook ${read.body.displayName} is saved.`);
		} catch (problem) {
			if (problem.status !== 412) throw problem;
			const current = await call("GET", at(id));
			const choice = await resolve(stored.body, current.body, mine, types);
			if (choice?.mine) await send(choice.mine, current);
			else if (choice) show(current, "The other changes are taken.");
		}
	};
	// Another origin gets all headers anew.
	const complete = (mine, { url, headers }) => {
		const moves = mine.url && URL.parse(mine.url)?.origin !== new URL(url).origin;
		return moves && headers[0] ? { headers, ...mine } : mine;
	};
	const submit = async (event) => {
		event.preventDefault();
		if (form.inert || !isDirty()) return;
		if (sections.url?.check() === false) return sections.url.focus();
		form.inert = true;
		const problem = await send(changes(sections), stored).catch((problem) => problem);
		form.inert = false;
		if (problem) blame(problem, sections, faults, submit);
	};
	const form = h("form", { id: "editor", oninput: changed, onchange: changed, onsubmit: submit });
	show(stored);
	return { element: [head, faults, form, h("div.bar.sticky", save, discard, note)], isDirty };
}
