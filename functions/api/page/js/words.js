// What codes of the API mean, and how numbers and times are written, for people.

export const UNLICENSED =
  "Webhook integration is an advanced feature. Contact your administrator about purchasing a license upgrade for Security for Jira.";
export const DELIVERY = { succeeded: "Delivered", failed: "Failed", pending: "Waiting", held: "Held" };
export const STATE = { active: "Active", failing: "Failing since ", paused: "Paused", disabled: "Disabled" };

const ERRORS = {
  timeout: "no answer in time",
  connect_failed: "no connection",
  tls_failed: "no secure connection (TLS)",
  dns_failed: "host name not found",
  address_refused: "address not allowed",
  redirect: "redirect, not followed",
  response_too_large: "answer too large",
  secret_unavailable: "stored secrets cannot be read",
};

// Why an attempt did not deliver; `code` is the receiver's status, if it answered.
export function reason(error, code) {
  if (error?.startsWith("slack_")) return `Slack answered ${error.slice(6)}`;
  return ERRORS[error] ?? (code ? `the receiver answered ${code}` : "the receiver refused it");
}

const INSTALLATION = {
  access_denied: "The installation was canceled at Slack.",
  expired: "The installation took more than 10 minutes. Begin again.",
  other_browser: "Slack answered in another browser, or this one refuses cookies. Begin again in this one.",
  invalid_state: "Slack's answer belongs to no installation that was begun here. Begin again.",
  slack_unreachable: "Slack does not answer at the moment. Try again in a few minutes.",
  unexpected_url: "What Slack gave is not the address of a Slack channel, so it was not used.",
  license_required: UNLICENSED,
  too_many_webhooks: "There are 50 webhooks already. Delete one, then begin again.",
  slack_no_permission: "You may not add apps to this workspace. Ask its administrator.",
};

export const installation = (code) =>
  INSTALLATION[code] ?? `Slack refuses the installation (${code.replace("slack_", "")}). Ask your Slack administrator.`;

export const number = (count) => new Intl.NumberFormat("en").format(count);
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 365]];

export function relative(time) {
  let amount = (Date.parse(time) - Date.now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size || unit === "day") {
      return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(amount), unit);
    }
    amount /= size;
  }
}

export const absolute = (time, timeStyle = "medium") =>
  new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle }).format(new Date(time));
