// A popup goes to Slack while the page asks how it stands.
import { actButton, alertBox, at, get, h, poll, post, say, UNLICENSED } from "./ui.js";

const FAULTS = {
	access_denied: "The installation was canceled at Slack.",
	expired: "The installation took more than 10 minutes. Begin again.",
	other_browser: "Slack answered in another browser, or this one refuses cookies. Begin again.",
	invalid_state: "Slack's answer belongs to no installation begun here. Begin again.",
	slack_unreachable: "Slack does not answer. Try again in a few minutes.",
	unexpected_url: "What Slack gave is no Slack channel's address, so it was not used.",
	license_required: UNLICENSED,
	too_many_webhooks: "There are 50 webhooks already. Delete one, then begin again.",
};
// Of presses: the last one counts.
let turn = 0;
// Of the list that came last.
let refresh, place;

export function installButton(...list) {
	[refresh, place] = list;
	// Busy until `free`.
	const install = async (free) => {
		const mine = ++turn;
		const tell = (text, ...boxes) => {
			if (mine !== turn) return;
			place.replaceChildren(...boxes);
			say(text);
		};
		const fail = (text) => tell(place.isConnected ? "" : text, alertBox(text));
		tell("");
		// Within the click: a later popup is blocked.
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
			const done = ({ state = "pending" }) => mine !== turn || state !== "pending";
			// Longer than a ticket and then a state can live.
			const { webhookId, error = "expired" } = await poll(path, 1000, 22 * 60000, done);
			if (!webhookId) return fail(FAULTS[error] ?? `Slack refuses the installation (${error.slice(6)}). Ask its administrator.`);
			const { slack } = await get(at(webhookId));
			await refresh();
			tell(`Slack is connected: ${slack.channel.name} (${slack.team.name}).`);
		} catch ({ message }) {
			popup?.close();
			fail(message);
			free();
		}
	};
	return actButton("Install using OAuth", () => new Promise(install), { class: "primary" });
}
