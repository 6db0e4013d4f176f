// Nothing is sent before Save, and then only what has changed.
import { at, button, call, h, heading, name, say, status, visit } from "./ui.js";
import { authorization } from "./editor/authorization.js";
import { blame, changes, displayName, enabled, slack, url } from "./editor/basics.js";
import { resolve } from "./editor/conflict.js";
import { events } from "./editor/events.js";
import { headers } from "./editor/headers.js";
import { signing } from "./editor/signing.js";
import { testButton } from "./test-event.js";
import { verify } from "./verify.js";

export async function editorView({ types, id }) {
	let { body: webhook, etag } = await call("GET", at(id));
	const [head, faults, note] = [h("div"), h("div"), h("span.subtle")];
	const save = h("button.primary", { form: "editor" }, "Save");
	const discard = button("Discard Changes", () => busy || show({ body: webhook, etag }, "Changes are discarded."));
	let sections, busy;
	const isDirty = () => Object.keys(changes(sections)).length > 0;
	const changed = () => {
		save.disabled = discard.disabled = !isDirty();
		note.replaceChildren(isDirty() ? "Not saved yet" : "");
	};
	// Shows what is stored; what was typed, secrets too, is gone then.
	const show = (read, told) => {
		({ body: webhook, etag } = read);
		const custom = webhook.kind === "custom";
		const makers = custom
			? { displayName, enabled, url, eventTypes: events, signingSecrets: signing, authorization, headers }
			: { displayName, enabled, eventTypes: events };
		const made = Object.entries(makers).map(([key, make]) => [key, make(webhook, changed, types)]);
		sections = Object.fromEntries(made);
		const deliveries = button("Deliveries", visit(`#/webhooks/${id}/deliveries`), { "aria-label": `Deliveries of ${webhook.displayName}` });
		head.replaceChildren(heading("Edit ", name(webhook.displayName)), h("div.bar", testButton(id), deliveries, status(webhook.status)));
		faults.replaceChildren();
		form.replaceChildren(custom ? "" : slack(webhook), ...made.map(([, { element }]) => element), custom ? verify() : "");
		changed();
		if (!told) return;
		head.firstChild.focus();
		say(told);
	};
	const send = async (mine, version) => {
		faults.replaceChildren();
		for (const section of Object.values(sections)) section.blame("");
		try {
			const read = await call("PATCH", at(id), { body: complete(mine), etag: version });
			show(read, `Webhook ${read.body.displayName} is saved.`);
		} catch (problem) {
			if (problem.status !== 412) throw problem;
			const current = await call("GET", at(id));
			const choice = await resolve(webhook, current.body, mine, types);
			if (choice?.mine) await send(choice.mine, current.etag);
			else if (choice) show(current, "The other changes are taken.");
		}
	};
	// Another origin gets headers anew: what is not secret is known here.
	const complete = (mine) => {
		const origin = (text) => URL.canParse(text) && new URL(text).origin;
		const moves = mine.url && origin(mine.url) !== origin(webhook.url);
		return moves && webhook.headers[0] ? { headers: sections.headers.whole(), ...mine } : mine;
	};
	const submit = async (event) => {
		event.preventDefault();
		if (busy || !isDirty()) return;
		if (sections.url?.check() === false) return sections.url.focus();
		busy = form.inert = true;
		const problem = await send(changes(sections), etag).catch((problem) => problem);
		busy = form.inert = false;
		if (problem) blame(problem, sections, faults, submit);
	};
	const form = h("form", { id: "editor", oninput: changed, onchange: changed, onsubmit: submit });
	show({ body: webhook, etag });
	return { element: [head, faults, form, h("div.bar.sticky", save, discard, note)], isDirty };
}
