import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, dialog, open, row, table, textbox, UPGRADE } from "./steps.mjs";

const scene = scenes();

/** The next deletion, which waits to be let on its way. */
const deletion = (page) =>
  new Promise((resolve) => {
    page.route("**/v1/webhooks/*", (route) => (route.request().method() === "DELETE" ? resolve(route) : route.continue()));
  });

scene("an empty list says so and offers both ways to begin", async ({ page, tenant }) => {
  await open(page, tenant);
  assert.equal(await button(page, "Install using OAuth").isVisible(), true);
  await page.getByText("The app can only post to the channel you choose. It cannot read messages.").waitFor();
  await page.getByRole("main").getByRole("heading", { name: /no webhooks|nothing/i }).waitFor();
  assert.equal(await table(page).count(), 0);
});

scene("a row tells what a webhook is, how it stands and what came last", async ({ page, tenant }) => {
  await tenant.webhook();
  await tenant.webhook({ displayName: "Refuser", url: `${tenant.stack.receiverUrl}status/400?${tenant.id}` });
  await tenant.webhook({ displayName: "Paused one", enabled: false });
  await tenant.event();
  await tenant.received(2);
  await tenant.settled();
  await open(page, tenant);
  const columns = await table(page).getByRole("columnheader").allInnerTexts();
  assert.deepEqual(columns, ["Display name", "Details", "Status", "Last delivery", "Actions"]);
  await row(page, "Receiver").getByText("Active").waitFor();
  await row(page, "Receiver").getByText("receiver.example.com").waitFor();
  await row(page, "Receiver").getByText("Delivered").waitFor();
  await row(page, "Refuser").getByText("Failed").waitFor();
  await row(page, "Paused one").getByText("Paused", { exact: true }).waitFor();
  for (const name of ["Receiver", "Refuser", "Paused one"]) {
    assert.equal(await button(page, `Deliveries of ${name}`).isVisible(), true);
    assert.equal(await button(page, `Delete ${name}`).isVisible(), true);
  }
});

scene("the event types show on hover and on focus, and Escape hides them", async ({ page, tenant }) => {
  await tenant.webhook({ eventTypes: ["project_scan.finished", "findings.exported"] });
  await open(page, tenant);
  const tooltip = page.getByRole("tooltip").filter({ visible: true });
  const trigger = button(row(page, "Receiver"), "2 event types");
  await trigger.hover();
  await tooltip.getByText("Finished project scan").waitFor();
  await page.keyboard.press("Escape");
  await tooltip.waitFor({ state: "hidden" });
  await page.mouse.move(0, 0);
  await trigger.focus();
  await tooltip.getByText("Exported findings").waitFor();
  await page.keyboard.press("Escape");
  await tooltip.waitFor({ state: "hidden" });
});

scene("a webhook is deleted only after a question, and Cancel keeps it", async ({ page, tenant }) => {
  await tenant.webhook();
  await tenant.webhook({ displayName: "Other" });
  await open(page, tenant);
  await button(page, "Delete Receiver").click();
  const question = dialog(page, "Delete webhook");
  await question.getByText("Receiver").waitFor();
  await button(question, "Cancel").click();
  await question.waitFor({ state: "hidden" });
  assert.equal((await tenant.webhooks()).length, 2);
  await button(page, "Delete Receiver").click();
  await button(question, "Delete").click();
  await row(page, "Receiver").waitFor({ state: "detached" });
  assert.deepEqual((await tenant.webhooks()).map(({ displayName }) => displayName), ["Other"]);
  await row(page, "Other").waitFor();
});

scene("a webhook that another admin changed meanwhile is deleted all the same", async ({ page, tenant }) => {
  const changed = await tenant.webhook();
  await open(page, tenant);
  await tenant.edit(changed, { displayName: "Renamed meanwhile" });
  await button(page, "Delete Receiver").click();
  await button(dialog(page, "Delete webhook"), "Delete").click();
  await row(page, "Receiver").waitFor({ state: "detached" });
  assert.deepEqual(await tenant.webhooks(), []);
});

scene("a webhook that another admin has deleted meanwhile goes from the list", async ({ page, tenant }) => {
  const gone = await tenant.webhook();
  await open(page, tenant);
  await tenant.api(`DELETE /v1/webhooks/${gone.id}`, undefined, { "if-match": "*" });
  await button(page, "Delete Receiver").click();
  await button(dialog(page, "Delete webhook"), "Delete").click();
  await row(page, "Receiver").waitFor({ state: "detached" });
});

for (const { end, told } of [
  { end: "continue", told: "Webhook Receiver is deleted." },
  { end: "abort", told: "The service cannot be reached." },
]) {
  scene(`Escape stops no deletion on its way, and how it ends is told: ${end}`, async ({ page, tenant }) => {
    await tenant.webhook();
    await open(page, tenant);
    const sent = deletion(page);
    await button(page, "Delete Receiver").click();
    const question = dialog(page, "Delete webhook");
    await button(question, "Delete").click();
    const route = await sent;
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "hidden" });
    await route[end]();
    await page.getByRole("status").filter({ hasText: told }).waitFor();
    assert.equal(await row(page, "Receiver").count(), (await tenant.webhooks()).length);
  });
}

scene("a deletion that ends after a look elsewhere is seen in the list", async ({ page, tenant }) => {
  await tenant.webhook();
  await tenant.webhook({ displayName: "Other" });
  await open(page, tenant);
  const sent = deletion(page);
  await button(page, "Delete Receiver").click();
  await button(dialog(page, "Delete webhook"), "Delete").click();
  const route = await sent;
  await page.keyboard.press("Escape");
  await button(page, "Deliveries of Other").click();
  await button(page, "Refresh").waitFor();
  await page.goBack();
  await row(page, "Receiver").waitFor();
  await route.continue();
  await row(page, "Receiver").waitFor({ state: "detached" });
  await row(page, "Other").waitFor();
});

scene("a view that comes at once is not replaced by one that was left", async ({ page, tenant }) => {
  await page.clock.install();
  await tenant.webhook();
  await open(page, tenant);
  await page.route("**/v1/webhooks/*", () => {});
  await page.evaluate(async (names) => {
    const [edit, add] = names.map((name) => [...document.querySelectorAll("button")].find((each) => each.textContent === name));
    const moved = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
    edit.click();
    await moved;
    add.click();
  }, ["Edit", "Add custom webhook"]);
  await textbox(page, "URL").waitFor();
  await page.clock.runFor(1000);
  assert.equal(await textbox(page, "URL").count(), 1);
});

scene("a site without the license is told so, and may still look and delete", async ({ page, tenant }) => {
  await tenant.webhook();
  await tenant.license("standard");
  await open(page, tenant);
  await page.getByText(UPGRADE).waitFor();
  for (const name of ["Install using OAuth", "Add custom webhook"]) {
    assert.equal(await button(page, name).and(page.locator(":enabled")).count(), 0, name);
  }
  await button(page, "Delete Receiver").click();
  await button(dialog(page, "Delete webhook"), "Delete").click();
  await row(page, "Receiver").waitFor({ state: "detached" });
  assert.deepEqual(await tenant.webhooks(), []);
});

scene("a site without the license is told so before it has any webhook", async ({ page, tenant }) => {
  await open(page, tenant);
  await page.getByText(UPGRADE).waitFor();
}, { edition: "standard" });

scene("who opens a webhook that is gone is told so", async ({ page, tenant }) => {
  const webhook = await tenant.webhook();
  await open(page, tenant);
  await tenant.api(`DELETE /v1/webhooks/${webhook.id}`, undefined, { "if-match": "*" });
  await button(page, "Edit Receiver").click();
  await page.getByRole("main").getByText(/no (such )?webhook|deleted|not exist|gone/i).first().waitFor();
  assert.equal(await textbox(page, "Display name").count(), 0);
});
