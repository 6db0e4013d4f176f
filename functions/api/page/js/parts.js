import { at, get } from "./api.js";
import { button, fresh, h, small } from "./dom.js";
import { absolute, DELIVERY, relative } from "./words.js";

export const say = (text) => document.getElementById("status").replaceChildren(text);

export const alertBox = (text, retry) =>
	h("div.box.bad", { role: "alert" }, h("p", text), retry && button("Try again", retry));

export const UNLICENSED =
	"Webhook integration is an advanced feature. Contact your administrator about purchasing a license upgrade for Security for Jira.";

export const unlicensed = () => h("p.box.warn", UNLICENSED);

// Shows what `make` reads; the last reading counts.
export function loader(make, first = h("p.subtle", "Loading…")) {
	const element = h("div", first);
	let turn = 0;
	const refresh = async () => {
		const mine = ++turn;
		const shown = await make().catch(({ code, message }) => [
			code === "no_such_route" ? h("p.empty", "This is not available.") : alertBox(message, refresh),
		]);
		if (mine === turn) element.replaceChildren(...shown);
	};
	return { element, refresh };
}

export const when = (time, write = relative) => h("time", { datetime: time, title: absolute(time) }, write(time));

// A word with a color; never a color alone.
const lozenge = (kind, ...text) => h(`span.lozenge.${kind}`, text);

export const outcome = (state) => lozenge(state, DELIVERY[state]);

const STATE = { active: "Active", failing: "Failing since ", paused: "Paused", disabled: "Disabled" };

export const status = ({ state, since, reasonText }) =>
	h("div", lozenge(state, STATE[state], state === "failing" && when(since, (time) => absolute(time, "short"))), reasonText && h("p.subtle", reasonText));

export const health = (id, known) => loader(async () => [status((await get(at(id))).status)], status(known));

// Not to be pressed again while `act` runs.
export function actButton(label, act, attributes) {
	const made = button(label, async () => {
		if (made.ariaDisabled) return;
		made.ariaDisabled = "true";
		await act().finally(() => (made.ariaDisabled = null));
	}, attributes);
	return made;
}

export const visit = (target) => () => (location.hash = target);

export function field(label, control, hint) {
	const id = (control.id = fresh());
	const fault = h("p.fault", { id: `${id}f`, "aria-live": "polite" });
	control.setAttribute("aria-describedby", `${id}h ${id}f`);
	const blame = (text) => {
		fault.replaceChildren(text);
		control.ariaInvalid = text ? "true" : null;
	};
	const about = h("p.hint", { id: `${id}h` }, hint);
	return { element: h("div.field", h("label", { for: id }, label), control, about, fault), control, blame };
}

export const textbox = (value, attributes) =>
	h("input", { type: "text", value, autocomplete: "off", spellcheck: "false", ...attributes });

export const select = (options, attributes = {}) =>
	h("select", attributes, options.map(([value, text]) => h("option", { value }, text)));

export function check(label, attributes) {
	const id = fresh();
	const control = h("input", { type: "checkbox", id, ...attributes });
	return { control, element: h("div.check", control, h("label", { for: id }, label)) };
}

// As cards, on a narrow screen, it would lose its roles.
export function table(label, columns, rows) {
	const head = columns.map((text) => h("th", { role: "columnheader", scope: "col" }, text));
	const body = h("tbody", { role: "rowgroup" });
	const cell = (content, place) => h("td", { role: "cell", "data-label": columns[place] }, h("div", content));
	const add = (more) => body.append(...more.map((cells) => h("tr", { role: "row" }, cells.map(cell))));
	add(rows);
	const thead = h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head));
	return { element: h("table.cards", { role: "table", "aria-label": label }, thead, body), add };
}

export const code = (label, text) => h("pre", { tabindex: 0, role: "region", "aria-label": label }, text);

// A frame may lack the clipboard, hence the older way.
export const copyButton = (source, label = "Copy") =>
	small("Copy", async () => {
		try {
			await navigator.clipboard.writeText(source.textContent);
		} catch {
			getSelection().selectAllChildren(source);
			document.execCommand("copy");
		}
		say("Copied.");
	}, label);
