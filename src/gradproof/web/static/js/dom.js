// Elements without HTML in strings: text of users enters as text nodes alone.

export const $ = (id) => document.getElementById(id);

export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = [made.className, value].filter(Boolean).join(" ");
    else if (key in made && typeof value === "boolean" && !key.startsWith("aria")) made[key] = value;
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
  return made;
}

export function put(into, ...children) {
  const focused = into.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  into.replaceChildren(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
  if (focused) into.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

export function segments(name, legend, choices, chosen, choose) {
  return h("div.segments", { role: "radiogroup", "aria-label": legend },
    choices.map(([value, text]) => h("label", {}, h("input", {
      type: "radio", name, value, checked: value === chosen, "data-key": `${name}-${value}`, onchange: () => choose(value),
    }), text)));
}

export const button = (text, onclick, props = {}) => h("button.button", { type: "button", onclick, ...props }, text);

const open = {}; // what was opened stays open when the page is painted again
export const opened = (name) => ({ open: Boolean(open[name]), ontoggle: (e) => { open[name] = e.target.open; } });

let measures = [];
export const measured = (f) => { measures.push(f); }; // what needs the layout waits until all is there, so that it is computed once
export function settle() {
  for (const f of measures.splice(0)) f();
}

let timer = 0;
export function say(text) { // for those who listen: short, and one at a time
  clearTimeout(timer);
  timer = setTimeout(() => { $("live").textContent = text; }, 60);
}

export const narrow = () => matchMedia("(max-width: 599px)").matches; // a phone
export const single = () => matchMedia("(max-width: 1039px)").matches; // one column
