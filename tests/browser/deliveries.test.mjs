import assert from "node:assert/strict";

import { violations } from "./judge.mjs";
import { scenes } from "./scenes.mjs";
import { button, dialog, heading, open, table } from "./steps.mjs";
import { until } from "./until.mjs";

const scene = scenes();

async function openDeliveries(page, tenant, name = "Receiver") {
  await open(page, tenant);
  await button(page, `Deliveries of ${name}`).click();
  await heading(page, `Deliveries of ${name}`).waitFor();
}

const log = (page) => table(page, "Deliveries");
const rows = (page, text) => log(page).getByRole("row").filter({ hasText: text });
const status = (page) => page.getByRole("combobox", { name: "Status", exact: true });
const choose = (page, name) => page.getByRole("radio", { name, exact: true });

/** A webhook whose receiver refuses, with so many failed deliveries. */
async function refused(tenant, count = 1) {
  const webhook = await tenant.webhook({ url: `${tenant.stack.receiverUrl}status/400?${tenant.id}` });
  for (let n = 0; n < count; n += 1) await tenant.event({ details: { projectId: `project-${n}` } });
  await tenant.logged(webhook, "failed", count);
  return webhook;
}

scene("a webhook that nothing was sent to has no deliveries", async ({ page, tenant }) => {
  await tenant.webhook();
  await openDeliveries(page, tenant);
  await page.getByText(/no deliveries/i).first().waitFor();
  assert.equal(await choose(page, "Last 24 hours").isChecked(), true);
});

scene("the chart and its table count what was delivered and what failed", async ({ page, tenant }) => {
  const webhook = await refused(tenant, 2);
  await tenant.edit(webhook, { url: tenant.receiverUrl });
  await tenant.event();
  await tenant.logged(webhook, "succeeded", 1);
  await openDeliveries(page, tenant);
  const chart = page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "Held", exact: true }) });
  const counts = () =>
    chart.evaluate((table) => {
      const [head, ...rows] = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent));
      const sum = (name) => rows.reduce((all, row) => all + Number(row[head.indexOf(name)]), 0);
      return ["Delivered", "Failed", "Held"].map(sum);
    });
  await until("one delivered and two failed", async () => String(await counts()) === "1,2,0");
  await choose(page, "Last 30 days").check();
  assert.equal(await choose(page, "Last 24 hours").isChecked(), false);
  await until("the same in 30 days", async () => String(await counts()) === "1,2,0");
});

scene("the log is newest first and is filtered by status", async ({ page, tenant }) => {
  const webhook = await refused(tenant, 2);
  await tenant.edit(webhook, { url: tenant.receiverUrl });
  await tenant.event({ type: "findings.exported" });
  await tenant.logged(webhook, "succeeded", 1);
  await openDeliveries(page, tenant);
  await until("three rows", async () => (await rows(page, "Redeliver").count()) === 3);
  assert.match(await rows(page, "Redeliver").first().innerText(), /Exported findings[\s\S]*Delivered/);
  await status(page).selectOption({ label: "Failed" });
  await until("two rows", async () => (await rows(page, "Redeliver").count()) === 2);
  assert.equal(await rows(page, "400").count(), 2);
  await status(page).selectOption({ label: "Delivered" });
  await until("one row", async () => (await rows(page, "Redeliver").count()) === 1);
  await status(page).selectOption({ label: "Held" });
  await page.getByText(/no deliveries/i).first().waitFor();
});

scene("more than a page of deliveries is loaded piece by piece", async ({ page, tenant }) => {
  const webhook = await tenant.webhook();
  await Promise.all(Array.from({ length: 30 }, () => tenant.event()));
  await tenant.logged(webhook, "succeeded", 30);
  await openDeliveries(page, tenant);
  await until("a page", async () => (await rows(page, "Delivered").count()) === 25);
  await button(page, "Load more").click();
  await until("all", async () => (await rows(page, "Delivered").count()) === 30);
  await button(page, "Load more").waitFor({ state: "hidden" });
});

scene("an empty page of deliveries leads to the next one", async ({ page, tenant }) => {
  const webhook = await refused(tenant, 2);
  const [{ id: nextCursor }] = await tenant.logged(webhook, "failed", 2);
  // As it is when what is asked for is rare.
  await page.route(/\/deliveries\?/, (route) => route.fulfill({ json: { items: [], nextCursor } }), { times: 1 });
  await openDeliveries(page, tenant);
  await page.getByText("None found yet.").waitFor();
  assert.deepEqual(await violations(page), []);
  await button(page, "Load more").click();
  await rows(page, "Redeliver").waitFor();
  await button(page, "Load more").waitFor({ state: "hidden" });
  assert.equal(await page.getByText("None found yet.").count(), 0);
});

scene("when all pages of deliveries were empty there are none", async ({ page, tenant }) => {
  const webhook = await refused(tenant);
  const [{ id: nextCursor }] = await tenant.logged(webhook, "failed", 1);
  await page.route(/\/deliveries\?/, (route) => route.fulfill({ json: { items: [], nextCursor } }), { times: 1 });
  await openDeliveries(page, tenant);
  await button(page, "Load more").click();
  await page.getByText("No deliveries.", { exact: true }).waitFor();
  await button(page, "Load more").waitFor({ state: "hidden" });
});

scene("opening a delivery shows its event and each attempt", async ({ page, tenant }) => {
  await refused(tenant);
  await openDeliveries(page, tenant);
  await button(rows(page, "Failed"), "Details").click();
  const opened = page.getByRole("dialog");
  await opened.getByText("project-0").waitFor();
  const attempts = table(opened, "Attempts");
  assert.match(await attempts.getByRole("row").nth(1).innerText(), /400[\s\S]*ms/);
  assert.equal(await attempts.getByRole("row").count(), 2, "the head and one attempt");
  await page.keyboard.press("Escape");
  await opened.waitFor({ state: "hidden" });
});

scene("one delivery is sent again with today's settings", async ({ page, tenant }) => {
  const webhook = await refused(tenant);
  await tenant.edit(webhook, { url: tenant.receiverUrl });
  await openDeliveries(page, tenant);
  await button(rows(page, "Failed"), "Redeliver").click();
  await tenant.logged(webhook, "succeeded", 1);
  await button(page, "Refresh").click();
  await rows(page, "Delivered").waitFor();
  assert.equal(await rows(page, "Redeliver").count(), 1, "it is the same delivery");
  const [first, second] = await tenant.received(2);
  assert.equal(first.headers["webhook-id"], second.headers["webhook-id"]);
});

scene("a pending delivery is not sent twice, and the page says why", async ({ page, tenant }) => {
  await tenant.webhook({ url: `${tenant.stack.receiverUrl}status/503?${tenant.id}` });
  await tenant.event();
  await tenant.received();
  await openDeliveries(page, tenant);
  await button(rows(page, "Waiting"), "Redeliver").click();
  await page.getByText(/not sent again|pending|waiting already/i).first().waitFor();
});

scene("all that failed is sent again after it was counted", async ({ page, tenant }) => {
  const webhook = await refused(tenant, 3);
  await tenant.edit(webhook, { url: tenant.receiverUrl });
  await openDeliveries(page, tenant);
  await button(page, "Redeliver all…").click();
  const question = dialog(page, "Redeliver all");
  await question.getByText(/\b3 deliveries/).waitFor();
  await button(question, "Cancel").click();
  await question.waitFor({ state: "hidden" });
  assert.equal((await tenant.received(3)).length, 3, "nothing was sent yet");
  await button(page, "Redeliver all…").click();
  await question.getByText(/\b3 deliveries/).waitFor();
  await button(question, "Redeliver").click();
  await question.waitFor({ state: "hidden" });
  await tenant.logged(webhook, "succeeded", 3);
  await button(page, "Refresh").click();
  await until("three delivered", async () => (await rows(page, "Delivered").count()) === 3);
});

scene("what was held during a pause is counted and sent after it", async ({ page, tenant }) => {
  const webhook = await tenant.webhook({ enabled: false });
  await tenant.event();
  await tenant.logged(webhook, "held", 1);
  await tenant.edit(webhook, { enabled: true });
  await openDeliveries(page, tenant);
  await rows(page, "Held").waitFor();
  await button(page, "Redeliver all…").click();
  const question = dialog(page, "Redeliver all");
  await question.getByRole("combobox", { name: "Status" }).selectOption({ label: "Held" });
  await question.getByText(/\b1 delivery/).waitFor();
  await button(question, "Redeliver").click();
  await tenant.received(1);
});

scene("deliveries that cannot be read say so and are read by Try again", async ({ page, tenant }) => {
  await refused(tenant);
  await open(page, tenant);
  await page.route("**/deliveries*", (route) => route.abort("connectionrefused"));
  await button(page, "Deliveries of Receiver").click();
  await page.getByText("The service cannot be reached").first().waitFor();
  await page.unroute("**/deliveries*");
  await button(page, "Try again").last().click();
  await rows(page, "Failed").waitFor();
});

scene("a site without the license looks at its deliveries and sends nothing", async ({ page, tenant }) => {
  await refused(tenant);
  await tenant.license("standard");
  await openDeliveries(page, tenant);
  await rows(page, "Failed").waitFor();
  for (const name of ["Redeliver", "Redeliver all…", "Send test event"]) {
    assert.equal(await button(page, name).and(page.locator(":enabled")).count(), 0, name);
  }
});

scene("Refresh reads the status of the webhook too", async ({ page, tenant }) => {
  const webhook = await tenant.webhook({ url: `${tenant.stack.receiverUrl}status/503?${tenant.id}` });
  const state = async () => (await tenant.webhooks())[0].status.state;
  await tenant.event();
  await until("a webhook in trouble", async () => (await state()) === "failing");
  await openDeliveries(page, tenant);
  await page.getByText(/^Failing since/).waitFor();
  await tenant.edit(webhook, { url: tenant.receiverUrl });
  await until("its return", async () => (await state()) === "active");
  await button(page, "Refresh").click();
  await page.getByText("Active", { exact: true }).waitFor();
});

scene("one that is sent again leaves the focus and the loaded pages as they are", async ({ page, tenant }) => {
  const webhook = await refused(tenant, 26);
  await openDeliveries(page, tenant);
  await button(page, "Load more").click();
  await until("all", async () => (await rows(page, "Failed").count()) === 26);
  const pressed = button(rows(page, "Failed").last(), "Redeliver");
  await pressed.press("Enter");
  await page.getByRole("status").filter({ hasText: "sent again" }).waitFor();
  await tenant.logged(webhook, "failed", 26);
  assert.equal(await pressed.evaluate((element) => element === document.activeElement), true);
  assert.equal(await rows(page, "Redeliver").count(), 26);
});

scene("nothing is sent under the count of another status", async ({ page, tenant }) => {
  await refused(tenant, 2);
  await openDeliveries(page, tenant);
  await button(page, "Redeliver all…").click();
  const question = dialog(page, "Redeliver all");
  await question.getByText(/\b2 deliveries/).waitFor();
  const [asked, held] = [[], []];
  await page.route("**/deliveries/redeliver", (route) => {
    asked.push(route.request().postDataJSON().dryRun);
    held.push(route);
  });
  await question.getByRole("combobox", { name: "Status" }).selectOption({ label: "Held" });
  await button(question, "Redeliver").click();
  await question.getByText("Counting").waitFor();
  for (const route of held) await route.continue();
  await question.getByText(/\b0 deliveries/).waitFor();
  assert.deepEqual(asked, [true]);
});
