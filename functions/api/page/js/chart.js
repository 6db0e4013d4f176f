// A bar chart of deliveries over time, and the same as a table for those who do not see it.
import { h, svg } from "./dom.js";
import { absolute, number } from "./words.js";

const KINDS = { succeeded: "Delivered", failed: "Failed", held: "Held" };
const KEYS = Object.keys(KINDS);
const HEIGHT = 120;
const HOUR = 3600000;

export function chart({ buckets, pending }, window) {
  const slots = window === "24h" ? filled(buckets, 24, HOUR) : filled(buckets, 30, 24 * HOUR);
  // Days begin at midnight UTC.
  const days = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
  const label = ({ start }) => (window === "24h" ? absolute(start, "short") : days.format(new Date(start)));
  const total = (slot) => KEYS.reduce((sum, key) => sum + slot[key], 0);
  const sums = KEYS.map((key) => slots.reduce((sum, slot) => sum + slot[key], 0));
  const highest = Math.max(1, ...slots.map(total));
  const legend = KEYS.map((key, place) => h("span", swatch(key), `${KINDS[key]} ${number(sums[place])}`));
  const busy = slots.filter(total);
  const bars = slots.map((slot, place) => bar(slot, { place, count: slots.length, highest, label }));
  return [
    h("div.legend", legend, h("span", `Waiting ${number(pending)}`)),
    svg("svg.chart", { width: "100%", height: HEIGHT, "aria-hidden": "true" }, bars),
    h("div.axis.subtle", { "aria-hidden": "true" }, h("span", label(slots[0])), h("span", busy.length ? `highest: ${number(highest)}` : "No deliveries in this time"), h("span", "now")),
    asTable(busy, label),
  ];
}

// A slot for each hour or day, those without a delivery too.
function filled(buckets, count, step) {
  const known = new Map(buckets.map((bucket) => [Math.floor(Date.parse(bucket.start) / step), bucket]));
  const first = Math.max(Math.floor(Date.now() / step), ...known.keys()) - count + 1;
  const slot = (place) => ({ succeeded: 0, failed: 0, held: 0, start: new Date(place * step), ...known.get(place) });
  return Array.from({ length: count }, (_, place) => slot(first + place));
}

function bar(slot, { place, count, highest, label }) {
  const wide = 100 / count;
  let y = HEIGHT;
  const parts = KEYS.filter((key) => slot[key]).map((key) => {
    // A single failure among thousands is to be seen.
    const height = Math.max(3, (slot[key] / highest) * (HEIGHT - 12));
    y -= height;
    return shape(key, { x: wide * (place + 0.15), width: wide * 0.7, y, height });
  });
  const told = `${label(slot)}: ${KEYS.map((key) => `${slot[key]} ${KINDS[key].toLowerCase()}`).join(", ")}`;
  const area = svg("rect.area", { x: `${place * wide}%`, width: `${wide}%`, height: HEIGHT });
  return svg("g", svg("title", told), area, parts);
}

// Failed has a line and held has two, so that no color has to be told from another.
function shape(key, { x, y, width, height }, unit = "%") {
  const line = (part) => svg("line.mark", { x1: x + width * part + unit, x2: x + width * part + unit, y1: y, y2: y + height });
  const rect = svg(`rect.${key}`, { x: x + unit, y, width: width + unit, height });
  return [rect, ...{ succeeded: [], failed: [0.5], held: [0.33, 0.66] }[key].map(line)];
}

const swatch = (key) => svg("svg", { width: 12, height: 12, "aria-hidden": "true" }, shape(key, { x: 0, y: 0, width: 12, height: 12 }, ""));

function asTable(slots, label) {
  const head = ["Time", ...Object.values(KINDS)].map((text) => h("th", { scope: "col" }, text));
  const row = (slot) => h("tr", h("th", { scope: "row" }, label(slot)), KEYS.map((key) => h("td", slot[key])));
  return h("table.hidden", h("caption", "Deliveries by time; times without any are left out"), h("tr", head), slots.map(row));
}
