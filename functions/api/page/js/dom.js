// The only way into the document: text stays text.

// What was typed must not stand in an attribute.
const PROPERTIES = ["value", "checked", "disabled", "hidden"];
let count = 0;

// `tag.class`, then attributes, if any, and content.
export const h = (tag, ...rest) => make((name) => document.createElement(name), tag, rest);

export const svg = (tag, ...rest) =>
	make((name) => document.createElementNS("http://www.w3.org/2000/svg", name), tag, rest);

export const fresh = () => `x${++count}`;

// Right-to-left text must not reorder its surroundings.
export const name = (text) => h("bdi", text);

export const button = (text, onclick, attributes) => h("button", { type: "button", onclick, ...attributes }, text);

export const small = (text, onclick, label = text) => button(text, onclick, { class: "small", "aria-label": label });

export const heading = (...content) => h("h2", { tabindex: -1 }, content);

function make(create, tag, rest) {
	const [kind, ...classes] = tag.split(".");
	const element = create(kind);
	const attributes = rest[0]?.constructor === Object ? rest.shift() : {};
	if (classes[0]) element.setAttribute("class", classes.join(" "));
	element.append(...rest.flat(9).filter((child) => child || child === 0));
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === "function") element.addEventListener(key.slice(2), value);
		else if (PROPERTIES.includes(key)) element[key] = value;
		else element.setAttribute(key, value);
	}
	return element;
}
