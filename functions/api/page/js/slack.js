// Installing into Slack: a popup goes there and back, while the page asks how it stands.
import { at, call, get } from "./api.js";
import { h } from "./dom.js";
import { actButton, alertBox, say } from "./parts.js";
import { installation } from "./words.js";

// A minute longer than an installation can take.
const PATIENCE_MS = 11 * 60000;

// `refresh` shows the new webhook; `place` takes what goes wrong.
export function installButton(refresh, place) {
  const fail = (text) => {
    say("");
    place.replaceChildren(alertBox(text));
  };
  return actButton("Install using OAuth", async () => {
    place.replaceChildren();
    // At once, within the click: a popup that comes later is blocked.
    const popup = open("", "_blank", "popup,width=640,height=760");
    try {
      const { installationId, startUrl } = (await call("POST", "v1/slack/installations")).body;
      if (popup) popup.location = startUrl;
      else place.append(byHand(startUrl));
      say("Waiting for Slack…");
      const { state, webhookId, error = "expired" } = await end(installationId);
      if (state !== "completed") return fail(installation(error));
      const { slack } = await get(at(webhookId));
      await refresh();
      place.replaceChildren();
      say(`Slack is connected: ${slack.channel.name} (${slack.team.name}).`);
    } catch (problem) {
      popup?.close();
      fail(problem.message);
    }
  }, { class: "primary" });
}

const byHand = (href) =>
  h("p.box", "Your browser has blocked the popup. ", h("a", { href, target: "_blank" }, "Continue at Slack"));

async function end(id) {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    try {
      const now = await get(`v1/slack/installations/${id}`);
      if (now.state !== "pending") return now;
    } catch (problem) {
      // What passes is waited for: the person is still at Slack.
      if (problem.status < 500 && problem.status !== 429) throw problem;
    }
  }
  return {};
}
