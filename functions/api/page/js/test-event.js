// A test event, and what becomes of it.
import { actButton, at, poll, post, reason, say } from "./ui.js";

export const testButton = (id, done) =>
	actButton("Send test event", async () => {
		// Not on another webhook's page.
		const tell = (text) => location.hash.includes(id) && say(text);
		try {
			const { deliveryId } = await post(at(id, "/test"));
			tell("The test event is on its way…");
			tell(outcome(await poll(at(id, `/deliveries/${deliveryId}`), 400, 30000, ({ lastAttempt }) => lastAttempt)));
			// The status follows it.
			setTimeout(done, 1000);
		} catch ({ status, message }) {
			tell(status === 429 ? "Wait 5 seconds, then send the next test event." : `Test event not sent: ${message}`);
		}
	});

function outcome({ status, lastAttempt: { statusCode, durationMs, error } = {} }) {
	if (!status) return "The test event has no result yet.";
	if (status === "succeeded") return `Test event delivered: ${statusCode} in ${durationMs} ms.`;
	return `Test event failed: ${reason(error, statusCode)}.`;
}
