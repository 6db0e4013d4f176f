// Sends a test event and tells what became of it.
import { at, call, get } from "./api.js";
import { actButton, say } from "./parts.js";
import { reason } from "./words.js";

// `done` is called when the delivery stands in the log.
export const testButton = (id, done) =>
  actButton("Send test event", async () => {
    try {
      const { deliveryId } = (await call("POST", at(id, "/test"))).body;
      say("The test event is on its way…");
      say(outcome(await result(at(id, `/deliveries/${deliveryId}`))));
      await done?.();
    } catch ({ status, message }) {
      say(status === 429 ? "Wait 5 seconds, then send the next test event." : `Test event not sent: ${message}`);
    }
  });

function outcome({ status, lastAttempt } = {}) {
  if (!status) return "The test event is sent. Its result is not known yet.";
  const { statusCode, durationMs, error } = lastAttempt;
  if (status === "succeeded") return `Test event delivered: ${statusCode} in ${durationMs} ms.`;
  return `Test event failed: ${reason(error, statusCode)}.`;
}

// The delivery once it has been attempted; none when that takes too long or cannot be seen.
async function result(path) {
  for (const until = Date.now() + 30000; Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    try {
      const delivery = await get(path);
      if (delivery.lastAttempt) return delivery;
    } catch (problem) {
      if (problem.code === "no_such_route") return;
      if (problem.status !== 404) throw problem;
    }
  }
}
