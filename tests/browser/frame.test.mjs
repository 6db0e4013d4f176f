import assert from "node:assert/strict";
import { after } from "node:test";

import { openInJira, startJira } from "./jira.mjs";
import { scenes } from "./scenes.mjs";
import { button, save, textbox } from "./steps.mjs";
import { mint, newTenant } from "./tenant.mjs";
import { until } from "./until.mjs";

const jira = await startJira();
after(() => jira.stop());
const scene = scenes({ FRAME_ANCESTORS: jira.origin, PARENT_ORIGINS: jira.origin });
const expired = (frame) => frame.getByRole("alert").filter({ hasText: "session has expired" });

scene("within Jira the page asks for its token", async ({ page, stack, tenant }) => {
  await tenant.webhook({ displayName: "Receiver" });
  let asked = 0;
  const frame = await openInJira(page, jira, stack, () => (asked++, tenant.token));
  await button(frame, "Edit Receiver").click();
  await textbox(frame, "Display name").fill("Changed within Jira");
  assert.equal((await save(page, frame)).status(), 200);
  await until("the edit to be saved", async () => (await tenant.webhooks())[0].displayName === "Changed within Jira");
  assert.equal(asked, 1);
});

scene("a token that has expired is replaced while what was typed stays", async ({ page, stack, tenant }) => {
  await tenant.webhook({ displayName: "Receiver" });
  const tokens = [tenant.token, await mint(stack, { tenant: tenant.id, subject: "admin2" })];
  let asked = 0;
  const frame = await openInJira(page, jira, stack, () => tokens[asked++]);
  await button(frame, "Edit Receiver").click();
  await textbox(frame, "Display name").fill("Typed before");
  // The first token is made to be an expired one.
  const old = await mint(stack, { tenant: tenant.id, expiresIn: -3600 });
  await page.route("**/v1/**", (route) => {
    const { authorization, ...headers } = route.request().headers();
    const isFirst = authorization === `Bearer ${tokens[0]}`;
    return route.continue({ headers: { ...headers, authorization: isFirst ? `Bearer ${old}` : authorization } });
  });
  await save(page, frame);
  await until("the edit to be saved", async () => (await tenant.webhooks())[0].displayName === "Typed before");
  assert.equal(asked, 2);
  assert.equal(await expired(frame).count(), 0);
});

scene("a Jira that hands over no token leaves a page that says so", async ({ page, stack }) => {
  const frame = await openInJira(page, jira, stack, () => null);
  await expired(frame).waitFor();
  assert.equal(await button(frame, "Add custom webhook").isVisible(), false);
});

scene("a token that comes late is taken all the same", async ({ page, stack, tenant }) => {
  let hand;
  const frame = await openInJira(page, jira, stack, () => new Promise((handed) => { hand = handed; }));
  await expired(frame).waitFor();
  hand(tenant.token);
  await button(frame, "Add custom webhook").waitFor();
  assert.equal(await expired(frame).count(), 0);
});

scene("a frame that is loaded again asks anew who is signed in", async ({ page, stack, tenant }) => {
  const other = await newTenant(stack);
  await tenant.webhook({ displayName: "Of the first" });
  await other.webhook({ displayName: "Of the other" });
  const tokens = [tenant.token, other.token];
  const frame = await openInJira(page, jira, stack, () => tokens.shift());
  await button(frame, "Edit Of the first").waitFor();
  assert.equal(await frame.locator("body").evaluate(() => sessionStorage.length), 0);
  await page.reload();
  await button(frame, "Edit Of the other").waitFor();
  assert.equal(await button(frame, "Edit Of the first").count(), 0);
});

scene("only this Jira may show the page in a frame", async ({ stack }) => {
  const response = await fetch(stack.apiUrl);
  const policy = response.headers.get("content-security-policy") ?? "";
  const [, ancestors] = policy.match(/frame-ancestors ([^;]+)/) ?? [];
  assert.equal(ancestors, jira.origin);
});
