// A webhook's deliveries: a chart and the log.
import { actButton, at, button, check, get, h, heading, health, loader, name, visit } from "./ui.js";
import { chart } from "./chart.js";
import { log } from "./log.js";
import { redeliverAll } from "./redeliver.js";
import { testButton } from "./test-event.js";

export async function deliveriesView({ tenant: { webhooksEnabled: licensed }, types, id }) {
	const { displayName, status } = await get(at(id));
	let chosen = "24h";
	const summary = loader(async () => chart(await get(at(id, `/deliveries/summary?window=${chosen}`)), chosen));
	const deliveries = log(id, types, licensed);
	const state = health(id, status);
	const refresh = () => Promise.all([state, summary, deliveries].map((part) => part.refresh()));
	const radio = (label, value) => {
		const onchange = () => {
			chosen = value;
			summary.refresh();
		};
		return check(label, { type: "radio", name: "time", checked: value === chosen, onchange }).element;
	};
	const bar = [
		licensed && [testButton(id, refresh), button("Redeliver all…", () => redeliverAll(id, refresh))],
		actButton("Refresh", refresh),
		licensed && button("Edit", visit(`#/webhooks/${id}`), { "aria-label": `Edit ${displayName}` }),
		state.element,
	];
	const windows = h("fieldset.row", h("legend.hidden", "Time"), radio("Last 24 hours", "24h"), radio("Last 30 days", "30d"));
	refresh();
	return { element: [heading("Deliveries of ", name(displayName)), h("div.bar", bar), h("section.card", windows, summary.element), deliveries.element] };
}
