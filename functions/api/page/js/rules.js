// The server's rules for a URL, in its words; it judges again.

const SPECIAL_USE = /\.(local(host|domain)?|internal|test|invalid|onion|arpa|lan|home|corp|private|intranet|example)$/;
const NOT_HTTPS = "The URL must begin with https://.";
const NO_HOST = "The URL must begin with https:// and a host name.";
const IP = "The host must be a domain name, not an IP address in any spelling.";
const SPECIAL = "The host must not be a special-use or private-use name such as localhost, .local or .internal.";

// What is wrong; `sure` unless it is nothing, or what an operator can allow.
export function urlFaults(raw) {
	const faults = [malformed(raw) ?? broken(raw)].flat().filter(Boolean);
	return { faults, sure: faults.some((text) => text !== SPECIAL) };
}

function malformed(raw) {
	if (/[^!-~]/.test(raw)) return "The URL must be written in printable ASCII characters without spaces.";
	if (raw.length > 2048) return "The URL must be at most 2,048 characters.";
	if (raw.includes("\\")) return "The URL must not hold a backslash.";
	if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(raw)) return NO_HOST;
}

function broken(raw) {
	const [, scheme, authority] = /^(.*?):\/\/([^/?#]*)/.exec(raw);
	const isHttps = scheme.toLowerCase() === "https";
	if (!authority) return isHttps ? NO_HOST : NOT_HTTPS;
	const address = authority.split("@").pop();
	const [, host, port] = /^(\[.*|[^:]*):?(.*)/.exec(address);
	const hostFault = isIpv6(address) ? IP : judgeHost(host);
	const isIp = hostFault === IP;
	return [
		!isHttps && NOT_HTTPS,
		isIp && IP,
		authority.includes("@") && "The URL must not hold a user name or password; use the authorization setting.",
		!isIp && hostFault,
		!isIp && !isPort(port) && "The port must be 443, or 1024 to 65535.",
		raw.includes("#") && "The URL must not hold a fragment (#).",
	];
}

function judgeHost(raw) {
	if (!raw) return "The URL must name a host.";
	// Parsers take a host whose last label is a number for an address.
	if (/^\[|(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(raw)) return IP;
	const host = URL.parse(`https://${raw}`)?.hostname;
	if (/^[\d.]+$/.test(host)) return IP;
	if (host !== raw.toLowerCase()) {
		return "The host must be a plain domain name: letters, digits, hyphens and dots, without percent-encoding.";
	}
	if (host.endsWith(".")) return "The host must not end with a dot.";
	if (host.split(".").some((label) => !/^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label))) {
		return "Each label of the host must be 1 to 63 letters, digits and inner hyphens.";
	}
	if (!host.includes(".")) return "The host must have at least two labels, as in hooks.example.com.";
	return SPECIAL_USE.test(host) && SPECIAL;
}

const isIpv6 = (text) => text.includes(":") && URL.canParse(`https://[${text}]`);
const isPort = (text) => /^\d*$/.test(text) && (!text || +text === 443 || (text >= 1024 && text <= 65535));
