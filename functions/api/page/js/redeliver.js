// Sends again all of a kind.
import { at, dialog, field, h, loader, plural, post, say, select } from "./ui.js";

export async function redeliverAll(id, refresh) {
	const status = select([["failed", "Failed"], ["held", "Held"]]);
	// As the control has it: the reader's own time.
	const yesterday = new Date(Date.now() - (24 * 60 + new Date().getTimezoneOffset()) * 60000);
	const since = h("input", { type: "datetime-local", value: yesterday.toISOString().slice(0, 16) });
	const ask = async (dryRun) => {
		if (!since.value) throw new Error("Choose a time.");
		return post(at(id, "/deliveries/redeliver"), { status: status.value, since: new Date(since.value).toISOString(), dryRun });
	};
	const counted = loader(async () => [h("p", told(await ask(true)))]);
	const count = () => {
		counted.element.replaceChildren("Counting…");
		counted.refresh();
	};
	status.onchange = since.onchange = count;
	count();
	const content = [field("Status", status).element, field("Since", since).element, h("div", { "aria-live": "polite" }, counted.element)];
	// Nothing is sent under another's count.
	const send = () => counted.element.matches(":has(> p)") && ask(false);
	const sent = await dialog("Redeliver all", content, [["Cancel"], ["Redeliver", send]]);
	if (!sent) return;
	say(`${told(sent)} sent again, in the background.`);
	await refresh();
}

const told = ({ count, more }) => (more ? "More than " : "") + plural(count, "delivery", "deliveries");
