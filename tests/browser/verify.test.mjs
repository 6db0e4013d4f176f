import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { scenes } from "./scenes.mjs";
import { openEditor } from "./steps.mjs";

const scene = scenes();
const run = promisify(execFile);
const SECRETS = ["correct horse battery staple", "Zml2ZSBzaXggc2V2ZW4gZWlnaHQgbmluZSB0ZW4uLi4="];

/** A sample's text, as the page shows it. */
async function sample(page, word) {
  await page.getByText("How to verify").click();
  return page.locator("pre", { hasText: word }).innerText();
}

/** A real delivery, and what a sample says of it: as it came, changed, and with another secret. */
async function judged(page, tenant, word, judge) {
  await tenant.webhook({ signingSecrets: SECRETS.map((value) => ({ value })) });
  await openEditor(page, tenant);
  const code = await sample(page, word);
  await tenant.event({ details: { projectName: "Größe 🚩" } });
  const [{ headers, body }] = await tenant.received();
  const header = headers["x-soteri-signature"];
  const folder = await mkdtemp(join(tmpdir(), "sample-"));
  try {
    const cases = [
      [body, header, SECRETS[0]],
      [body, header, SECRETS[1]],
      [body.replace("🚩", "🏁"), header, SECRETS[0]],
      [body, header, "another secret of 16 letters"],
      [body, "", SECRETS[0]],
    ];
    return await judge(folder, code, JSON.stringify(cases));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const EXPECTED = [true, true, false, false, false];

scene("the Node.js sample tells a genuine delivery from a forged one", async ({ page, tenant }) => {
  const answers = await judged(page, tenant, "createHmac", async (folder, code, cases) => {
    await writeFile(join(folder, "sample.mjs"), code);
    await writeFile(
      join(folder, "judge.mjs"),
      `import { isGenuine } from "./sample.mjs";
       const cases = JSON.parse(process.argv[2]);
       console.log(JSON.stringify(cases.map(([body, ...rest]) => isGenuine(Buffer.from(body), ...rest))));`,
    );
    return (await run(process.execPath, [join(folder, "judge.mjs"), cases])).stdout;
  });
  assert.deepEqual(JSON.parse(answers), EXPECTED);
});

scene("the Python sample tells a genuine delivery from a forged one", async ({ page, tenant }) => {
  const answers = await judged(page, tenant, "hashlib", async (folder, code, cases) => {
    const judge = `
import json, sys
cases = json.loads(sys.argv[1])
print(json.dumps([is_genuine(body.encode(), header, secret) for body, header, secret in cases]))`;
    await writeFile(join(folder, "judge.py"), `${code}\n${judge}\n`);
    return (await run("python3", [join(folder, "judge.py"), cases])).stdout;
  });
  assert.deepEqual(JSON.parse(answers), EXPECTED);
});
