import assert from "node:assert/strict";

import { scenes } from "./scenes.mjs";
import { button, dialog, open, openEditor, row, save, textbox, UPGRADE } from "./steps.mjs";
import { mint, newTenant } from "./tenant.mjs";
import { until } from "./until.mjs";

const scene = scenes();
const expired = (page) => page.getByRole("alert").filter({ hasText: "session has expired" });

/** From now on the token in use is made to be an expired one. */
async function expire(page, tenant) {
  const old = await mint(tenant.stack, { tenant: tenant.id, expiresIn: -3600 });
  await page.route("**/v1/**", (route) =>
    route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${old}` } }),
  );
}

/** Signs in as the link from Jira does it in the same tab. */
async function signIn(page, token) {
  await page.unroute("**/v1/**");
  await page.evaluate((token) => { location.hash = `token=${token}`; }, token);
}

scene("the token vanishes from the address and from the history", async ({ page, tenant }) => {
  await open(page, tenant);
  assert.equal(page.url().includes(tenant.token), false, page.url());
  assert.equal(await page.evaluate(() => history.length), 2, "a blank page, and this one");
  await page.goBack();
  await page.goForward();
  await page.getByRole("heading", { level: 1, name: "Webhooks" }).waitFor();
  assert.equal(page.url().includes("token"), false, page.url());
});

scene("the token stands nowhere on the page and outlives no browser", async ({ page, tenant }) => {
  await open(page, tenant);
  const seen = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage }));
  assert.equal(seen.includes(tenant.token), false);
  assert.equal(await page.evaluate(() => document.cookie), "");
});

scene("a reload keeps the session, and another tab has none", async ({ page, context, tenant, stack }) => {
  await open(page, tenant);
  await page.reload();
  await button(page, "Add custom webhook").waitFor();
  const other = await context.newPage();
  await other.goto(stack.apiUrl);
  await expired(other).waitFor();
});

scene("without a token the page says so and asks for nothing", async ({ page, stack }) => {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(stack.apiUrl);
  await expired(page).waitFor();
  assert.deepEqual(asked.filter((path) => path.startsWith("/v1/")), []);
});

scene("a forged token is told to be expired", async ({ page, tenant, stack }) => {
  const [head, body] = tenant.token.split(".");
  await page.goto(`${stack.apiUrl}/#token=${head}.${body}.${"A".repeat(86)}`);
  await expired(page).waitFor();
});

scene("an expired session keeps what was typed, and the next token saves it", async ({ page, tenant, stack }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await textbox(page, "Display name").fill("Typed before");
  await expire(page, tenant);
  await save(page);
  await expired(page).waitFor();
  assert.equal(await textbox(page, "Display name").inputValue(), "Typed before");
  await signIn(page, await mint(stack, { tenant: tenant.id, subject: "admin2" }));
  await expired(page).waitFor({ state: "detached" });
  await page.waitForFunction(() => !location.hash.includes("token="));
  await until("the edit to be saved", async () => (await tenant.webhooks())[0].displayName === "Typed before");
});

scene("an expired session is told in view, however far the editor is scrolled", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await textbox(page, "Display name").fill("Typed before");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expire(page, tenant);
  await save(page);
  await expired(page).waitFor();
  const seen = await expired(page).evaluate((banner) => {
    const { left, top } = banner.getBoundingClientRect();
    return banner.contains(document.elementFromPoint(left + 30, top + 20));
  });
  assert.equal(seen, true);
});

scene("a session that expires in a dialog is told, and the next token ends what was begun", async ({ page, tenant }) => {
  await tenant.webhook();
  await open(page, tenant);
  await expire(page, tenant);
  await button(page, "Delete Receiver").click();
  const question = dialog(page, "Delete webhook");
  await button(question, "Delete").click();
  await expired(page).waitFor();
  await question.waitFor({ state: "hidden" });
  await signIn(page, await mint(tenant.stack, { tenant: tenant.id, subject: "admin2" }));
  await row(page, "Receiver").waitFor({ state: "detached" });
  assert.deepEqual(await tenant.webhooks(), []);
});

scene("a token of another site shows that site", async ({ page, tenant, stack }) => {
  const other = await newTenant(stack);
  await tenant.webhook({ displayName: "Of the first" });
  await other.webhook({ displayName: "Of the other" });
  await other.license("standard");
  await open(page, tenant);
  await row(page, "Of the first").waitFor();
  await signIn(page, other.token);
  await row(page, "Of the other").waitFor();
  await page.getByText(UPGRADE).waitFor();
  assert.equal(await row(page, "Of the first").count(), 0);
});

scene("a token from a foreign window is ignored", async ({ page, stack, tenant }) => {
  await page.goto(stack.apiUrl);
  await expired(page).waitFor();
  await page.evaluate((token) => {
    const message = { type: "soteri-webhooks:token", token };
    dispatchEvent(new MessageEvent("message", { origin: "https://foreign.example.com", data: message, source: window }));
    postMessage(message, "*");
  }, tenant.token);
  // Messages are handed out in order: after this one the others have been.
  await page.evaluate(() => new Promise((seen) => {
    addEventListener("message", ({ data }) => data === "last" && seen());
    postMessage("last", "*");
  }));
  assert.equal(await expired(page).isVisible(), true);
  assert.equal(await button(page, "Add custom webhook").isVisible(), false);
});

scene("a token of somebody who is no admin is refused in words", async ({ page, stack, tenant }) => {
  const token = await mint(stack, { tenant: tenant.id, role: "user" });
  await page.goto(`${stack.apiUrl}/#token=${token}`);
  await page.getByRole("alert").filter({ hasText: /admin/ }).waitFor();
});

scene("no other site may show the page in a frame", async ({ stack }) => {
  const response = await fetch(stack.apiUrl);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /frame-ancestors 'none'/);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-/);
});
