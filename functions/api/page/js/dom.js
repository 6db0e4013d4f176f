// The only way into the document: text stays text, whatever stands in it.

// Set as properties: what was typed must not stand in an attribute.
const PROPERTIES = ["value", "checked", "disabled", "hidden"];
let count = 0;

// An element, as `tag.class`; then its attributes, if any, and what is in it.
export const h = (tag, ...rest) => make((name) => document.createElement(name), tag, rest);

export const svg = (tag, ...rest) =>
  make((name) => document.createElementNS("http://www.w3.org/2000/svg", name), tag, rest);

// An id that nothing else has.
export const fresh = () => `x${++count}`;

// A name somebody chose: right-to-left text must not reorder what is around it.
export const name = (text) => h("bdi", text);

export const button = (label, onclick, attributes) => h("button", { type: "button", onclick, ...attributes }, label);

// It takes the focus when its view is shown.
export const heading = (...content) => h("h2", { tabindex: -1 }, content);

function make(create, tag, rest) {
  const [kind, ...classes] = tag.split(".");
  const element = create(kind);
  const attributes = rest[0]?.constructor === Object ? rest.shift() : {};
  if (classes.length) element.setAttribute("class", classes.join(" "));
  element.append(...rest.flat(9).filter((child) => child || child === 0));
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (PROPERTIES.includes(key)) element[key] = value;
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  return element;
}
