// The first view: all webhooks, and what can be done with them.
import { at, call, get } from "./api.js";
import { dialog } from "./dialog.js";
import { button, h, heading, name } from "./dom.js";
import { alertBox, lozenge, say, status, table, unlicensed, visitButton, when } from "./parts.js";
import { installButton } from "./slack.js";
import { tooltip } from "./tooltip.js";
import { DELIVERY, plural, reason } from "./words.js";

const COLUMNS = ["Display name", "Details", "Status", "Last delivery", "Actions"];

export async function listView({ tenant: { webhooksEnabled: licensed }, types }) {
  const place = h("div");
  const refresh = async () => {
    const { items } = await get("v1/webhooks?include=lastDelivery");
    const rows = items.map((webhook) => row(webhook, types, [
      licensed && act("Edit", webhook, visitButton, `#/webhooks/${webhook.id}`),
      act("Deliveries", webhook, visitButton, `#/webhooks/${webhook.id}/deliveries`),
      act("Delete", webhook, button, () => remove(webhook)),
    ]));
    place.replaceChildren(rows.length ? table("Webhooks", COLUMNS, rows).element : empty(licensed));
  };
  const remove = async (webhook) => {
    if (!(await askToDelete(webhook))) return;
    try {
      await refresh();
      say(`Webhook ${webhook.displayName} is deleted.`);
    } catch (problem) {
      place.replaceChildren(alertBox(problem.message, refresh));
    }
    document.querySelector("h2").focus();
  };
  await refresh();
  return { element: [licensed ? offers(refresh) : unlicensed(), heading("Configured webhooks"), place] };
}

function offers(refresh) {
  const faults = h("div");
  return h(
    "div",
    h("div.bar", installButton(refresh, faults), visitButton("Add custom webhook", "#/add")),
    h("p.hint", "The app can only post to the channel you choose. It cannot read messages."),
    faults,
  );
}

const empty = (licensed) =>
  h(
    "div.empty",
    h("h3", "No webhooks yet"),
    licensed && h("p", "First choose where audit events go: install into Slack to post them to a channel, or add a custom webhook for Splunk, Sentinel, QRadar or any HTTPS endpoint."),
  );

const act = (text, { displayName }, make, run) =>
  make(text, run, { class: "small", "aria-label": `${text}${text === "Deliveries" ? " of" : ""} ${displayName}` });

function row({ displayName, kind, url, slack, eventTypes, status: health, lastDelivery }, types, actions) {
  const labels = eventTypes.map((id) => types.find((type) => type.id === id)?.label ?? id);
  // Of a URL the host alone: many receivers take a token in the path or query.
  const where = kind === "slack" ? name(`${slack.channel.name} (${slack.team.name})`) : new URL(url).host;
  return [
    h("strong", name(displayName)),
    [labels[0] === "*" ? "All events" : tooltip(plural(labels.length, "event type"), labels), h("p.subtle", where)],
    status(health),
    lastDelivery ? delivered(lastDelivery) : "None yet",
    h("div.actions", actions),
  ];
}

const delivered = ({ at: time, status: state, error }) => [
  lozenge(state, DELIVERY[state]),
  " ",
  when(time),
  error && h("p.subtle", reason(error)),
];

const askToDelete = ({ id, displayName }) =>
  dialog(
    "Delete webhook",
    h("p", "Delete ", h("strong", name(displayName)), "? Its secrets and its delivery log are removed for good."),
    [["Cancel"], ["Delete", async () => {
      const { etag } = await call("GET", at(id));
      await call("DELETE", at(id), { etag });
      return true;
    }]],
    "danger",
  );
