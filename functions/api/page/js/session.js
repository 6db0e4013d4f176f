// The token: from the address's fragment, or from the page around this frame.
import { h } from "./dom.js";

const KEY = "soteri-webhooks-token";
const parents = document.querySelector("[name=parent-origins]").content.split(" ").filter(Boolean);
const framed = parent !== window && parents[0];
const banner = document.getElementById("session");
const waiting = [];
let token, refused, timer;

try {
	// Within Jira, Jira says who is signed in.
	if (!framed) token = sessionStorage.getItem(KEY);
} catch {}

addEventListener("message", ({ source, origin, data }) => {
	const trusted = framed && source === parent && parents.includes(origin);
	if (trusted && data?.type === "soteri-webhooks:token" && data.token) take(data.token);
});

// Takes a token out of the address, which is `route` at once.
export function takeFromAddress(route) {
	const found = new URLSearchParams(location.hash.slice(1)).get("token");
	if (!found) return false;
	history.replaceState(null, "", route || location.pathname + location.search);
	take(found);
	return true;
}

// The token, once it is another than the refused one.
export function tokenOtherThan(bad) {
	if (token && token !== bad) return token;
	refused = bad;
	if (framed) for (const origin of parents) parent.postMessage({ type: "soteri-webhooks:token-request" }, origin);
	clearTimeout(timer);
	timer = setTimeout(complain, framed ? 3000 : 0);
	return new Promise((resolve) => waiting.push(resolve));
}

function take(given) {
	if (given === refused) return;
	token = given;
	try {
		if (!framed) sessionStorage.setItem(KEY, given);
	} catch {}
	clearTimeout(timer);
	banner.replaceChildren();
	for (const resolve of waiting.splice(0)) resolve(given);
}

function complain() {
	// It would cover what is said.
	document.querySelector("dialog")?.close();
	banner.replaceChildren(h("p.box.warn", { role: "alert" }, "Your session has expired. Open this page again from Jira."));
}
