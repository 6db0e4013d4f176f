import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, heading, open, openEditor, save, textbox } from "./steps.mjs";
import { until } from "./until.mjs";

const scene = scenes();
const told = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

scene("a test event that is delivered says so", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await button(page, "Send test event").click();
  await told(page, /delivered.*200/i);
  const [{ body }] = await tenant.received();
  assert.equal(JSON.parse(body).type, "webhook.test");
});

scene("a test event that is refused says what the receiver answered", async ({ page, tenant, stack }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const answer = `${stack.receiverInspectUrl}answer`;
  await fetch(answer, { method: "PUT", body: JSON.stringify({ status: 400 }) });
  try {
    await button(page, "Send test event").click();
    await told(page, /failed.*400/i);
  } finally {
    await fetch(answer, { method: "DELETE" });
  }
});

scene("a test event to a receiver in trouble says so and does not wait for it", async ({ page, tenant, stack }) => {
  await tenant.webhook({ url: `${stack.receiverUrl}status/503?${tenant.id}` });
  await openEditor(page, tenant);
  await button(page, "Send test event").click();
  await told(page, /failed.*503/i);
});

scene("a second test event at once is asked to wait", async ({ page, tenant }) => {
  const webhook = await tenant.webhook();
  await openEditor(page, tenant);
  await tenant.api(`POST /v1/webhooks/${webhook.id}/test`);
  await button(page, "Send test event").click();
  await told(page, /5 seconds|wait/i);
});

scene("a test event can be sent from the deliveries, and stands in their log", async ({ page, tenant }) => {
  await tenant.webhook();
  await open(page, tenant);
  await button(page, "Deliveries of Receiver").click();
  await button(page, "Send test event").click();
  await told(page, /delivered/i);
  const log = page.getByRole("table", { name: "Deliveries" });
  await log.getByRole("row").filter({ hasText: "Test event" }).filter({ hasText: "Delivered" }).waitFor();
  await until("the request", async () => (await tenant.received()).length === 1);
});

scene("a status that a test event changes is shown, and Save is none the worse", async ({ page, tenant, stack }) => {
  await tenant.webhook({ url: `${stack.receiverUrl}status/410?${tenant.id}` });
  await openEditor(page, tenant);
  await page.getByText("Active", { exact: true }).waitFor();
  await button(page, "Send test event").click();
  await told(page, /failed.*410/i);
  await page.getByText("Disabled", { exact: true }).waitFor();
  await textbox(page, "Display name").fill("Renamed");
  assert.equal((await save(page)).status(), 200);
});

scene("a fault on the way to its result is none of the test event", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await page.route("**/deliveries/*", (route) => route.abort("connectionrefused"), { times: 2 });
  await button(page, "Send test event").click();
  await told(page, /delivered.*200/i);
});

scene("the result of a test event is not told beside another webhook", async ({ page, tenant, stack }) => {
  await tenant.webhook();
  await tenant.webhook({ displayName: "Other", url: `${stack.receiverUrl}status/400?${tenant.id}` });
  await openEditor(page, tenant);
  await page.evaluate(() => {
    window.said = [];
    const status = document.getElementById("status");
    new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
  });
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route("**/deliveries/*", async (route) => {
    await released;
    await route.continue();
  });
  await button(page, "Send test event").click();
  await told(page, "on its way");
  await page.goBack();
  await button(page, "Edit Other").click();
  await heading(page, "Edit Other").waitFor();
  const answered = page.waitForResponse((response) => response.url().includes("/deliveries/"));
  release();
  await answered;
  await button(page, "Send test event").click();
  await told(page, /failed.*400/i);
  const said = await page.evaluate(() => window.said);
  assert.deepEqual(said.filter((text) => text.includes("200")), []);
});
