// Two admins have edited the same webhook: shows what differs and asks whose is to stand.
import { dialog } from "../dialog.js";
import { h } from "../dom.js";
import { table } from "../parts.js";

const LABELS = {
  displayName: "Display name",
  url: "URL",
  enabled: "Enabled",
  format: "Body format",
  eventTypes: "Event types",
  signingSecrets: "Signing secrets",
  authorization: "Authorization header",
  headers: "Additional headers",
};

// {mine: the patch to send again} or, for theirs, {}; null when nothing was chosen.
export function resolve(before, theirs, mine, types) {
  const known = [...before.signingSecrets, ...theirs.signingSecrets];
  const entries = {
    eventTypes: (id) => types.find((type) => type.id === id)?.label ?? "All events",
    signingSecrets: ({ id, value }) => `${value?.slice(0, 3) ?? known.find((secret) => secret.id === id)?.hint}…`,
    headers: ({ name, value, secret }) => `${name}: ${secret ? "••••••" : value}`,
  };
  const text = (key, value) => {
    if (key === "enabled") return value ? "On" : "Off";
    if (key === "authorization" && value) return `${value.scheme ?? value.split(" ")[0]} ••••••`;
    return entries[key] ? value.map(entries[key]).join(", ") || "None" : (value ?? "None");
  };
  const differs = (key) => JSON.stringify(before[key]) !== JSON.stringify(theirs[key]);
  const rows = Object.keys(LABELS)
    .filter(differs)
    .map((key) => [LABELS[key], h("bdi", text(key, theirs[key])), h("bdi", key in mine ? text(key, mine[key]) : "Not changed by you")]);
  const content = [
    h("p", "Somebody else has saved this webhook since you opened it."),
    table("Changes", ["Field", "Theirs", "Yours"], rows).element,
    h("p.hint", "Keep mine saves your changes over theirs; what you have not changed stays theirs."),
  ];
  const buttons = [["Cancel"], ["Take theirs", () => ({})], ["Keep mine", () => ({ mine: rebased(mine, theirs) })]];
  return dialog("Changed by someone else", content, buttons);
}

// What is to be kept and is not there any more cannot be saved.
function rebased({ ...mine }, { signingSecrets, headers }) {
  const has = ({ name }) => headers.some((header) => header.secret && header.name.toLowerCase() === name.toLowerCase());
  mine.signingSecrets &&= mine.signingSecrets.filter(({ id }) => !id || signingSecrets.some((secret) => secret.id === id));
  mine.headers &&= mine.headers.filter((header) => "value" in header || has(header));
  return mine;
}
