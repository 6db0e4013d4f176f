import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, checkbox, countWrites, dialog, openEditor, row, save, textbox, UPGRADE } from "./steps.mjs";
import { until } from "./until.mjs";

const scene = scenes();
const ALL = "All events, including new ones";

scene("name and URL are edited and nothing else is sent", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  assert.equal(await textbox(page, "URL").inputValue(), tenant.receiverUrl);
  await textbox(page, "Display name").fill("Renamed");
  await textbox(page, "URL").fill(`${tenant.receiverUrl}/moved`);
  const answer = await save(page);
  assert.equal(answer.status(), 200);
  const sent = answer.request().postDataJSON();
  assert.deepEqual(sent, { displayName: "Renamed", url: `${tenant.receiverUrl}/moved` });
  await tenant.event();
  assert.equal((await tenant.received())[0].path, `/${tenant.id}/moved`);
});

scene("a wrong URL is explained in the editor too, before Save", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const writes = countWrites(page);
  await textbox(page, "URL").fill("http://receiver.example.com/");
  await textbox(page, "URL").blur();
  await page.locator("input[aria-invalid=true]").waitFor();
  await button(page, "Save").click();
  assert.deepEqual(writes, []);
});

scene("event types are chosen one by one, by category, and all at once", async ({ page, tenant }) => {
  await tenant.webhook();
  const { items } = await tenant.api("GET /v1/event-types");
  const scanning = items.filter(({ category }) => category === "Scanning");
  await openEditor(page, tenant);
  assert.equal(await checkbox(page, ALL).isChecked(), true);
  await checkbox(page, ALL).uncheck();
  for (const category of new Set(items.map((item) => item.category))) {
    await button(page, `None of ${category}`).click();
  }
  await button(page, "All of Scanning").click();
  for (const { label } of scanning) assert.equal(await checkbox(page, label).isChecked(), true, label);
  await checkbox(page, scanning[0].label).uncheck();
  await checkbox(page, "Exported findings").check();
  assert.equal((await save(page)).status(), 200);
  const chosen = [...scanning.slice(1).map(({ id }) => id), "findings.exported"];
  assert.deepEqual((await tenant.webhooks())[0].eventTypes.toSorted(), chosen.toSorted());
  await checkbox(page, ALL).check();
  assert.equal((await save(page)).status(), 200);
  assert.deepEqual((await tenant.webhooks())[0].eventTypes, ["*"]);
});

scene("event types are found by words, and hidden ones stay chosen", async ({ page, tenant }) => {
  await tenant.webhook({ eventTypes: ["project_scan.finished", "findings.exported"] });
  await openEditor(page, tenant);
  const search = page.getByRole("searchbox", { name: "Search event types" });
  await search.fill("exported");
  await checkbox(page, "Exported findings").waitFor();
  await checkbox(page, "Finished project scan").waitFor({ state: "hidden" });
  await checkbox(page, "Exported findings").uncheck();
  await search.fill("nothing is called so");
  await page.getByText(/no event types?/i).waitFor();
  await search.fill("");
  assert.equal(await checkbox(page, "Finished project scan").isChecked(), true);
  await save(page);
  assert.deepEqual((await tenant.webhooks())[0].eventTypes, ["project_scan.finished"]);
});

scene("no event type at all is explained and not saved", async ({ page, tenant }) => {
  await tenant.webhook({ eventTypes: ["findings.exported"] });
  await openEditor(page, tenant);
  await checkbox(page, "Exported findings").uncheck();
  const { errors } = await (await save(page)).json();
  await page.getByText(errors[0].detail).waitFor();
  assert.deepEqual((await tenant.webhooks())[0].eventTypes, ["findings.exported"]);
});

scene("nothing is sent before Save, and Discard Changes brings all back", async ({ page, tenant, witness }) => {
  await tenant.webhook({ headers: [{ name: "X-Source", value: "jira" }] });
  await openEditor(page, tenant);
  const writes = countWrites(page);
  await textbox(page, "Display name").fill("Another");
  await checkbox(page, ALL).uncheck();
  await textbox(page, "Header value").fill("other");
  await textbox(page, "Shared secret").fill("a secret of 16 letters and more");
  await button(page, "Add").click();
  await button(page, "Discard Changes").click();
  await until("the old name", async () => (await textbox(page, "Display name").inputValue()) === "Receiver");
  assert.equal(await checkbox(page, ALL).isChecked(), true);
  assert.equal(await textbox(page, "Header value").inputValue(), "jira");
  assert.equal(await page.getByRole("button", { name: /^Remove secret/ }).count(), 0);
  witness.keepsSecret("a secret of 16 letters and more");
  assert.deepEqual(writes, []);
});

scene("leaving with unsaved changes asks first", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await textbox(page, "Display name").fill("Half done");
  await page.goBack();
  await button(dialog(page, "Unsaved changes"), "Leave without saving").click();
  await row(page, "Receiver").waitFor();
  assert.equal((await tenant.webhooks())[0].displayName, "Receiver");
});

scene("who stays keeps the edits, and is asked again", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const question = dialog(page, "Unsaved changes");
  await textbox(page, "Display name").fill("Half done");
  for (let times = 0; times < 2; times += 1) {
    await page.goBack();
    await button(question, "Stay").click();
    await question.waitFor({ state: "hidden" });
    assert.equal(await textbox(page, "Display name").inputValue(), "Half done");
  }
  assert.equal((await save(page)).status(), 200);
  assert.equal((await tenant.webhooks())[0].displayName, "Half done");
});

scene("who goes back twice is asked once", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const question = dialog(page, "Unsaved changes");
  await textbox(page, "Display name").fill("Half done");
  await page.goBack();
  await question.waitFor();
  await page.goBack();
  await button(question, "Leave without saving").click();
  await row(page, "Receiver").waitFor();
  await question.waitFor({ state: "detached" });
});

scene("a dialog goes with the view that it belongs to", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await button(page, "Set Authorization Header").click();
  const box = dialog(page, "Authorization header");
  await textbox(box, "Header value").fill("Bearer typed-and-left");
  await page.goBack();
  await row(page, "Receiver").waitFor();
  await box.waitFor({ state: "detached" });
});

scene("leaving without changes asks nothing", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await page.goBack();
  await row(page, "Receiver").waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0);
});

scene("a webhook is paused and resumed by the switch", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const enabled = page.getByRole("switch", { name: "Enabled" }).or(checkbox(page, "Enabled"));
  await enabled.uncheck();
  assert.deepEqual((await save(page)).request().postDataJSON(), { enabled: false });
  assert.equal((await tenant.webhooks())[0].status.state, "paused");
  await enabled.check();
  assert.deepEqual((await save(page)).request().postDataJSON(), { enabled: true });
  assert.equal((await tenant.webhooks())[0].status.state, "active");
});

for (const { choice, saved } of [
  { choice: "Keep mine", saved: "Mine" },
  { choice: "Take theirs", saved: "Theirs" },
]) {
  scene(`what another admin saved meanwhile is not lost: ${choice}`, async ({ page, tenant }) => {
    const webhook = await tenant.webhook();
    await openEditor(page, tenant);
    await textbox(page, "Display name").fill("Mine");
    await tenant.edit(webhook, { displayName: "Theirs", eventTypes: ["findings.exported"] });
    assert.equal((await save(page)).status(), 412);
    const question = dialog(page, "Changed meanwhile");
    await question.waitFor();
    await button(question, choice).click();
    await question.waitFor({ state: "hidden" });
    await until("the choice to be shown", async () => (await textbox(page, "Display name").inputValue()) === saved);
    await until("the choice to be saved", async () => (await tenant.webhooks())[0].displayName === saved);
    assert.deepEqual((await tenant.webhooks())[0].eventTypes, ["findings.exported"], "only what I edited is mine");
    await page.getByRole("status").filter({ hasText: /saved|taken/ }).waitFor();
    await page.goBack();
    await row(page, saved).waitFor();
  });
}

scene("who keeps a URL at another origin keeps the other admin's headers", async ({ page, tenant }) => {
  const webhook = await tenant.webhook({ headers: [{ name: "X-Source", value: "old" }] });
  await openEditor(page, tenant);
  const moved = tenant.receiverUrl.replace("receiver.example.com", "receiver.example.com:8443");
  await textbox(page, "URL").fill(moved);
  await tenant.edit(webhook, { headers: [{ name: "X-Source", value: "theirs" }] });
  assert.equal((await save(page)).status(), 412);
  await button(dialog(page, "Changed meanwhile"), "Keep mine").click();
  await until("the URL to be saved", async () => (await tenant.webhooks())[0].url === moved);
  assert.equal((await tenant.webhooks())[0].headers[0].value, "theirs");
});

scene("the editor of a site without the license saves nothing", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const address = page.url();
  await tenant.license("standard");
  await page.goto("about:blank");
  await page.goto(address);
  await page.getByText(UPGRADE).waitFor();
  assert.equal(await button(page, "Save").and(page.locator(":enabled")).count(), 0);
});

scene("a license that ends meanwhile is told at Save, and the edits stay", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await textbox(page, "Display name").fill("Too late");
  await tenant.license("standard");
  assert.equal((await save(page)).status(), 403);
  await page.getByRole("alert").filter({ hasText: /license/ }).waitFor();
  assert.equal(await textbox(page, "Display name").inputValue(), "Too late");
});
