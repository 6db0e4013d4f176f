import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, checkbox, open, row, save, textbox } from "./steps.mjs";
import { until } from "./until.mjs";

const scene = scenes();
const AUDIT = "#audit (Acme)";

/** Presses Install, and gives the popup as soon as it is at Slack. */
async function popup(page, press = button(page, "Install using OAuth")) {
  const [opened] = await Promise.all([page.waitForEvent("popup"), press.click()]);
  await button(opened, "Allow").waitFor();
  return opened;
}

async function allow(popup, channel = "#audit") {
  await popup.getByRole("combobox").selectOption({ label: channel });
  await button(popup, "Allow").click();
}

scene("a channel chosen in the popup is in the list without a reload", async ({ page, tenant, stack }) => {
  await open(page, tenant);
  await page.evaluate(() => { window.notReloaded = true; });
  await allow(await popup(page));
  await row(page, AUDIT).getByText("Active").waitFor();
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  const id = await tenant.event();
  await until("the message at Slack", async () => {
    const response = await fetch(`${stack.slackUrl}/`, { headers: { accept: "application/json" } });
    return (await response.text()).includes("Finished project scan") && id;
  });
});

scene("the popup cannot reach the page that opened it", async ({ page, tenant }) => {
  await open(page, tenant);
  const opened = await popup(page);
  assert.equal(await opened.evaluate(() => window.opener === null || window.opener.closed), true);
});

scene("who cancels at Slack is told so, and nothing is added", async ({ page, tenant }) => {
  await open(page, tenant);
  const opened = await popup(page);
  await button(opened, "Cancel").click();
  await page.getByText("The installation was canceled at Slack.").waitFor();
  assert.deepEqual(await tenant.webhooks(), []);
  assert.equal(await button(page, "Install using OAuth").isEnabled(), true, "one may begin again");
});

scene("a popup that was closed by hand can be opened again", async ({ page, tenant }) => {
  await open(page, tenant);
  const closed = await popup(page);
  await closed.close();
  await allow(await popup(page));
  await row(page, AUDIT).getByText("Active").waitFor();
  await page.getByRole("status").filter({ hasText: "Slack is connected" }).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
});

scene("the end of an earlier popup is not told beside a later one", async ({ page, tenant }) => {
  await open(page, tenant);
  const earlier = await popup(page);
  const later = await popup(page);
  await button(earlier, "Cancel").click();
  await earlier.getByText("The installation was canceled at Slack.").waitFor();
  for (let polls = 0; polls < 3; polls += 1) {
    await page.waitForResponse((response) => response.url().includes("/v1/slack/installations/"));
  }
  await page.getByRole("status").filter({ hasText: "Waiting for Slack" }).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  await allow(later);
  await row(page, AUDIT).getByText("Active").waitFor();
});

scene("a blocked popup leaves a link to Slack", async ({ page, tenant }) => {
  await page.addInitScript(() => { window.open = () => null; });
  await open(page, tenant);
  await button(page, "Install using OAuth").click();
  const link = page.getByRole("link", { name: "Continue at Slack" });
  await link.waitFor();
  await allow(await popup(page, link));
  await row(page, AUDIT).waitFor();
});

scene("a channel that was installed before is one row, and active again", async ({ page, tenant, stack }) => {
  await open(page, tenant);
  const first = await popup(page);
  await allow(first, "#security");
  await row(page, "#security (Acme)").waitFor();
  await first.close();
  const archive = (error) =>
    fetch(`${stack.slackUrl}/channels/C0ACMESECURITY`, { method: "PUT", body: JSON.stringify({ error }) });
  await archive("channel_is_archived");
  await tenant.event();
  await until("Slack's refusal", async () => (await tenant.webhooks())[0].status.state === "disabled");
  await page.reload();
  await row(page, "#security (Acme)").getByText("Disabled").waitFor();
  await row(page, "#security (Acme)").getByText(/was archived/).waitFor();
  await archive(null);
  await allow(await popup(page), "#security");
  await row(page, "#security (Acme)").getByText("Active").waitFor();
  assert.equal((await tenant.webhooks()).length, 1);
});

scene("the editor of a Slack webhook shows only what it has", async ({ page, tenant }) => {
  await open(page, tenant);
  await allow(await popup(page));
  await button(page, `Edit ${AUDIT}`).click();
  await textbox(page, "Display name").fill("Audit in Slack");
  await page.getByRole("heading", { name: /event types/i }).first().waitFor();
  for (const name of ["URL", "Shared secret"]) assert.equal(await textbox(page, name).count(), 0, name);
  for (const name of ["Set Authorization Header", "Add header", "Random"]) {
    assert.equal(await button(page, name).count(), 0, name);
  }
  await page.getByText("#audit").first().waitFor();
  await checkbox(page, "All events, including new ones").uncheck();
  await checkbox(page, "Exported findings").check();
  assert.equal((await save(page)).status(), 200);
  const [webhook] = await tenant.webhooks();
  assert.equal(webhook.displayName, "Audit in Slack");
  assert.deepEqual(webhook.eventTypes, ["findings.exported"]);
});

scene("a channel that is allowed after a look elsewhere is in the list all the same", async ({ page, tenant }) => {
  await tenant.webhook();
  await open(page, tenant);
  const opened = await popup(page);
  await button(page, "Deliveries of Receiver").click();
  await button(page, "Refresh").waitFor();
  await page.goBack();
  await row(page, "Receiver").waitFor();
  await allow(opened);
  await row(page, AUDIT).getByText("Active").waitFor();
});

scene("an installation that fails while the admin is elsewhere is told there", async ({ page, tenant }) => {
  await tenant.webhook();
  await open(page, tenant);
  const opened = await popup(page);
  await button(page, "Deliveries of Receiver").click();
  await button(page, "Refresh").waitFor();
  await button(opened, "Cancel").click();
  await page.getByRole("status").filter({ hasText: "The installation was canceled at Slack." }).waitFor();
});
