// Deliveries over time, as bars and as a hidden table.
import { absolute, DELIVERY, h, number, svg, table } from "./ui.js";

const KEYS = ["succeeded", "failed", "held"];
const HEIGHT = 120;
const HOUR = 3600000;

export function chart({ buckets, pending }, window) {
	const isDay = window === "24h";
	const slots = filled(buckets, ...(isDay ? [24, HOUR] : [30, 24 * HOUR]));
	// Days begin at midnight UTC.
	const day = { dateStyle: "medium", timeZone: "UTC" };
	const label = ({ start }) => (isDay ? absolute(start, "short") : new Date(start).toLocaleDateString("en", day));
	const total = (slot) => slot.succeeded + slot.failed + slot.held;
	const sum = (key) => number(slots.reduce((all, slot) => all + slot[key], 0));
	const busy = slots.filter(total);
	const highest = Math.max(1, ...slots.map(total));
	const told = (slot) => `${label(slot)}: ${KEYS.map((key) => `${slot[key]} ${DELIVERY[key].toLowerCase()}`).join(", ")}`;
	const bars = slots.map((slot, place) => svg("g", svg("title", told(slot)), bar(slot, place, 100 / slots.length, highest)));
	const rows = busy.map((slot) => [label(slot), ...KEYS.map((key) => slot[key])]);
	return [
		h("div.row", KEYS.map((key) => h("span", swatch(key), ` ${DELIVERY[key]} ${sum(key)}`)), h("span", `Waiting ${number(pending)}`)),
		svg("svg.chart", { height: HEIGHT, "aria-hidden": "true" }, bars),
		h("div.axis.hint", h("span", label(slots[0])), h("span", busy[0] ? `at most ${number(highest)}` : "No deliveries in this time"), h("span", "now")),
		h("div.hidden", table("Deliveries by time", ["Time", ...KEYS.map((key) => DELIVERY[key])], rows).element),
	];
}

// Slots without a delivery too.
function filled(buckets, count, step) {
	const known = new Map(buckets.map((bucket) => [Math.floor(Date.parse(bucket.start) / step), bucket]));
	const first = Math.max(Math.floor(Date.now() / step), ...known.keys()) - count + 1;
	const slot = (place) => ({ succeeded: 0, failed: 0, held: 0, start: place * step, ...known.get(place) });
	return Array.from({ length: count }, (_, place) => slot(first + place));
}

function bar(slot, place, wide, highest) {
	let y = HEIGHT;
	return KEYS.filter((key) => slot[key]).map((key) => {
		// A single failure among thousands is to be seen.
		const height = Math.max(3, (slot[key] / highest) * (HEIGHT - 12));
		y -= height;
		return svg(`rect.${key}`, { x: `${wide * (place + 0.15)}%`, width: `${wide * 0.7}%`, y, height });
	});
}

const swatch = (key) => svg("svg", { width: 12, height: 12 }, svg(`rect.${key}`, { width: 12, height: 12 }));
