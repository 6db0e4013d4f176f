// A popup goes to Slack and back, while the page asks how it stands.
import { actButton, alertBox, at, get, h, installation, poll, post, say } from "./ui.js";

// Of presses: the last one counts.
let turn = 0;

export function installButton(refresh, place) {
	// Busy until `free`.
	const install = async (free) => {
		const mine = ++turn;
		const tell = (text, ...boxes) => {
			if (mine !== turn) return;
			place.replaceChildren(...boxes);
			say(text);
		};
		tell("");
		// At once, within the click: a popup that comes later is blocked.
		const popup = open("", "_blank", "popup,width=640,height=760");
		try {
			const { installationId, startUrl: href } = await post("v1/slack/installations");
			tell("Waiting for Slack…");
			if (popup) {
				// It must not steer this page.
				popup.opener = null;
				popup.location = href;
			} else place.append(h("p.box", "Your browser has blocked the popup. ", h("a", { href, target: "_blank" }, "Continue at Slack")));
			free();
			const path = `v1/slack/installations/${installationId}`;
			const done = ({ state }) => mine !== turn || state !== "pending";
			// Longer than a ticket and then a state can live.
			const { webhookId, error = "expired" } = await poll(path, 1000, 22 * 60000, done, passes);
			if (!webhookId) return tell("", alertBox(installation(error)));
			const { slack } = await get(at(webhookId));
			await refresh();
			tell(`Slack is connected: ${slack.channel.name} (${slack.team.name}).`);
		} catch ({ message }) {
			popup?.close();
			tell("", alertBox(message));
			free();
		}
	};
	return actButton("Install using OAuth", () => new Promise(install), { class: "primary" });
}

const passes = ({ status }) => !(status < 500) || status === 429;
