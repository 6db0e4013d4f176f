import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, dialog, heading, open, openEditor, row, save, textbox } from "./steps.mjs";

const scene = scenes();
const HOSTILE = '<img src=x onerror=alert(1)>"\'&amp;';
const HEBREW = "שלום עולם (prod)";
// What an override turns round, it turns round up to the end of its paragraph.
const OVERRIDE = "abc\u202Edef";

/** Alerts and elements that a name has made. */
async function made(page) {
  const images = await page.locator("img").count();
  return images === 0 ? [] : [`${images} images`];
}

scene("a name of markup is text in every place", async ({ page, tenant }) => {
  const opened = [];
  page.on("dialog", (box) => opened.push(box.message()) && box.dismiss());
  await tenant.webhook({ displayName: HOSTILE, headers: [{ name: "X-Source", value: HOSTILE }] });
  await open(page, tenant);
  await row(page, HOSTILE).getByText(HOSTILE, { exact: true }).waitFor();
  assert.deepEqual(await made(page), []);
  await button(page, `Delete ${HOSTILE}`).click();
  await dialog(page, "Delete webhook").getByText(HOSTILE).waitFor();
  assert.deepEqual(await made(page), []);
  await button(dialog(page, "Delete webhook"), "Cancel").click();
  await button(page, `Deliveries of ${HOSTILE}`).click();
  await heading(page, `Deliveries of ${HOSTILE}`).waitFor();
  assert.deepEqual(await made(page), []);
  await page.goBack();
  await button(page, `Edit ${HOSTILE}`).click();
  assert.equal(await textbox(page, "Display name").inputValue(), HOSTILE);
  assert.equal(await textbox(page, "Header value").inputValue(), HOSTILE);
  await textbox(page, "Display name").fill(`${HOSTILE}2`);
  assert.equal((await save(page)).status(), 200);
  await page.getByRole("status").filter({ hasText: `${HOSTILE}2` }).waitFor();
  assert.deepEqual(await made(page), []);
  assert.deepEqual(opened, []);
});

scene("markup in the address shows nothing", async ({ page, tenant, stack }) => {
  const opened = [];
  page.on("dialog", (box) => opened.push(box.message()) && box.dismiss());
  await open(page, tenant);
  await page.goto("about:blank");
  await page.goto(`${stack.apiUrl}/#/webhooks/${encodeURIComponent(HOSTILE)}`);
  await page.getByRole("main").getByRole("heading").or(page.getByRole("alert").filter({ hasText: /\w/ })).first().waitFor();
  assert.deepEqual(await made(page), []);
  assert.deepEqual(opened, []);
});

scene("an event of markup is text in the log", async ({ page, tenant }) => {
  await tenant.webhook();
  await tenant.event({ actor: { accountId: "5b10", displayName: HOSTILE }, details: { [HOSTILE]: HOSTILE } });
  await tenant.settled();
  await open(page, tenant);
  await button(page, "Deliveries of Receiver").click();
  await button(page, "Details").click();
  await page.getByRole("dialog").getByText("<img src=x").first().waitFor();
  assert.deepEqual(await made(page), []);
});

scene("right-to-left names turn nothing round but themselves", async ({ page, tenant }) => {
  for (const displayName of [HEBREW, OVERRIDE]) await tenant.webhook({ displayName });
  await open(page, tenant);
  for (const name of [HEBREW, OVERRIDE]) {
    const cell = page.getByRole("cell").getByText(name, { exact: true }).first();
    const bidi = await cell.evaluate((element) => getComputedStyle(element).unicodeBidi);
    assert.match(bidi, /isolate|plaintext/, name);
    await button(page, `Delete ${name}`).click();
    const question = dialog(page, "Delete webhook");
    const said = question.getByText(name, { exact: true }).first();
    assert.match(await said.evaluate((element) => getComputedStyle(element).unicodeBidi), /isolate|plaintext/, name);
    await button(question, "Cancel").click();
    await question.waitFor({ state: "hidden" });
  }
  await button(page, `Edit ${HEBREW}`).click();
  await textbox(page, "Display name").waitFor();
  assert.equal(await textbox(page, "Display name").evaluate((field) => field.matches(":dir(rtl)")), true);
});

scene("a name of a hundred emoji is kept whole", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const name = "🚩".repeat(100);
  await textbox(page, "Display name").fill(name);
  assert.equal((await save(page)).status(), 200);
  assert.equal((await tenant.webhooks())[0].displayName, name);
});
