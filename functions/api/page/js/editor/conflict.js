// A webhook was edited twice: whose edit stands?
import { dialog, h, name, table } from "../ui.js";

const FIELDS = {
	displayName: "Display name",
	url: "URL",
	enabled: "Enabled",
	eventTypes: "Event types",
	signingSecrets: "Signing secrets",
	authorization: "Authorization",
	headers: "Headers",
};

// {mine: the patch to send again}; {} for theirs.
export function resolve(before, theirs, mine, types) {
	const known = [...before.signingSecrets, ...theirs.signingSecrets];
	const entries = {
		eventTypes: (id) => types.find((type) => type.id === id)?.label ?? "All events",
		signingSecrets: ({ id, value }) => `${value?.slice(0, 3) ?? known.find((secret) => secret.id === id).hint}…`,
		headers: (header) => `${header.name}: ${header.secret ? "••••••" : header.value}`,
	};
	const text = (key, value) => {
		if (key === "authorization" && value) return `${value.scheme ?? value.split(" ")[0]} ••••••`;
		if (key === "enabled") return value ? "On" : "Off";
		return (entries[key] ? value.map(entries[key]).join(", ") : value) || "None";
	};
	const rows = Object.entries(FIELDS)
		.filter(([key]) => JSON.stringify(before[key]) !== JSON.stringify(theirs[key]))
		.map(([key, label]) => [label, name(text(key, theirs[key])), key in mine ? name(text(key, mine[key])) : "Not changed"]);
	const content = [
		h("p", "This webhook was saved since you opened it, perhaps by you. What you did not change stays as saved."),
		table("Changes", ["Field", "Theirs", "Yours"], rows).element,
	];
	const buttons = [["Cancel"], ["Take theirs", () => ({})], ["Keep mine", () => ({ mine: rebased(mine, theirs) })]];
	return dialog("Changed meanwhile", content, buttons);
}

// What is gone cannot be kept.
function rebased({ ...mine }, { signingSecrets, headers }) {
	mine.signingSecrets &&= mine.signingSecrets.filter(({ id }) => !id || signingSecrets.some((secret) => secret.id === id));
	mine.headers &&= mine.headers.filter((header) => "value" in header || headers.some((stored) => stored.secret && stored.name === header.name));
	return mine;
}
