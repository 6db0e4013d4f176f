// A test event, and what becomes of it.
import { actButton, at, poll, post, reason, say } from "./ui.js";

export const testButton = (id, done) =>
	actButton("Send test event", async () => {
		try {
			const { deliveryId } = await post(at(id, "/test"));
			say("The test event is on its way…");
			const path = at(id, `/deliveries/${deliveryId}`);
			say(outcome(await poll(path, 400, 30000, ({ lastAttempt }) => lastAttempt, ({ status }) => status === 404)));
			await done?.();
		} catch ({ status, message }) {
			say(status === 429 ? "Wait 5 seconds, then send the next test event." : `Test event not sent: ${message}`);
		}
	});

function outcome({ status, lastAttempt: { statusCode, durationMs, error } = {} }) {
	if (!status) return "The test event has no result yet.";
	if (status === "succeeded") return `Test event delivered: ${statusCode} in ${durationMs} ms.`;
	return `Test event failed: ${reason(error, statusCode)}.`;
}
