// What codes mean, and how numbers and times are written.

export const UNLICENSED =
	"Webhook integration is an advanced feature. Contact your administrator about purchasing a license upgrade for Security for Jira.";
export const DELIVERY = { succeeded: "Delivered", failed: "Failed", pending: "Waiting", held: "Held" };
export const STATE = { active: "Active", failing: "Failing since ", paused: "Paused", disabled: "Disabled" };

const ERRORS = {
	timeout: "no answer in time",
	connect_failed: "no connection",
	tls_failed: "no secure connection (TLS)",
	dns_failed: "host name not found",
	address_refused: "address not allowed",
	redirect: "redirect, not followed",
	response_too_large: "answer too large",
	secret_unavailable: "stored secrets cannot be read",
};

export function reason(error, code) {
	if (error?.startsWith("slack_")) return `Slack answered ${error.slice(6)}`;
	return ERRORS[error] ?? (code ? `the receiver answered ${code}` : "the receiver refused it");
}

const INSTALLATION = {
	access_denied: "The installation was canceled at Slack.",
	expired: "The installation took more than 10 minutes. Begin again.",
	other_browser: "Slack answered in another browser, or this one refuses cookies. Begin again.",
	invalid_state: "Slack's answer belongs to no installation begun here. Begin again.",
	slack_unreachable: "Slack does not answer. Try again in a few minutes.",
	unexpected_url: "What Slack gave is no Slack channel's address, so it was not used.",
	license_required: UNLICENSED,
	too_many_webhooks: "There are 50 webhooks already. Delete one, then begin again.",
};

export const installation = (code) =>
	INSTALLATION[code] ?? `Slack refuses the installation (${code.slice(6)}). Ask its administrator.`;

export const number = (count) => count.toLocaleString("en");
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export function relative(time) {
	let amount = (Date.parse(time) - Date.now()) / 1000;
	let unit = "second";
	for (const [next, size] of [["minute", 60], ["hour", 60], ["day", 24]]) {
		if (Math.abs(amount) >= size) [amount, unit] = [amount / size, next];
		else break;
	}
	return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(amount), unit);
}

export const absolute = (time, timeStyle = "medium") => new Date(time).toLocaleString("en", { dateStyle: "medium", timeStyle });
