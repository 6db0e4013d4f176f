/** Installs into Slack as a person does, without a browser; gives the webhook. */
export async function installSlack(tenant, channel = "C0ACMEAUDIT") {
  const { startUrl, installationId } = await tenant.api("POST /v1/slack/installations");
  const started = await fetch(startUrl, { redirect: "manual" });
  const cookie = started.headers.getSetCookie().map((each) => each.split(";")[0]).join("; ");
  const atSlack = new URL(started.headers.get("location"));
  const form = new URLSearchParams([...atSlack.searchParams, ["team", "T0ACME"], ["channel", channel], ["decision", "allow"]]);
  atSlack.search = "";
  const decided = await fetch(atSlack, { method: "POST", body: form, redirect: "manual" });
  await fetch(decided.headers.get("location"), { headers: { cookie } });
  const { webhookId } = await tenant.api(`GET /v1/slack/installations/${installationId}`);
  return tenant.api(`GET /v1/webhooks/${webhookId}`);
}
