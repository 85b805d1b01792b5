// What opens under the header: history, keys. No overlay.
import { rules as fetched } from "./backend.js";
import { changed } from "./core.js";
import { $, button, h, put } from "./dom.js";
import { lang, t } from "./i18n.js";
import { prose, settings, tex } from "./math.js";
import { past, stored } from "./state.js";

let open = "";
export const single = { on: stored.get("singleKeys", true) };

const KEYS = [["Ctrl ↵", "k_derive"], ["Esc", "k_esc"], ["← →", "k_steps"], ["e", "k_e"], ["s a c i o", "k_tabs"], ["l", "k_l"], ["d", "k_d"], ["y", "k_y"], ["/", "k_find"], ["?", "k_keys"]];

function history() {
  const all = past.all();
  return [all.length ? h("ul", {}, all.map((i) => h("li", {}, h("button.plain.item", { type: "button", onclick: () => { location.hash = i.at; toggle(""); } }, tex(i.latex, { spoken: i.f, plain: i.f }), ` ∂ ${i.by.join(" ")}`)))) : h("p.remark", {}, t("noHistory")),
    all.length > 0 && h("button.link", { type: "button", onclick: () => { past.clear(); paint(); } }, t("clear"))];
}

function keys() {
  const choice = (name, now, set) => h("p", {}, h("label", {}, h("input", { type: "checkbox", checked: now, onchange: (e) => set(e.target.checked) }), ` ${t(name)}`));
  return [h("table", {}, h("tbody", {}, KEYS.map(([k, what]) => h("tr", {}, h("td", {}, k.split(/ (?!↵)/).map((x) => [h("kbd", {}, x), " "])), h("td", {}, t(what)))))),
    choice("singleKeys", single.on, (v) => { single.on = v; stored.set("singleKeys", v); }),
    choice("plainMath", settings.mathml, (v) => { settings.mathml = v; stored.set("mathml", v); changed(); })];
}

let list = null;
function rules() {
  if (!list) { fetched().then((found) => { list = found; if (open === "rules") paint(); }).catch(() => {}); return h("p.remark", {}, t("rulesCome")); }
  return h("ul.rules", {}, list[lang()].map((r) => h("li", {}, h("span.number", {}, r.number), h("div", {}, h("h3", {}, r.name.charAt(0).toUpperCase() + r.name.slice(1)), h("p", {}, prose(r.says)),
    (r.when || r.why) && h("p.remark", {}, r.when && prose(`${r.when.replace(/R\^(\w)/g, (_, p) => `$\\mathbb{R}^{${p}}$`)}. `), prose(r.why))))));
}

const PANELS = { history, keys, rules };
function paint() {
  const box = $("side");
  box.hidden = !open;
  for (const name of Object.keys(PANELS)) $(`open-${name}`).setAttribute("aria-expanded", String(open === name));
  if (!open) return put(box);
  put(box, h("div.head", {}, h("h2", { tabindex: "-1" }, t(open)), button(t("close"), () => toggle(""))), PANELS[open]());
}

export function toggle(name) {
  const before = open;
  open = open === name ? "" : name;
  paint();
  if (open) { $("side").scrollIntoView({ block: "nearest" }); $("side").querySelector("h2").focus(); } else if (before) $(`open-${before}`).focus();
}
export const repaint = () => open && paint(); // in another language
export const isOpen = () => Boolean(open);

export function startSide() {
  settings.mathml = stored.get("mathml", false);
  for (const name of Object.keys(PANELS)) $(`open-${name}`).addEventListener("click", () => toggle(name));
}
