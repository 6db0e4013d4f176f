// The delivery log, newest first, page by page.
import { at, get } from "./api.js";
import { deliveryDialog } from "./delivery.js";
import { button, fresh, h } from "./dom.js";
import { actButton, field, loading, lozenge, missing, select, table, when } from "./parts.js";
import { redeliver } from "./redeliver.js";
import { absolute, DELIVERY, reason } from "./words.js";

const COLUMNS = ["Time", "Event", "Status", "Attempts", "Result", "Next attempt", "Actions"];

export function log(id, types, licensed) {
  const [place, faults] = [h("div", loading()), h("div")];
  const status = select([["", "All"], ...Object.entries(DELIVERY)], { onchange: () => refresh() });
  const label = (type) => (type === "webhook.test" ? "Test event" : (types.find((each) => each.id === type)?.label ?? type));
  const page = (cursor) => {
    const query = { limit: 25, ...(status.value && { status: status.value }), ...(cursor && { cursor }) };
    return get(at(id, `/deliveries?${new URLSearchParams(query)}`));
  };
  const rows = (items) => items.map((delivery) => row(delivery, label, (about) => [
    button("Details", () => deliveryDialog(id, delivery.id, label), about),
    licensed && actButton("Redeliver", () => redeliver(id, delivery.id, refresh), about),
  ]));
  let [turn, cursor, shown] = [0, null, null];
  const refresh = async () => {
    const mine = ++turn;
    try {
      const first = await page();
      if (mine !== turn) return;
      shown = table("Deliveries", COLUMNS, rows(first.items));
      place.replaceChildren(first.items.length ? shown.element : h("p.empty", "No deliveries."), faults, more);
      moved(first);
    } catch (problem) {
      if (mine === turn) place.replaceChildren(missing(problem, refresh));
    }
  };
  const moved = ({ nextCursor }) => {
    faults.replaceChildren();
    cursor = nextCursor;
    more.hidden = !cursor;
  };
  const load = async () => {
    const mine = turn;
    try {
      const next = await page(cursor);
      if (mine !== turn) return;
      shown.add(rows(next.items));
      moved(next);
    } catch (problem) {
      faults.replaceChildren(missing(problem, load));
    }
  };
  const more = actButton("Load more", load);
  return { element: h("section.log", field("Status", status).element, place), refresh };
}

function row({ createdAt, eventType, status, attempts, nextAttemptAt, lastAttempt }, label, actions) {
  const id = fresh();
  return [
    when(createdAt, absolute),
    h("bdi", { id }, label(eventType)),
    lozenge(status, DELIVERY[status]),
    attempts,
    lastAttempt ? result(lastAttempt) : "–",
    nextAttemptAt ? when(nextAttemptAt) : "–",
    h("div.actions", actions({ class: "small", "aria-describedby": id })),
  ];
}

// The answer's code, or why there was none.
const result = ({ error, statusCode }) => (error && error !== "http_status" ? reason(error, statusCode) : statusCode);
