import { at, button, call, dialog, get, h, heading, loader, name, outcome, plural, reason, say, small, status, table, unlicensed, visit, when } from "./ui.js";
import { installButton } from "./slack.js";
import { tooltip } from "./tooltip.js";

const COLUMNS = ["Display name", "Details", "Status", "Last delivery", "Actions"];

// The one that came last.
let list;

export async function listView({ tenant: { webhooksEnabled: licensed }, types }) {
	list = loader(async () => {
		const { items } = await get("v1/webhooks?include=lastDelivery");
		const rows = items.map((webhook) => row(webhook, types, licensed, () => remove(webhook)));
		return [rows[0] ? table("Webhooks", COLUMNS, rows).element : empty(licensed)];
	});
	const remove = async (webhook) => {
		if (!(await askToDelete(webhook))) return;
		await list.refresh();
		say(`Webhook ${webhook.displayName} is deleted.`);
		if (document.activeElement === document.body) document.querySelector("h2")?.focus();
	};
	const faults = h("div");
	const offers = [
		h("div.bar", installButton(list.refresh, faults), button("Add custom webhook", visit("#/add"))),
		h("p.hint", "The app can only post to the channel you choose. It cannot read messages."),
		faults,
	];
	await list.refresh();
	return { element: [licensed ? offers : unlicensed(), heading("Receivers"), list.element] };
}

const empty = (licensed) =>
	h("div.empty", h("h3", "Nothing is set up yet"), licensed && h("p", "Install using OAuth for a Slack channel, or add a custom webhook for a SIEM or any HTTPS endpoint."));

function row({ id, displayName, url, slack, eventTypes, status: health, lastDelivery: last }, types, licensed, remove) {
	const labels = eventTypes.map((type) => types.find((each) => each.id === type)?.label ?? type);
	// The host alone: a path or query may hold a token.
	const where = slack ? name(`${slack.channel.name} (${slack.team.name})`) : new URL(url).host;
	return [
		h("strong", name(displayName)),
		[labels[0] === "*" ? "All events" : tooltip(plural(labels.length, "event type"), labels), h("p.subtle", where)],
		status(health),
		last ? [outcome(last.status), " ", when(last.at), last.error && h("p.subtle", reason(last.error))] : "None yet",
		h(
			"div.actions",
			licensed && small("Edit", visit(`#/webhooks/${id}`), `Edit ${displayName}`),
			small("Deliveries", visit(`#/webhooks/${id}/deliveries`), `Deliveries of ${displayName}`),
			small("Delete", remove, `Delete ${displayName}`),
		),
	];
}

const askToDelete = ({ id, displayName }) =>
	dialog(
		"Delete webhook",
		h("p", "Delete ", h("strong", name(displayName)), "? Its secrets and its delivery log are removed for good."),
		// One that is gone already is deleted too.
		[["Cancel"], ["Delete", () => call("DELETE", at(id), { etag: "*" }).catch((problem) => problem.status === 404 || Promise.reject(problem))]],
		"danger",
	);
