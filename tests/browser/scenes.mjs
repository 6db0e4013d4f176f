// A test is a scene: a new tenant, its admin's browser, and a witness.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchChromium } from "./chromium.mjs";
import { startStack } from "./stack.mjs";
import { newTenant } from "./tenant.mjs";
import { PATIENCE } from "./until.mjs";
import { Witness } from "./witness.mjs";

/**
 * One stack and one browser for the tests of a file; gives what declares a test.
 * `settings` are the stack's.
 */
export function scenes(settings = {}) {
  let stack, browser;
  before(async () => {
    const started = await Promise.allSettled([startStack(settings), launchChromium()]);
    // What did start is stopped, whatever became of the other.
    [stack, browser] = started.map(({ value }) => value);
    for (const { reason } of started) if (reason) throw reason;
  });
  after(async () => {
    await Promise.all([browser?.close(), stack?.stop()]);
  });
  /** `options` are the tenant's `edition` and those of the browser context. */
  return (sentence, play, { edition, ...options } = {}) =>
    test(sentence, async () => {
      const tenant = await newTenant(stack, edition);
      const context = await browser.newContext({ locale: "en-US", ...options });
      context.setDefaultTimeout(PATIENCE);
      const witness = new Witness(context, stack, settings.PARENT_ORIGINS);
      try {
        await witness.watch();
        const page = await context.newPage();
        await play({ page, context, tenant, stack, witness });
        assert.deepEqual(await witness.faults(), [], "what must never happen");
      } catch (error) {
        // The reason of a failure is often there.
        error.stack += `\n${(await witness.faults()).join("\n")}\n${await seen(context)}`;
        throw error;
      } finally {
        await context.close();
      }
    });
}

/** What the pages show, as it is read out. */
async function seen(context) {
  const pages = context.pages().map(async (page) => `${page.url()}\n${await page.locator("body").ariaSnapshot()}`);
  return (await Promise.all(pages)).join("\n").slice(0, 4000);
}
