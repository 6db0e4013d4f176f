// What codes mean, and how numbers and times are written.

export const DELIVERY = { succeeded: "Delivered", failed: "Failed", pending: "Waiting", held: "Held" };

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
