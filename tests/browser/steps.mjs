// What an admin does on the page, by the names that are seen or read out.

export const button = (place, name) => place.getByRole("button", { name, exact: true });
export const textbox = (place, name) => place.getByRole("textbox", { name, exact: true });
export const checkbox = (place, name) => place.getByRole("checkbox", { name, exact: true });
export const dialog = (page, name) => page.getByRole("dialog", { name, exact: true });
export const heading = (place, name) => place.getByRole("heading", { name, exact: true });

/** What a site without the license is told. */
export const UPGRADE =
  "Webhook integration is an advanced feature. " +
  "Contact your administrator about purchasing a license upgrade for Security for Jira.";

/** The table of the list. */
export const table = (page, name = "Webhooks") => page.getByRole("table", { name, exact: true });

/** The row of a webhook. */
export const row = (page, name) =>
  table(page).getByRole("row").filter({ has: button(page, `Delete ${name}`) });

/** Opens the page signed in, and waits for the list. */
export async function open(page, tenant) {
  await page.goto(tenant.pageUrl);
  await page.getByRole("heading", { level: 1, name: "Webhooks" }).waitFor();
  await button(page, "Add custom webhook").or(page.getByText(UPGRADE)).waitFor();
}

/** Opens the page at the editor of a webhook. */
export async function openEditor(page, tenant, name = "Receiver") {
  await open(page, tenant);
  await button(page, `Edit ${name}`).click();
  await textbox(page, "Display name").waitFor();
}

/** Presses Save, and gives the API's answer. */
export async function save(page, place = page) {
  const answered = page.waitForResponse((response) => ["POST", "PATCH"].includes(response.request().method()));
  await button(place, "Save").click();
  return answered;
}

/** Counts the requests that change something. */
export function countWrites(page) {
  const writes = [];
  page.on("request", (request) => {
    if (request.method() !== "GET") writes.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  return writes;
}
