// Every view and dialog, with all that it can hold.

import { installSlack } from "./slack_install.mjs";
import { button, checkbox, dialog, heading, open, openEditor, table, textbox, UPGRADE } from "./steps.mjs";

const LONG = "A receiver whose name is as long as a name can be ".repeat(2).slice(0, 100);

/** A webhook that has everything. */
const fullWebhook = (tenant) =>
  tenant.webhook({
    url: `${tenant.receiverUrl}/${"long-path/".repeat(20)}`,
    eventTypes: ["project_scan.finished", "findings.exported"],
    signingSecrets: [{ value: "first secret of this view" }, { value: "second secret of this view" }],
    authorization: "Splunk token-of-this-view",
    headers: [{ name: "DD-API-KEY", value: "key-of-this-view" }, { name: "X-Source", value: "jira ".repeat(40).trim() }],
  });

async function rows({ page, tenant }) {
  await fullWebhook(tenant);
  await tenant.webhook({ displayName: "Refuser", url: `${tenant.stack.receiverUrl}status/400?${tenant.id}` });
  await tenant.webhook({ displayName: LONG, url: `${tenant.stack.receiverUrl}status/410?${tenant.id}` });
  await tenant.webhook({ displayName: "x".repeat(100), enabled: false });
  await installSlack(tenant);
  await tenant.event();
  await tenant.settled();
  await open(page, tenant);
  await table(page).waitFor();
}

async function editor({ page, tenant }) {
  await fullWebhook(tenant);
  await openEditor(page, tenant);
  await page.getByText("How to verify").click();
  await button(page, "Add header").click();
  await textbox(page, "Shared secret").fill("third secret of this view");
  await button(page, "Add").click();
  await textbox(page, "Shared secret").fill("short");
  await button(page, "Add").click();
  await textbox(page, "URL").fill("http://receiver.example.com/");
  await textbox(page, "URL").blur();
  await page.locator("input[aria-invalid=true]").nth(1).waitFor();
}

async function deliveries({ page, tenant }) {
  await tenant.webhook({ url: `${tenant.stack.receiverUrl}status/400?${tenant.id}` });
  await tenant.event();
  await tenant.settled();
  await open(page, tenant);
  await button(page, "Deliveries of Receiver").click();
  await heading(page, "Deliveries of Receiver").waitFor();
}

/** Each is a name and the way there. */
export const VIEWS = {
  "the empty list": ({ page, tenant }) => open(page, tenant),
  "the list": rows,
  "the list with an open tooltip": async (scene) => {
    await rows(scene);
    await button(scene.page, "2 event types").hover();
    await scene.page.getByRole("tooltip").filter({ visible: true }).waitFor();
  },
  "the list without the license": async ({ page, tenant }) => {
    await tenant.webhook();
    await tenant.license("standard");
    await open(page, tenant);
    await page.getByText(UPGRADE).waitFor();
  },
  "the question before a deletion": async ({ page, tenant }) => {
    await tenant.webhook({ displayName: LONG.trim() });
    await open(page, tenant);
    await button(page, `Delete ${LONG.trim()}`).click();
    await dialog(page, "Delete webhook").waitFor();
  },
  "the form for a new webhook with its faults": async ({ page, tenant }) => {
    await open(page, tenant);
    await button(page, "Add custom webhook").click();
    await textbox(page, "URL").fill("http://user@receiver.example.com:80/#part");
    await button(page, "Save").click();
    await page.locator("input[aria-invalid=true]").first().waitFor();
  },
  "the editor of a custom webhook with everything": editor,
  "the editor of a Slack webhook": async ({ page, tenant }) => {
    await installSlack(tenant);
    await openEditor(page, tenant, "#audit (Acme)");
    await checkbox(page, "All events, including new ones").uncheck();
  },
  "the dialog of the authorization": async ({ page, tenant }) => {
    await fullWebhook(tenant);
    await openEditor(page, tenant);
    await button(page, "Set Authorization Header").click();
    await button(dialog(page, "Authorization header"), "Set").click();
    await page.locator("dialog input[aria-invalid=true]").waitFor();
  },
  "the question about unsaved changes": async ({ page, tenant }) => {
    await tenant.webhook();
    await openEditor(page, tenant);
    await textbox(page, "Display name").fill("Other");
    await page.goBack();
    await dialog(page, "Unsaved changes").waitFor();
  },
  "the question whose changes are to stand": async ({ page, tenant }) => {
    const webhook = await fullWebhook(tenant);
    await openEditor(page, tenant);
    await textbox(page, "Display name").fill("Mine");
    await tenant.edit(webhook, { displayName: LONG, eventTypes: ["*"], headers: [] });
    await button(page, "Save").click();
    await dialog(page, "Changed meanwhile").waitFor();
  },
  "the expired session": async ({ page, stack }) => {
    await page.goto(stack.apiUrl);
    await page.getByText("session has expired").waitFor();
  },
  "the list that cannot be reached": async ({ page, tenant }) => {
    await page.route("**/v1/**", (route) => route.abort("connectionrefused"));
    await page.goto(tenant.pageUrl);
    await page.getByText("The service cannot be reached").waitFor();
  },
  "the deliveries": async (scene) => {
    await deliveries(scene);
    await table(scene.page, "Deliveries").waitFor();
  },
  "one delivery": async (scene) => {
    await deliveries(scene);
    await button(table(scene.page, "Deliveries"), "Details").click();
    await table(scene.page, "Attempts").waitFor();
  },
  "the question before many redeliveries": async (scene) => {
    await deliveries(scene);
    await button(scene.page, "Redeliver all…").click();
    await dialog(scene.page, "Redeliver all").getByText("1 delivery").waitFor();
  },
};
