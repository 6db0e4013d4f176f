// Sends again one delivery, or all of a kind.
import { at, dialog, field, h, loader, plural, post, say, select } from "./ui.js";

export async function redeliver(id, deliveryId, refresh) {
	try {
		await post(at(id, `/deliveries/${deliveryId}/redeliver`));
		say("The delivery is sent again.");
		await refresh();
	} catch ({ message }) {
		say(`Not sent again: ${message}`);
	}
}

export async function redeliverAll(id, refresh) {
	const status = select([["failed", "Failed"], ["held", "Held"]]);
	// As the control has it: the reader's own time.
	const yesterday = new Date(Date.now() - (24 * 60 + new Date().getTimezoneOffset()) * 60000);
	const since = h("input", { type: "datetime-local", value: yesterday.toISOString().slice(0, 16) });
	const ask = async (dryRun) => {
		if (!since.value) throw new Error("Choose a time.");
		const time = `${new Date(since.value).toISOString().slice(0, 19)}Z`;
		return post(at(id, "/deliveries/redeliver"), { status: status.value, since: time, dryRun });
	};
	const counted = loader(async () => [h("p", told(await ask(true)))]);
	status.onchange = since.onchange = counted.refresh;
	counted.refresh();
	const fields = [field("Status", status).element, field("Since", since).element];
	const content = [fields, h("div", { "aria-live": "polite" }, counted.element)];
	const sent = await dialog("Redeliver all", content, [["Cancel"], ["Redeliver", () => ask(false)]]);
	if (!sent) return;
	say(`${told(sent)} sent again, in the background.`);
	await refresh();
}

const told = ({ count, more }) => (more ? "More than " : "") + plural(count, "delivery", "deliveries");
