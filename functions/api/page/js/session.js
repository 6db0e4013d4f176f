// The token: from the address's fragment, or from the page that shows this one in a frame.
import { h } from "./dom.js";

const KEY = "soteri-webhooks-token";
const parents = document.querySelector("[name=parent-origins]").content.split(" ").filter(Boolean);
const framed = parent !== window && parents.length > 0;
let waiting = [];
let timer;
let token;

// A browser may refuse storage to a frame: then memory has to do.
try {
  token = sessionStorage.getItem(KEY);
} catch {}

addEventListener("message", ({ source, origin, data }) => {
  const trusted = framed && source === parent && parents.includes(origin);
  if (trusted && data?.type === "soteri-webhooks:token" && typeof data.token === "string") take(data.token);
});

// Takes the token out of the address, which is `route` again at once; whether there was one.
export function takeFromAddress(route) {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!found) return false;
  history.replaceState(null, "", route || location.pathname + location.search);
  take(found);
  return true;
}

// The token, once there is another than the one that was refused.
export function tokenOtherThan(refused) {
  if (token && token !== refused) return token;
  if (framed) for (const origin of parents) parent.postMessage({ type: "soteri-webhooks:token-request" }, origin);
  clearTimeout(timer);
  timer = setTimeout(complain, framed ? 3000 : 0);
  return new Promise((resolve) => waiting.push({ refused, resolve }));
}

function take(given) {
  token = given;
  try {
    sessionStorage.setItem(KEY, given);
  } catch {}
  const ready = waiting.filter(({ refused }) => refused !== given);
  waiting = waiting.filter(({ refused }) => refused === given);
  if (waiting.length) return;
  clearTimeout(timer);
  banner();
  for (const { resolve } of ready) resolve(given);
}

const complain = () => banner(h("p.box.warn", "Your session has expired. Open this page again from Jira."));

const banner = (...content) => document.getElementById("session").replaceChildren(...content);
