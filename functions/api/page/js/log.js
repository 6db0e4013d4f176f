// The delivery log, newest first, page by page.
import { absolute, actButton, alertBox, at, code, DELIVERY, dialog, field, get, h, loader, name, outcome, post, reason, say, select, small, table, when } from "./ui.js";

const COLUMNS = ["Time", "Event", "Status", "Attempts", "Result", "Next attempt", "Actions"];

export function log(id, types, licensed) {
	const status = select([["", "All"], ...Object.entries(DELIVERY)], { onchange: () => list.refresh() });
	const label = (type) => (type === "webhook.test" ? "Test event" : (types.find((each) => each.id === type)?.label ?? type));
	const row = ({ id: delivery, createdAt, eventType, status: state, attempts, nextAttemptAt, lastAttempt }) => [
		when(createdAt, absolute),
		name(label(eventType)),
		outcome(state),
		attempts,
		lastAttempt ? result(lastAttempt) : "–",
		nextAttemptAt ? when(nextAttemptAt) : "–",
		h(
			"div.actions",
			small("Details", () => details(id, delivery, label)),
			licensed && actButton("Redeliver", () => redeliver(id, delivery), { class: "small" }),
		),
	];
	const list = loader(async () => {
		const [{ element, add }, note] = [table("Deliveries", COLUMNS, []), h("div")];
		let cursor;
		const load = async () => {
			const query = new URLSearchParams({ ...(status.value && { status: status.value }), ...(cursor && { cursor }) });
			const { items, nextCursor } = await get(at(id, `/deliveries?${query}`));
			cursor = nextCursor;
			add(items.map(row));
			more.hidden = !cursor;
			// A page may be empty although more follow.
			element.hidden = !element.rows[1];
			note.replaceChildren(element.hidden ? h("p.empty", cursor ? "None found yet." : "No deliveries.") : "");
		};
		const more = actButton("Load more", () => load().catch(({ message }) => note.replaceChildren(alertBox(message))));
		await load();
		return [element, note, more];
	});
	return { element: h("section.log", field("Status", status).element, list.element), refresh: list.refresh };
}

const redeliver = (id, delivery) =>
	post(at(id, `/deliveries/${delivery}/redeliver`)).then(
		() => say("The delivery is sent again."),
		({ message }) => say(`Not sent again: ${message}`),
	);

function details(id, delivery, label) {
	const whole = loader(async () => {
		const { eventType, status, attemptLog, event } = await get(at(id, `/deliveries/${delivery}`));
		const rows = attemptLog.map((attempt) => [when(attempt.at, absolute), result(attempt), `${attempt.durationMs} ms`]);
		return [
			h("p", h("strong", name(label(eventType))), " ", outcome(status)),
			h("p.subtle", `webhook-id: ${delivery}`),
			rows[0] ? table("Attempts", ["Time", "Result", "Duration"], rows).element : h("p", "No attempt yet."),
			code("Event", JSON.stringify(event, null, 2)),
		];
	});
	whole.refresh();
	dialog("Delivery", whole.element, [["Close"]]);
}

const result = ({ error, statusCode }) => (error && error !== "http_status" ? reason(error, statusCode) : statusCode);
