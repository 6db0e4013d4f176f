// The URL, judged when typing pauses and when it is left.
import { field, textbox } from "./parts.js";
import { urlFaults } from "./rules.js";

export function urlField(value) {
  const control = textbox(value, { inputmode: "url", placeholder: "https://", class: "mono" });
  const made = field("URL", control, "An https address of a public host name, on port 443 or from 1024 up.");
  let timer;
  // Whether the server may be asked.
  made.check = () => {
    clearTimeout(timer);
    const { faults, sure } = urlFaults(control.value);
    made.blame(faults.join(" "));
    return !sure;
  };
  const soon = (wait) => () => {
    clearTimeout(timer);
    if (control.value) timer = setTimeout(made.check, wait);
  };
  control.addEventListener("input", soon(600));
  // Not at once: it would move the button that is being pressed.
  control.addEventListener("blur", soon(250));
  return made;
}
