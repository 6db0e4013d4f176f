import assert from "node:assert/strict";

import { overflowing, violations } from "./judge.mjs";
import { scenes } from "./scenes.mjs";
import { VIEWS } from "./views.mjs";

const scene = scenes();

for (const [name, show] of Object.entries(VIEWS)) {
  scene(`${name} is accessible in light and in dark, and fits 320 pixels`, async (shown) => {
    const { page } = shown;
    await show(shown);
    assert.deepEqual(await violations(page), [], "light");
    await page.emulateMedia({ colorScheme: "dark" });
    assert.deepEqual(await violations(page), [], "dark");
    // WCAG 1.4.10: what is 1280 pixels wide, at 400 %.
    await page.setViewportSize({ width: 320, height: 640 });
    assert.deepEqual(await overflowing(page), []);
    assert.deepEqual(await violations(page), [], "narrow");
  }, { colorScheme: "light", reducedMotion: "reduce" });
}
