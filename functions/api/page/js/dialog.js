// A modal dialog. The focus goes back to where it was.
import { button, fresh, h } from "./dom.js";
import { alertBox } from "./parts.js";

// Each button is [label, run]; the last is what Enter presses. `run` gives the
// dialog's answer; when it gives false or throws, the dialog stays.
export function dialog(title, content, buttons, kind = "primary") {
  const [opener, id, faults] = [document.activeElement, fresh(), h("div")];
  let [answer, busy] = [null, false];
  const press = async (run) => {
    if (busy) return;
    busy = true;
    faults.replaceChildren();
    try {
      const given = (await run?.()) ?? null;
      if (given !== false) box.close();
      answer = given;
    } catch (problem) {
      faults.append(alertBox(problem.message));
    }
    busy = false;
  };
  const [label, last] = buttons.pop();
  const others = buttons.map(([text, run]) => button(text, () => press(run)));
  const onsubmit = (event) => {
    event.preventDefault();
    press(last);
  };
  const actions = h("div.actions", others, h(`button.${kind}`, label));
  const box = h("dialog", { "aria-labelledby": id }, h("form", { onsubmit, novalidate: "" }, h("h2", { id }, title), content, faults, actions));
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      (opener?.isConnected ? opener : document.querySelector("h2"))?.focus();
      resolve(answer);
    });
  });
}
