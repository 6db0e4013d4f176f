// A section of the editor is {element, blame(text, place), focus(), change()};
// its change is undefined while it is as stored.
import { alertBox, field, fresh, h, name, textbox } from "../ui.js";
import { urlFaults } from "../rules.js";

export const changes = (sections) =>
	Object.fromEntries(Object.entries(sections).map(([key, { change }]) => [key, change()]).filter(([, value]) => value !== undefined));

// Puts what is wrong beside what it is about, or else into `place`.
export function blame({ errors = [], message }, sections, place, retry) {
	const own = errors.map(({ pointer, detail }) => {
		const [, key, ...rest] = pointer.split("/");
		sections[key]?.blame(detail, rest);
		return sections[key];
	});
	if (own[0]) return own[0].focus();
	place.append(alertBox(errors[0]?.detail ?? message, retry));
	place.scrollIntoView({ block: "center" });
}

const section = (made, stored, property = "value") => ({
	...made,
	focus: () => made.control.focus(),
	change: () => (made.control[property] === stored ? undefined : made.control[property]),
});

export const displayName = ({ displayName: stored }) => section(field("Display name", textbox(stored, { dir: "auto" })), stored);

export function url({ url: stored }) {
	let timer;
	const soon = (wait) => () => {
		clearTimeout(timer);
		if (control.value) timer = setTimeout(check, wait);
	};
	// Leaving waits for the click that caused it: its target must not move.
	const control = textbox(stored, { inputmode: "url", placeholder: "https://", oninput: soon(600), onblur: soon(250) });
	const made = section(field("URL", control), stored);
	// Whether the server may be asked.
	const check = () => {
		clearTimeout(timer);
		const { faults, sure } = urlFaults(control.value);
		made.blame(faults.join(" "));
		return !sure;
	};
	return { ...made, check };
}

// What we have disabled is off too, and active again when switched on.
export function enabled({ enabled: on, status: { state } }) {
	const checked = on && state !== "disabled";
	const control = h("input", { type: "checkbox", role: "switch", checked });
	const made = field("Enabled", control, "While it is off, events are kept for 30 days, to be sent by hand.");
	made.element.className = "switch";
	return section(made, checked, "checked");
}

export function card(title, ...content) {
	const id = fresh();
	const fault = h("p.fault", { "aria-live": "polite" });
	const head = h("h3", { id, tabindex: -1 }, title);
	const element = h("section.card", { "aria-labelledby": id }, head, content, fault);
	return { element, blame: (text) => fault.replaceChildren(text), focus: () => head.focus() };
}

// Only https is followed: an address could be a script's.
export function slack({ slack: { channel, team, configurationUrl: href } }) {
	const link = /^https:/.test(href) && h("a", { href, target: "_blank", rel: "noreferrer" }, "Configuration at Slack");
	const row = (term, text) => h("div", h("dt", term), h("dd", name(text)));
	return card("Slack", h("dl", row("Channel", channel.name), row("Workspace", team.name)), link).element;
}
