// What is wrong with how a page shows, for whoever sees, hears or zooms it.

import axe from "axe-core";

/** What axe-core finds, in short. */
export async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any, all }) => `${id}: ${help}: ${html.slice(0, 200)} ${[...any, ...all].map(({ message }) => message)}`),
  );
}

/** What makes the page, or a dialog, scroll sideways. */
export function overflowing(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    const boxes = [root, ...document.querySelectorAll("dialog[open]")];
    const wide = boxes.filter((box) => box.scrollWidth > box.clientWidth);
    if (wide.length === 0) return [];
    const outside = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > root.clientWidth + 1,
    );
    return [...wide, ...outside.slice(0, 3)].map((element) => element.outerHTML.slice(0, 120));
  });
}
