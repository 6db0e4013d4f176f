// A saved secret is never shown again.
import { actButton, button, copyButton, field, h, post, small, textbox } from "../ui.js";
import { card } from "./basics.js";

export function signing({ signingSecrets: stored }, changed) {
	let secrets = stored;
	const list = h("ul");
	const onkeydown = ({ key }) => key === "Enter" && add();
	const input = field("Shared secret", textbox("", { form: "", onkeydown }), "16 to 256 printable ASCII characters. The text itself is the key: it is not decoded.");
	const { control, blame } = input;
	const show = () => list.replaceChildren(...secrets.map((secret) => item(secret, () => set(secrets.filter((other) => other !== secret)))));
	const set = (next) => {
		secrets = next;
		show();
		changed();
		control.focus();
	};
	const add = () => {
		const { value } = control;
		const fault = /^[ -~]{16,256}$/.test(value) ? "" : "A signing secret must be 16 to 256 printable ASCII characters.";
		blame(fault);
		if (fault) return control.focus();
		control.value = "";
		set([...secrets, { value }]);
	};
	const random = async () => {
		try {
			control.value = (await post("v1/signing-secrets/random")).value;
			blame("");
			changed();
		} catch ({ message }) {
			blame(message);
		}
	};
	show();
	const adder = h("div.inline", input.element, actButton("Random", random), button("Add", add));
	// What stands in the textbox is meant too.
	const whole = () => (control.value ? [...secrets, { value: control.value }] : secrets);
	const same = () => whole().length === stored.length && whole().every((secret, place) => secret === stored[place]);
	const change = () => (same() ? undefined : whole().map(({ id, value }) => (id ? { id } : { value })));
	return { ...card("Message signing", list, adder), blame, focus: () => control.focus(), change };
}

function item({ hint, value }, onremove) {
	const text = `${hint ?? value.slice(0, 3)}…`;
	const shown = h("code", value ?? text);
	const copy = value && [h("span.hint", "Copy it now: once saved it is not shown again."), copyButton(shown)];
	return h("li", shown, copy, small("Remove", onremove, `Remove secret ${text}`));
}
