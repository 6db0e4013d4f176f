// Which view the address names, and how one is left.
import { addView } from "./add.js";
import { alertBox, dialog, get, h, say, unlicensed } from "./ui.js";
import { deliveriesView } from "./deliveries.js";
import { editorView } from "./editor.js";
import { listView } from "./list.js";
import { takeFromAddress } from "./session.js";

const VIEWS = [
	[/^#\/webhooks\/(\w+)\/deliveries$/, deliveriesView],
	[/^#\/add$/, addView, true],
	[/^#\/webhooks\/(\w+)$/, editorView, true],
	[/()/, listView],
];
const view = document.getElementById("view");
// Of the shown view; `isDirty()` if it can have changes.
let shown = {};
let route = "";
let turn = 0;
let site;

addEventListener("hashchange", move);
addEventListener("beforeunload", (event) => shown.isDirty?.() && event.preventDefault());
document.getElementById("dismiss").onclick = () => say("");
takeFromAddress("");
show();

async function move() {
	const target = location.hash;
	document.querySelector("dialog")?.close();
	if (takeFromAddress(route)) {
		// It may be another site's.
		site = null;
		return shown.isDirty?.() || show();
	}
	if (target === route) return;
	if (shown.isDirty?.()) {
		// Not over the entry it came to.
		history.pushState(null, "", route);
		if (!(await mayLeave())) return;
		history.replaceState(null, "", target || "#/");
	}
	say("");
	show();
}

async function show() {
	const mine = ++turn;
	route = location.hash;
	shown = {};
	const slow = setTimeout(() => mine === turn && view.replaceChildren(h("p.subtle", "Loading…")), 200);
	let next;
	try {
		site ??= { tenant: await get("v1/tenant"), types: (await get("v1/event-types")).items };
		const [pattern, make, writes] = VIEWS.find(([each]) => each.test(route));
		next = writes && !site.tenant.webhooksEnabled ? { element: [unlicensed()] } : await make({ ...site, id: pattern.exec(route)[1], go });
	} catch ({ message }) {
		next = { element: [alertBox(message, show)] };
	}
	clearTimeout(slow);
	if (mine !== turn) return;
	shown = next;
	view.replaceChildren(route.length > 2 ? h("a", { href: "#/" }, "← All webhooks") : "", ...[next.element].flat(9));
	if (mine > 1) view.querySelector("h2")?.focus();
}

// Goes on without asking.
async function go(target, message) {
	history.pushState(null, "", target);
	await show();
	say(message);
}

const mayLeave = () =>
	dialog("Unsaved changes", h("p", "Your changes are not saved yet."), [["Stay"], ["Leave without saving", () => true]], "danger");
