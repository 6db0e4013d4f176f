// The page's frame: which view the address names, and the way from one to the next.
import { addView } from "./add.js";
import { get } from "./api.js";
import { deliveriesView } from "./deliveries.js";
import { dialog } from "./dialog.js";
import { h, heading } from "./dom.js";
import { editorView } from "./editor.js";
import { listView } from "./list.js";
import { alertBox, loading, say } from "./parts.js";
import { takeFromAddress } from "./session.js";

const VIEWS = [
  [/^(#\/?)?$/, listView],
  [/^#\/add$/, addView],
  [/^#\/webhooks\/(\w+)$/, editorView],
  [/^#\/webhooks\/(\w+)\/deliveries$/, deliveriesView],
];
const view = document.getElementById("view");
// What the shown view says of itself: `isDirty()`, if it can have unsaved changes.
let shown = {};
// The address that belongs to it.
let route = "";
let turn = 0;
// The tenant and the catalogue, read once.
let site;

addEventListener("hashchange", move);
addEventListener("beforeunload", (event) => shown.isDirty?.() && event.preventDefault());
document.getElementById("dismiss").addEventListener("click", () => say(""));
takeFromAddress("");
show();

async function move() {
  const target = location.hash;
  if (takeFromAddress(route) || target === route) return;
  if (shown.isDirty?.()) {
    history.replaceState(null, "", route);
    if (!(await mayLeave())) return;
    history.replaceState(null, "", target);
  }
  say("");
  show();
}

// Shows the view that the address names.
async function show() {
  const mine = ++turn;
  route = location.hash;
  shown = {};
  const slow = setTimeout(() => view.replaceChildren(loading()), 200);
  let next;
  try {
    site ??= { tenant: await get("v1/tenant"), types: (await get("v1/event-types")).items };
    const [pattern, make] = VIEWS.find(([each]) => each.test(route)) ?? [/()/, nowhere];
    next = await make({ ...site, id: pattern.exec(route)[1], go });
  } catch (problem) {
    next = { element: [alertBox(problem.message, show)] };
  }
  clearTimeout(slow);
  if (mine !== turn) return;
  shown = next;
  view.replaceChildren(route.length > 2 ? h("a", { href: "#/" }, "All webhooks") : "", ...next.element);
  // Not at first: the reader comes from nowhere.
  if (mine > 1) view.querySelector("h2")?.focus();
}

// Goes to another view without asking, and says why there.
async function go(target, message) {
  history.pushState(null, "", target);
  await show();
  say(message);
}

const mayLeave = () =>
  dialog("Unsaved changes", h("p", "You have changes that are not saved. They are lost when you leave."), [
    ["Leave without saving", () => true],
    ["Stay"],
  ]);

const nowhere = () => ({ element: [heading("There is nothing here")] });
