// Sending again: one delivery, or all that failed or were held.
import { at, call } from "./api.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";
import { field, say, select } from "./parts.js";
import { plural } from "./words.js";

export async function redeliver(id, deliveryId, refresh) {
  try {
    await call("POST", at(id, `/deliveries/${deliveryId}/redeliver`));
    say("The delivery is sent again.");
    await refresh();
  } catch ({ message }) {
    say(`Not sent again: ${message}`);
  }
}

export async function redeliverAll(id, refresh) {
  const status = select([["failed", "Failed"], ["held", "Held"]]);
  // The reader's own time, as the control has it.
  const yesterday = new Date(Date.now() - 24 * 3600000 - new Date().getTimezoneOffset() * 60000);
  const since = h("input", { type: "datetime-local", value: yesterday.toISOString().slice(0, 16) });
  const counted = h("p", { role: "status" });
  const ask = async (dryRun) => {
    if (!since.value) throw new Error("Choose a time.");
    const body = { status: status.value, since: `${new Date(since.value).toISOString().slice(0, 19)}Z`, dryRun };
    return (await call("POST", at(id, "/deliveries/redeliver"), { body })).body;
  };
  let turn = 0;
  const count = async () => {
    const mine = ++turn;
    const text = await ask(true).then(told, ({ message }) => message);
    if (mine === turn) counted.replaceChildren(text);
  };
  status.onchange = count;
  since.onchange = count;
  count();
  const content = [field("Status", status).element, field("Since", since, "Of events that are not older; at most 30 days.").element, counted];
  const sent = await dialog("Redeliver all", content, [["Cancel"], ["Redeliver", () => ask(false)]]);
  if (!sent) return;
  say(`${told(sent)} sent again, in the background.`);
  await refresh();
}

const told = ({ count, more }) => (more ? "more than " : "") + plural(count, "delivery", "deliveries");
