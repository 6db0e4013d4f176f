import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, dialog, open, openEditor, row, save, textbox } from "./steps.mjs";

const scene = scenes();
const API = "**/v1/**";
const DOWN = "The service cannot be reached";
const unreachable = (page) => page.getByRole("alert").filter({ hasText: DOWN });

scene("a list that cannot be read says so and is read by Try again", async ({ page, tenant }) => {
  await tenant.webhook();
  await page.route(API, (route) => route.abort("connectionrefused"));
  await page.goto(tenant.pageUrl);
  await unreachable(page).waitFor();
  await page.unroute(API);
  await button(page, "Try again").click();
  await row(page, "Receiver").waitFor();
  await unreachable(page).waitFor({ state: "detached" });
});

scene("edits survive a Save that does not reach the service", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await textbox(page, "Display name").fill("Typed before the outage");
  await page.route(API, (route) => route.abort("connectionrefused"));
  await button(page, "Save").click();
  await unreachable(page).waitFor();
  assert.equal(await textbox(page, "Display name").inputValue(), "Typed before the outage");
  await page.unroute(API);
  assert.equal((await save(page)).status(), 200);
  await unreachable(page).waitFor({ state: "detached" });
  assert.equal((await tenant.webhooks())[0].displayName, "Typed before the outage");
});

/** Presses Save: the API does it, and its answer gets lost. */
async function saveWithoutAnswer(page) {
  await page.route(API, async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await button(page, "Save").click();
  await unreachable(page).waitFor();
  await page.unroute(API);
}

scene("a new webhook whose answer got lost is not made twice", async ({ page, tenant }) => {
  await open(page, tenant);
  await button(page, "Add custom webhook").click();
  await textbox(page, "Display name").fill("Only one");
  await textbox(page, "URL").fill(tenant.receiverUrl);
  await saveWithoutAnswer(page);
  assert.equal((await save(page)).status(), 201);
  await row(page, "Only one").waitFor();
  assert.equal((await tenant.webhooks()).length, 1);
});

scene("a Save whose answer got lost is blamed on nobody", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await textbox(page, "Display name").fill("Saved once");
  await saveWithoutAnswer(page);
  assert.equal((await save(page)).status(), 412);
  const question = dialog(page, "Changed meanwhile");
  assert.doesNotMatch(await question.innerText(), /some(body|one) else/i);
  await button(question, "Keep mine").click();
  await page.getByRole("status").filter({ hasText: "saved" }).waitFor();
});

scene("a deletion that does not reach the service is told in its dialog", async ({ page, tenant }) => {
  await tenant.webhook();
  await open(page, tenant);
  await page.route(API, (route) => route.abort("connectionrefused"));
  await button(page, "Delete Receiver").click();
  const question = page.getByRole("dialog", { name: "Delete webhook" });
  await button(question, "Delete").click();
  await question.getByText(DOWN).waitFor();
  await page.unroute(API);
  await button(question, "Delete").click();
  await row(page, "Receiver").waitFor({ state: "detached" });
});

scene("what the service refuses is told in its own words", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await page.route(API, (route) =>
    route.fulfill({
      status: 409,
      contentType: "application/problem+json",
      json: { status: 409, code: "contended", detail: "Others are editing this webhook: try again.", errors: [] },
    }),
  );
  await textbox(page, "Display name").fill("Other");
  await button(page, "Save").click();
  await page.getByRole("alert").filter({ hasText: "Others are editing this webhook" }).waitFor();
});
