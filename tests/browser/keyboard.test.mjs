import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, checkbox, countWrites, dialog, open, openEditor, row, save, textbox } from "./steps.mjs";
import { until } from "./until.mjs";

const scene = scenes();
const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Presses Tab until this has the focus, and sees that it shows. */
async function tabTo(page, locator, key = "Tab") {
  await locator.waitFor();
  for (let presses = 0; presses < 100; presses += 1) {
    if (await isFocused(locator)) return assertShown(locator);
    await page.keyboard.press(key);
  }
  assert.fail(`${key} does not reach ${locator}`);
}

async function assertShown(locator) {
  const shown = await locator.evaluate((element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const marked = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    const { top, bottom } = element.getBoundingClientRect();
    return element.matches(":focus-visible") && marked && bottom > 0 && top < innerHeight;
  });
  assert.equal(shown, true, `the focus on ${locator} is not to be seen`);
}

/** Something other than the bare page has the focus. */
const focused = (page) =>
  until("a focus", () => page.evaluate(() => document.activeElement !== document.body && document.activeElement.outerHTML));

scene("a webhook is added, edited and deleted with the keyboard alone", async ({ page, tenant }) => {
  await open(page, tenant);
  await tabTo(page, button(page, "Add custom webhook"));
  await page.keyboard.press("Space");
  await tabTo(page, textbox(page, "Display name"));
  await page.keyboard.type("By keyboard");
  await tabTo(page, textbox(page, "URL"));
  await page.keyboard.type(tenant.receiverUrl);
  await page.keyboard.press("Enter");
  await row(page, "By keyboard").waitFor();
  await focused(page);

  await tabTo(page, button(page, "Edit By keyboard"));
  await page.keyboard.press("Enter");
  await tabTo(page, textbox(page, "Display name"));
  await page.keyboard.press("End");
  await page.keyboard.type(" too");
  await tabTo(page, checkbox(page, "All events, including new ones"));
  await page.keyboard.press("Space");
  await tabTo(page, checkbox(page, "Exported findings"));
  await page.keyboard.press("Space");
  await tabTo(page, button(page, "Save"));
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "saved" }).waitFor();
  assert.equal((await tenant.webhooks())[0].displayName, "By keyboard too");
  assert.deepEqual((await tenant.webhooks())[0].eventTypes, ["findings.exported"]);
  await focused(page);

  await page.goBack();
  await tabTo(page, button(page, "Delete By keyboard too"));
  await page.keyboard.press("Enter");
  await dialog(page, "Delete webhook").waitFor();
  await page.keyboard.press("Escape");
  await dialog(page, "Delete webhook").waitFor({ state: "hidden" });
  assert.equal(await isFocused(button(page, "Delete By keyboard too")), true, "the focus is where it was");
  await page.keyboard.press("Space");
  await tabTo(page, button(dialog(page, "Delete webhook"), "Delete"));
  await page.keyboard.press("Enter");
  await until("the deletion", async () => (await tenant.webhooks()).length === 0);
  await row(page, "By keyboard too").waitFor({ state: "detached" });
  assert.doesNotMatch(await focused(page), /By keyboard/);
});

scene("a shared secret and the authorization are set with the keyboard alone", async ({ page, tenant }) => {
  await tenant.webhook();
  await open(page, tenant);
  await tabTo(page, button(page, "Edit Receiver"));
  await page.keyboard.press("Enter");
  await tabTo(page, textbox(page, "Shared secret"));
  await page.keyboard.type("typed with the keyboard alone");
  await tabTo(page, button(page, "Add"));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Remove secret/ }).waitFor();
  assert.equal(await isFocused(textbox(page, "Shared secret")), true, "for the next one");
  await tabTo(page, button(page, "Set Authorization Header"));
  await page.keyboard.press("Space");
  const box = dialog(page, "Authorization header");
  await tabTo(page, textbox(box, "Header value"));
  await page.keyboard.type("Bearer typed-with-the-keyboard");
  await page.keyboard.press("Enter");
  await box.waitFor({ state: "hidden" });
  assert.equal(await isFocused(button(page, "Set Authorization Header")), true);
  await tabTo(page, button(page, "Save"), "Shift+Tab");
  await page.keyboard.press("Enter");
  await until("the edit to be saved", async () => (await tenant.webhooks())[0].authorization?.scheme === "Bearer");
  assert.equal((await tenant.webhooks())[0].signingSecrets.length, 1);
});

scene("a dialog keeps the focus inside until it is closed", async ({ page, tenant }) => {
  await tenant.webhook();
  await open(page, tenant);
  await tabTo(page, button(page, "Delete Receiver"));
  await page.keyboard.press("Enter");
  const question = dialog(page, "Delete webhook");
  await question.waitFor();
  for (let presses = 0; presses < 6; presses += 1) {
    const outside = await page.evaluate(() => {
      const { activeElement, body } = document;
      return activeElement !== body && !activeElement.closest("dialog, [role=dialog]");
    });
    assert.equal(outside, false, `after ${presses} presses of Tab`);
    await page.keyboard.press("Tab");
  }
});

scene("the event types of a row are shown by the keyboard alone", async ({ page, tenant }) => {
  await tenant.webhook({ eventTypes: ["project_scan.finished", "findings.exported"] });
  await open(page, tenant);
  await tabTo(page, button(row(page, "Receiver"), "2 event types"));
  const tooltip = page.getByRole("tooltip").filter({ visible: true });
  await tooltip.getByText("Finished project scan").waitFor();
  await page.keyboard.press("Escape");
  await tooltip.waitFor({ state: "hidden" });
});

scene("Enter in the search for event types saves nothing", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const writes = countWrites(page);
  await checkbox(page, "All events, including new ones").uncheck();
  const search = page.getByRole("searchbox", { name: "Search event types" });
  await search.fill("exported");
  await search.press("Enter");
  await checkbox(page, "Exported findings").check();
  assert.equal((await save(page)).status(), 200);
  assert.equal(writes.length, 1);
});

scene("Enter leaves no unsaved changes behind", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const address = () => page.evaluate(() => location.hash);
  const editor = await address();
  await textbox(page, "Display name").fill("Half done");
  await page.goBack();
  await dialog(page, "Unsaved changes").waitFor();
  await page.keyboard.press("Enter");
  await dialog(page, "Unsaved changes").waitFor({ state: "detached" });
  assert.equal(await address(), editor);
  assert.equal(await textbox(page, "Display name").inputValue(), "Half done");
});

scene("a message can be dismissed, and without one there is nothing to reach", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const dismiss = button(page, "Dismiss");
  assert.equal(await dismiss.count(), 0);
  await textbox(page, "Display name").fill("Renamed");
  await save(page);
  await tabTo(page, dismiss);
  await page.keyboard.press("Enter");
  await dismiss.waitFor({ state: "hidden" });
});
