// A site that shows the page in a frame and hands it tokens, as Jira does.

import { once } from "node:events";
import { createServer } from "node:http";

const PAGE = `<!DOCTYPE html>
<html lang="en">
<title>Jira</title>
<link rel="icon" href="data:,">
<iframe title="Webhooks" width="1200" height="700"></iframe>
<script>
  const frame = document.querySelector("iframe");
  addEventListener("message", async ({ source, origin, data }) => {
    if (source !== frame.contentWindow || data?.type !== "soteri-webhooks:token-request") return;
    const token = await nextToken();
    if (token) source.postMessage({ type: "soteri-webhooks:token", token }, origin);
  });
  frame.src = new URLSearchParams(location.search).get("page");
</script>
</html>`;

/** Starts the site; gives its `origin` and `stop`. */
export async function startJira() {
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  // Of the page's own site: Chromium keeps all storage from a frame of another.
  return { origin: `http://localhost:${server.address().port}`, stop };
}

/** Opens the site, which asks `nextToken` whenever the page asks for one; gives the frame. */
export async function openInJira(page, jira, stack, nextToken) {
  await page.exposeFunction("nextToken", nextToken);
  await page.goto(`${jira.origin}/?page=${encodeURIComponent(stack.apiUrl)}`);
  return page.frameLocator("iframe");
}
