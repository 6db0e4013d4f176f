import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, countWrites, dialog, open, row, save, textbox } from "./steps.mjs";

const scene = scenes();

/** Wrong URLs, and a word of what is said about each. */
const WRONG = [
  ["receiver.example.com/hook", /https:\/\//],
  ["http://receiver.example.com/", /https/],
  ["https://203.0.113.7/", /IP address/i],
  ["https://[2001:db8::1]/", /IP address/i],
  ["https://2130706433/", /IP address/i],
  ["https://user@receiver.example.com/", /user/i],
  ["https://@receiver.example.com/", /user/i],
  ["https://receiver.example.com:80/", /port/i],
  ["https://receiver.example.com:1023/", /port/i],
  ["https://localhost/", /host/i],
  ["https://jira.internal/", /host/i],
  ["https://receiver.example.com./", /host/i],
  ["https://receiver.example.com/#part", /#|fragment/i],
  ["https://receiver.example.com\\hook", /\\|backslash/i],
  [`https://receiver.example.com/${"a".repeat(2048)}`, /2,?048/],
];

async function openForm(page, tenant) {
  await open(page, tenant);
  await button(page, "Add custom webhook").click();
  await textbox(page, "URL").waitFor();
}

/** What stands beside a field about its fault. */
const fault = (field) =>
  field.evaluate((element) => {
    const ids = (element.getAttribute("aria-describedby") ?? "").split(" ");
    const invalid = element.getAttribute("aria-invalid") === "true";
    return invalid ? ids.map((id) => document.getElementById(id)?.innerText ?? "").join(" ") : "";
  });

scene("a webhook is added and stands in the table", async ({ page, tenant }) => {
  await openForm(page, tenant);
  await textbox(page, "Display name").fill("Splunk prod");
  await textbox(page, "URL").fill(tenant.receiverUrl);
  const answer = await save(page);
  assert.equal(answer.status(), 201);
  assert.ok(answer.request().headers()["idempotency-key"], "a repeat makes no second one");
  await row(page, "Splunk prod").getByText("Active").waitFor();
  const [webhook] = await tenant.webhooks();
  assert.deepEqual([webhook.displayName, webhook.url, webhook.eventTypes], ["Splunk prod", tenant.receiverUrl, ["*"]]);
});

scene("each wrong URL is explained beside its field before anything is sent", async ({ page, tenant }) => {
  await openForm(page, tenant);
  const writes = countWrites(page);
  await textbox(page, "Display name").fill("Receiver");
  const field = textbox(page, "URL");
  for (const [url, words] of WRONG) {
    await field.fill(url);
    await field.blur();
    await assert.doesNotReject(
      page.waitForFunction(
        ([element, source, flags]) => {
          const ids = (element.getAttribute("aria-describedby") ?? "").split(" ");
          const said = ids.map((id) => document.getElementById(id)?.innerText ?? "").join(" ");
          return element.getAttribute("aria-invalid") === "true" && new RegExp(source, flags).test(said);
        },
        [await field.elementHandle(), words.source, words.flags],
      ),
      `${url.slice(0, 60)}: ${await fault(field)}`,
    );
  }
  assert.deepEqual(writes, []);
  await field.fill(tenant.receiverUrl);
  await field.blur();
  await page.waitForFunction((element) => element.getAttribute("aria-invalid") !== "true", await field.elementHandle());
});

scene("a missing display name is explained beside its field", async ({ page, tenant }) => {
  await openForm(page, tenant);
  await textbox(page, "URL").fill(tenant.receiverUrl);
  await button(page, "Save").click();
  await page.locator("[aria-invalid=true]").waitFor();
  assert.match(await fault(textbox(page, "Display name")), /name/i);
  assert.deepEqual(await tenant.webhooks(), []);
});

scene("a fault that only the service finds is shown beside its field", async ({ page, tenant }) => {
  await openForm(page, tenant);
  await textbox(page, "Display name").fill("Receiver");
  await textbox(page, "URL").fill(tenant.receiverUrl);
  await page.route("**/v1/webhooks", (route) => {
    const body = JSON.parse(route.request().postData());
    route.continue({ postData: JSON.stringify({ ...body, url: "https://inner.corp/" }) });
  });
  assert.equal((await save(page)).status(), 422);
  await page.locator("[aria-invalid=true]").waitFor();
  assert.match(await fault(textbox(page, "URL")), /\w/);
  assert.equal(await textbox(page, "Display name").inputValue(), "Receiver", "what was typed stays");
  await page.unroute("**/v1/webhooks");
  assert.equal((await save(page)).status(), 201);
  await row(page, "Receiver").waitFor();
});

scene("the limit of 50 webhooks is told in words", async ({ page, tenant }) => {
  for (let n = 0; n < 50; n += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, m) => tenant.webhook({ displayName: `Receiver ${n + m}` })));
  }
  await openForm(page, tenant);
  await textbox(page, "Display name").fill("One too many");
  await textbox(page, "URL").fill(tenant.receiverUrl);
  assert.equal((await save(page)).status(), 409);
  await page.getByRole("alert").filter({ hasText: "50" }).waitFor();
});

scene("Cancel leaves the form and adds nothing", async ({ page, tenant }) => {
  await openForm(page, tenant);
  const writes = countWrites(page);
  await button(page, "Cancel").click();
  await textbox(page, "URL").waitFor({ state: "detached" });
  assert.deepEqual(writes, []);
});

/** Saves "Slow one"; the request waits until it is continued. */
async function saveSlowly(page, tenant) {
  await openForm(page, tenant);
  await textbox(page, "Display name").fill("Slow one");
  await textbox(page, "URL").fill(tenant.receiverUrl);
  const sent = new Promise((resolve) => { page.route("**/v1/webhooks", resolve); });
  await button(page, "Save").click();
  return sent;
}

scene("who has gone elsewhere while Save ran stays there", async ({ page, tenant }) => {
  await tenant.webhook();
  const route = await saveSlowly(page, tenant);
  await page.goBack();
  await button(dialog(page, "Unsaved changes"), "Leave without saving").click();
  await button(page, "Edit Receiver").click();
  await textbox(page, "Display name").fill("Typed meanwhile");
  await route.continue();
  await page.getByRole("status").filter({ hasText: "Webhook Slow one is added." }).waitFor();
  assert.equal(await textbox(page, "Display name").inputValue(), "Typed meanwhile");
});

scene("who has gone to the list while Save ran sees the new row there", async ({ page, tenant }) => {
  const route = await saveSlowly(page, tenant);
  await button(page, "Cancel").click();
  await button(page, "Add custom webhook").waitFor();
  await route.continue();
  await row(page, "Slow one").waitFor();
});
