import { setTimeout as pause } from "node:timers/promises";

/** How long anything may take on a busy machine. */
export const PATIENCE = 20_000;

/** Asks again and again until the answer is truthy, and gives it. */
export async function until(what, ask) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer) return answer;
    await pause(50);
  }
  throw new Error(`waited in vain for ${what}`);
}
