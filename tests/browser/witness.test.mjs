// The tests of the tests: what must never happen would be seen.

import assert from "node:assert/strict";

import { overflowing, violations } from "./judge.mjs";
import { scenes } from "./scenes.mjs";
import { open, textbox, button } from "./steps.mjs";
import { until } from "./until.mjs";
import { Witness } from "./witness.mjs";

const scene = scenes();

/** Opens the page before a witness of its own, and waits for the fault that an act makes. */
async function seen({ context, tenant, stack }, act, fault) {
  const other = await context.browser().newContext();
  try {
    const witness = new Witness(other, stack);
    await witness.watch();
    const page = await other.newPage();
    await open(page, tenant);
    assert.deepEqual(await witness.faults(), []);
    await act(page, witness);
    await until(`${fault}`, async () => (await witness.faults()).some((text) => fault.test(text)));
  } finally {
    await other.close();
  }
}

scene("an inline script is blocked and seen", (stage) =>
  seen(stage, (page) => page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.hacked = true";
    document.body.append(script);
  }), /securitypolicyviolation script-src/));

scene("a request to a stranger is blocked and seen", (stage) =>
  seen(stage, (page) => page.evaluate(() => { fetch("https://stranger.example.com/").catch(() => {}); }), /stranger/));

scene("an error that nobody handles is seen", (stage) =>
  seen(stage, (page) => page.evaluate(() => { setTimeout(() => { throw new Error("unhandled"); }); }), /unhandled/));

scene("a file that is missing is seen", (stage) =>
  seen(stage, (page) => page.evaluate(() => fetch("page/nothing.js").then(() => {})), /404/));

scene("a secret that stays in a field is seen", (stage) =>
  seen(stage, async (page, witness) => {
    await button(page, "Add custom webhook").click();
    await textbox(page, "Display name").fill("a secret of the test");
    witness.keepsSecret("a secret of the test");
  }, /left in a field/));

scene("a secret that stays in the storage is seen", (stage) =>
  seen(stage, async (page, witness) => {
    await page.evaluate(() => sessionStorage.setItem("any", "a secret of the test"));
    witness.keepsSecret("a secret of the test");
  }, /left in sessionStorage/));

scene("what is hard to read or wider than the window is seen", async ({ page, tenant }) => {
  await open(page, tenant);
  await page.setViewportSize({ width: 320, height: 640 });
  assert.deepEqual([...(await violations(page)), ...(await overflowing(page))], []);
  await page.evaluate(() => {
    const text = document.createElement("p");
    text.textContent = "hard to read";
    Object.assign(text.style, { color: "#ccc", background: "#fff", width: "400px" });
    document.querySelector("main").append(text);
  });
  assert.match(String(await violations(page)), /color-contrast/);
  assert.match(String(await overflowing(page)), /hard to read/);
});
