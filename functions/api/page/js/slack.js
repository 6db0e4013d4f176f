// A popup goes to Slack and back, while the page asks how it stands.
import { actButton, alertBox, at, get, h, installation, poll, post, say } from "./ui.js";

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
			const { installationId, startUrl: href } = await post("v1/slack/installations");
			if (popup) {
				// It must not steer this page.
				popup.opener = null;
				popup.location = href;
			} else place.append(h("p.box", "Your browser has blocked the popup. ", h("a", { href, target: "_blank" }, "Continue at Slack")));
			say("Waiting for Slack…");
			const path = `v1/slack/installations/${installationId}`;
			// A minute longer than an installation can take.
			const { webhookId, error = "expired" } = await poll(path, 1000, 11 * 60000, ({ state }) => state !== "pending", passes);
			if (!webhookId) return fail(installation(error));
			const { slack } = await get(at(webhookId));
			await refresh();
			place.replaceChildren();
			say(`Slack is connected: ${slack.channel.name} (${slack.team.name}).`);
		} catch ({ message }) {
			popup?.close();
			fail(message);
		}
	}, { class: "primary" });
}

const passes = ({ status }) => !(status < 500) || status === 429;
