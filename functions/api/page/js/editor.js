// The editor of one webhook. Nothing is sent before Save, and then only what has changed.
import { at, call } from "./api.js";
import { button, h, heading, name } from "./dom.js";
import { authorization } from "./editor/authorization.js";
import { displayName, enabled, slack, url } from "./editor/basics.js";
import { resolve } from "./editor/conflict.js";
import { events } from "./editor/events.js";
import { headers } from "./editor/headers.js";
import { signing } from "./editor/signing.js";
import { alertBox, say, status, unlicensed, visitButton } from "./parts.js";
import { testButton } from "./test-event.js";
import { verify } from "./verify.js";

export async function editorView({ tenant, types, id }) {
  let { body: webhook, etag } = await call("GET", at(id));
  if (!tenant.webhooksEnabled) return { element: [heading("Edit ", name(webhook.displayName)), unlicensed()] };
  const [head, faults, note] = [h("div"), h("div"), h("span.subtle")];
  const form = h("form", { novalidate: "", id: "editor" });
  const save = h("button.primary", { form: "editor" }, "Save");
  const discard = button("Discard Changes", () => {
    show();
    told("Changes are discarded.");
  });
  let sections = {};
  let busy = false;
  const patch = () => Object.assign({}, ...Object.values(sections).map((section) => section.patch()));
  const isDirty = () => Object.keys(patch()).length > 0;
  const changed = () => {
    save.disabled = discard.disabled = !isDirty();
    note.replaceChildren(isDirty() ? "Not saved yet" : "");
  };

  // Shows what is stored: whatever was typed, secrets too, is gone from the document then.
  const show = () => {
    const custom = webhook.kind === "custom";
    sections = {
      displayName: displayName(webhook),
      enabled: enabled(webhook),
      ...(custom && { url: url(webhook) }),
      eventTypes: events(webhook, types, changed),
      ...(custom && {
        signingSecrets: signing(webhook, changed),
        authorization: authorization(webhook, changed),
        headers: headers(webhook, changed),
      }),
    };
    const visit = visitButton("Deliveries", `#/webhooks/${id}/deliveries`, { "aria-label": `Deliveries of ${webhook.displayName}` });
    head.replaceChildren(heading("Edit ", name(webhook.displayName)), h("div.bar", testButton(id), visit, status(webhook.status)));
    faults.replaceChildren();
    form.replaceChildren(custom ? "" : slack(webhook), ...Object.values(sections).map(({ element }) => element), custom ? verify() : "");
    changed();
  };
  const told = (text) => {
    say(text);
    head.querySelector("h2").focus();
  };

  const send = async (mine, version) => {
    faults.replaceChildren();
    for (const section of Object.values(sections)) section.blame("");
    try {
      ({ body: webhook, etag } = await call("PATCH", at(id), { body: complete(mine), etag: version }));
      show();
      told(`Webhook ${webhook.displayName} is saved.`);
    } catch (problem) {
      if (problem.status !== 412) return blame(problem);
      await settle(mine);
    }
  };
  // Headers go to another origin only if they are given anew: those that are not secret are known here.
  const complete = (mine) => {
    const origin = (text) => URL.canParse(text) && new URL(text).origin;
    const moves = mine.url && origin(mine.url) !== origin(webhook.url);
    return moves && webhook.headers.length ? { headers: sections.headers.whole(), ...mine } : mine;
  };
  // Somebody else has saved in the meantime.
  const settle = async (mine) => {
    const current = await call("GET", at(id));
    const choice = await resolve(webhook, current.body, mine, types);
    if (choice?.mine) return send(choice.mine, current.etag);
    if (!choice) return;
    ({ body: webhook, etag } = current);
    show();
    told("The other changes are taken.");
  };
  const blame = ({ errors = [], message }) => {
    const others = errors.filter(({ pointer, detail }) => {
      const [, field, ...place] = pointer.split("/");
      sections[field]?.blame(detail, place);
      return !sections[field];
    });
    const wrong = errors.map(({ pointer }) => sections[pointer.split("/")[1]]).find(Boolean);
    wrong?.focus();
    if (wrong && !others.length) return;
    faults.append(alertBox(others[0]?.detail ?? message, errors.length ? null : submit));
    faults.scrollIntoView({ block: "center" });
  };
  const submit = async (event) => {
    event.preventDefault();
    if (busy || !isDirty()) return;
    if (sections.url?.check() === false) return sections.url.focus();
    busy = form.inert = true;
    await send(patch(), etag).catch(blame);
    busy = form.inert = false;
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", submit);
  show();
  return { element: [head, faults, form, h("div.bar.sticky", save, discard, note)], isDirty };
}
