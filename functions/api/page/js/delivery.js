// One delivery: its event, and each attempt.
import { at, get } from "./api.js";
import { dialog } from "./dialog.js";
import { h, name } from "./dom.js";
import { alertBox, loading, lozenge, table, when } from "./parts.js";
import { absolute, DELIVERY, reason } from "./words.js";

export function deliveryDialog(id, deliveryId, label) {
  const place = h("div", loading());
  const load = async () => {
    try {
      place.replaceChildren(...whole(await get(at(id, `/deliveries/${deliveryId}`)), label));
    } catch (problem) {
      place.replaceChildren(alertBox(problem.message, load));
    }
  };
  load();
  return dialog("Delivery", place, [["Close"]]);
}

const whole = ({ id, eventType, status, attemptLog = [], event }, label) => [
  h("p", h("strong", name(label(eventType))), " ", lozenge(status, DELIVERY[status])),
  h("p.subtle", "webhook-id: ", h("code", id)),
  h("h3", "Attempts"),
  attemptLog.length ? table("Attempts", ["Time", "Result", "Duration"], attemptLog.map(row)).element : h("p", "None yet."),
  h("h3", "Event"),
  h("pre", { tabindex: 0, role: "region", "aria-label": "Event" }, h("code", JSON.stringify(event, null, 2))),
];

const row = ({ at: time, durationMs, statusCode, error }) => [
  when(time, absolute),
  error ? reason(error, statusCode) : statusCode,
  `${durationMs} ms`,
];
