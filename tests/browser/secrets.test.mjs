import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { scenes } from "./scenes.mjs";
import { button, checkbox, dialog, openEditor, save, textbox } from "./steps.mjs";
import { until } from "./until.mjs";

const scene = scenes();
const sign = (secret, body) => createHmac("sha256", secret).update(body).digest("base64");
const removals = (page) => page.getByRole("button", { name: /^Remove secret/ });

async function setAuthorization(page, value) {
  await button(page, "Set Authorization Header").click();
  const box = dialog(page, "Authorization header");
  await textbox(box, "Header value").fill(value);
  await button(box, "Set").click();
  await box.waitFor({ state: "hidden" });
}

async function addSecret(page, value) {
  await textbox(page, "Shared secret").fill(value);
  await button(page, "Add").click();
  await until("an empty field", async () => (await textbox(page, "Shared secret").inputValue()) === "");
}

scene("what is saved is what the receiver gets", async ({ page, tenant, witness }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  const first = "first shared secret of the test";
  const second = "Zml2ZSBzaXggc2V2ZW4gZWlnaHQgbmluZSB0ZW4uLi4=";
  const credentials = "Bearer credentials-of-the-test-4711";
  const key = "api-key-of-the-test-0815";
  await addSecret(page, first);
  await addSecret(page, second);
  await setAuthorization(page, credentials);
  await button(page, "Add header").click();
  await textbox(page, "Header name").fill("X-Api-Key");
  await textbox(page, "Header value").fill(key);
  await checkbox(page, "Secret").check();
  [first, second, credentials, "credentials-of-the-test-4711", key].forEach((text) => witness.keepsSecret(text));
  assert.equal((await save(page)).status(), 200);
  await until("two secrets by their hints", async () => (await removals(page).count()) === 2);
  await until("nothing secret to be left", async () => (await witness.faults()).length === 0);
  await page.getByText("Bearer").first().waitFor();

  const [webhook] = await tenant.webhooks();
  assert.equal(webhook.signingSecrets.length, 2);
  for (const { hint } of webhook.signingSecrets) await page.getByText(hint).first().waitFor();
  await tenant.event();
  const [{ headers, body }] = await tenant.received();
  assert.equal(headers["x-soteri-signature"], [first, second].map((secret) => sign(secret, body)).join(","));
  assert.equal(headers.authorization, credentials);
  assert.equal(headers["x-api-key"], key);
});

scene("a random secret can be read until it is saved, and signs", async ({ page, tenant, witness }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await button(page, "Random").click();
  const field = textbox(page, "Shared secret");
  await until("a random secret", async () => (await field.inputValue()).length === 44);
  const secret = await field.inputValue();
  await button(page, "Add").click();
  await removals(page).waitFor();
  witness.keepsSecret(secret);
  assert.equal((await save(page)).status(), 200);
  await until("nothing secret to be left", async () => (await witness.faults()).length === 0);
  await tenant.event();
  const [{ headers, body }] = await tenant.received();
  assert.equal(headers["x-soteri-signature"], sign(secret, body));
});

scene("one secret of two is removed and the other still signs", async ({ page, tenant }) => {
  const [kept, gone] = ["the secret that is to be kept", "another one, which is to go"];
  await tenant.webhook({ signingSecrets: [{ value: gone }, { value: kept }] });
  await openEditor(page, tenant);
  await until("both secrets", async () => (await removals(page).count()) === 2);
  await removals(page).first().click();
  await until("one secret", async () => (await removals(page).count()) === 1);
  assert.equal((await save(page)).status(), 200);
  await tenant.event();
  const [{ headers, body }] = await tenant.received();
  assert.equal(headers["x-soteri-signature"], sign(kept, body));
});

scene("a shared secret that is too short is explained before Save", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await textbox(page, "Shared secret").fill("short");
  await button(page, "Add").click();
  await page.locator("input[aria-invalid=true]").waitFor();
  await page.getByText(/16 to 256/).filter({ visible: true }).last().waitFor();
  assert.equal(await removals(page).count(), 0);
});

scene("the same shared secret two times is explained and not saved", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await addSecret(page, "the same secret two times");
  await textbox(page, "Shared secret").fill("the same secret two times");
  await button(page, "Add").click();
  await button(page, "Save").click();
  await page.locator("input[aria-invalid=true]").or(page.getByRole("alert").filter({ hasText: /secret/ })).first().waitFor();
  assert.deepEqual((await tenant.webhooks())[0].signingSecrets, []);
});

scene("the authorization is cleared, and its dialog can be canceled", async ({ page, tenant, witness }) => {
  await tenant.webhook({ authorization: "Splunk token-of-the-test" });
  await openEditor(page, tenant);
  const box = dialog(page, "Authorization header");
  await button(page, "Set Authorization Header").click();
  assert.equal(await textbox(box, "Header value").inputValue(), "", "it is never shown again");
  await textbox(box, "Header value").fill("Bearer typed-and-canceled");
  await button(box, "Cancel").click();
  await box.waitFor({ state: "hidden" });
  witness.keepsSecret("typed-and-canceled");
  await button(page, "Set Authorization Header").click();
  assert.equal(await textbox(box, "Header value").inputValue(), "");
  await button(box, "Clear").click();
  await box.waitFor({ state: "hidden" });
  const answer = await save(page);
  assert.deepEqual(answer.request().postDataJSON(), { authorization: null });
  assert.equal((await tenant.webhooks())[0].authorization, null);
  await tenant.event();
  assert.equal((await tenant.received())[0].headers.authorization, undefined);
});

scene("an authorization without a scheme is explained in the dialog", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await button(page, "Set Authorization Header").click();
  const box = dialog(page, "Authorization header");
  await textbox(box, "Header value").fill("justcredentials");
  await button(box, "Set").click();
  await box.getByText(/scheme|Bearer/i).filter({ visible: true }).first().waitFor();
  assert.equal(await box.isVisible(), true);
});

scene("headers are added, changed and removed", async ({ page, tenant }) => {
  await tenant.webhook({ headers: [{ name: "X-Source", value: "jira" }, { name: "X-Old", value: "old" }] });
  await openEditor(page, tenant);
  await textbox(page, "Header value").first().fill("jira cloud");
  await button(page, "Remove").nth(1).click();
  await until("one header", async () => (await textbox(page, "Header name").count()) === 1);
  await button(page, "Add header").click();
  await textbox(page, "Header name").last().fill("X-New");
  await textbox(page, "Header value").last().fill("new");
  assert.equal((await save(page)).status(), 200);
  const [{ headers }] = await tenant.webhooks();
  assert.deepEqual(headers, [
    { name: "X-Source", value: "jira cloud", secret: false },
    { name: "X-New", value: "new", secret: false },
  ]);
});

scene("a stored secret header stays when another is edited, and its value is not shown", async ({ page, tenant }) => {
  const key = "stored-key-of-the-test";
  await tenant.webhook({ headers: [{ name: "DD-API-KEY", value: key }, { name: "X-Source", value: "jira" }] });
  await openEditor(page, tenant);
  assert.equal(await textbox(page, "Header value").first().inputValue(), "");
  await textbox(page, "Header value").nth(1).fill("other");
  assert.equal((await save(page)).status(), 200);
  await tenant.event();
  const [{ headers }] = await tenant.received();
  assert.deepEqual([headers["dd-api-key"], headers["x-source"]], [key, "other"]);
});

scene("a header that is reserved is explained beside its row", async ({ page, tenant }) => {
  await tenant.webhook();
  await openEditor(page, tenant);
  await button(page, "Add header").click();
  await textbox(page, "Header name").fill("Host");
  await textbox(page, "Header value").fill("inner.example.com");
  await button(page, "Save").click();
  await page.locator("input[aria-invalid=true]").first().waitFor();
  await page.getByText(/reserved|sets? (it|this)|cannot be/i).filter({ visible: true }).first().waitFor();
  assert.deepEqual((await tenant.webhooks())[0].headers, []);
});

scene("a URL at another origin asks for the stored credentials again", async ({ page, tenant }) => {
  await tenant.webhook({
    authorization: "Bearer stored-credentials",
    headers: [{ name: "X-Api-Key", value: "stored-key" }],
    signingSecrets: [{ value: "signing secrets may stay here" }],
  });
  await openEditor(page, tenant);
  const moved = tenant.receiverUrl.replace("receiver.example.com", "receiver.example.com:8443");
  await textbox(page, "URL").fill(moved);
  await textbox(page, "URL").blur();
  await button(page, "Save").click();
  await page.getByText(/(again|anew)/i).filter({ visible: true }).first().waitFor();
  assert.equal((await tenant.webhooks())[0].url, tenant.receiverUrl, "nothing is sent to a stranger");
  await setAuthorization(page, "Bearer credentials-of-the-new-one");
  await textbox(page, "Header value").fill("key-of-the-new-one");
  const answer = await save(page);
  assert.equal(answer.status(), 200, await answer.text());
  const [webhook] = await tenant.webhooks();
  assert.equal(webhook.url, moved);
  assert.equal(webhook.signingSecrets.length, 1);
});
