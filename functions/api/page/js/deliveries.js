// What became of a webhook's events: a chart and the log.
import { at, get } from "./api.js";
import { chart } from "./chart.js";
import { button, fresh, h, heading, name } from "./dom.js";
import { log } from "./log.js";
import { actButton, check, loading, missing, status, visitButton } from "./parts.js";
import { redeliverAll } from "./redeliver.js";
import { testButton } from "./test-event.js";

export async function deliveriesView({ tenant: { webhooksEnabled: licensed }, types, id }) {
  const { displayName, status: health } = await get(at(id));
  const [summary, deliveries] = [summaryPart(id), log(id, types, licensed)];
  const refresh = () => Promise.all([summary.refresh(), deliveries.refresh()]);
  const bar = [
    licensed && testButton(id, refresh),
    licensed && button("Redeliver all…", () => redeliverAll(id, refresh)),
    actButton("Refresh", refresh),
    licensed && visitButton("Edit", `#/webhooks/${id}`, { "aria-label": `Edit ${displayName}` }),
    status(health),
  ];
  refresh();
  return { element: [heading("Deliveries of ", name(displayName)), h("div.bar", bar), summary.element, deliveries.element] };
}

function summaryPart(id) {
  const [place, group] = [h("div", loading()), fresh()];
  let [chosen, turn] = ["24h", 0];
  const refresh = async () => {
    const mine = ++turn;
    const shown = await get(at(id, `/deliveries/summary?window=${chosen}`))
      .then((summary) => chart(summary, chosen))
      .catch((problem) => [missing(problem, refresh)]);
    if (mine === turn) place.replaceChildren(...shown);
  };
  const choose = (window) => () => {
    chosen = window;
    refresh();
  };
  const radio = (label, window) =>
    check(label, { type: "radio", name: group, checked: window === chosen, onchange: choose(window) }).element;
  const radios = h("fieldset.segments", h("legend.hidden", "Time"), radio("Last 24 hours", "24h"), radio("Last 30 days", "30d"));
  return { element: h("section.card", radios, place), refresh };
}
