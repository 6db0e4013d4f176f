import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const PATH = process.env.CHROMIUM || "/usr/bin/chromium";

/** Starts the browser. It does nothing of its own in the network. */
export async function launchChromium() {
  if (!existsSync(PATH)) throw new Error(`${PATH} is missing: install Chromium, or name it by CHROMIUM`);
  return chromium.launch({
    executablePath: PATH,
    args: [
      // CI runs as root, where Chromium has no sandbox.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
      "--no-first-run",
      // Nothing leaves this machine, whatever a page asks for.
      "--no-proxy-server",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ],
  });
}
