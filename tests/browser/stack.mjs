// One whole service of `make run`, of its own folder and ports.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LOCAL = resolve(ROOT, process.env.CARGO_TARGET_DIR || "target", "debug", "local");

/** The folder of each process that runs. */
const running = new Map();
process.once("exit", () => {
  for (const [child, folder] of running) {
    child.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
});
// A signal ends Node without "exit", and would leave the service behind.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => process.exit(1));
}

/** Starts a stack with more settings; gives what its `stack.json` says, and `stop`. */
export async function startStack(settings) {
  const folder = await mkdtemp(join(tmpdir(), "browser-"));
  const environment = {
    STACK_DIR: folder,
    // Any free ports, so that stacks run side by side.
    PORT: "0",
    // An edit is seen at once, and waits between attempts are short.
    TENANT_CACHE_SECONDS: "0",
    DELIVERY_DANGER_WAIT_FACTOR: "0.05",
    // Slack is the stand-in, whatever this shell has been used for.
    SLACK_BASE_URL: undefined,
    // No site shows the page in a frame, unless a test has one.
    FRAME_ANCESTORS: undefined,
    PARENT_ORIGINS: undefined,
    ...settings,
  };
  const child = spawn(LOCAL, ["run"], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.set(child, folder);
  // One that cannot be started has ended too; `ready` tells why.
  const ended = once(child, "exit").catch(() => {}).finally(() => running.delete(child));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(child);
    return { ...JSON.parse(await readFile(join(folder, "stack.json"), "utf8")), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The stack says where it runs as soon as everything answers. */
function ready(child) {
  return new Promise((resolved, refused) => {
    let said = "";
    const listen = (text) => {
      said += text;
      if (said.includes("The service runs on")) resolved();
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    child.once("error", (error) => refused(new Error(`${LOCAL}: ${error.message}; build it first`)));
    child.once("exit", (code) => refused(new Error(`the stack ended with ${code}: ${said}`)));
  });
}
