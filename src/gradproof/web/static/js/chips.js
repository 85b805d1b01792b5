// Variables as chips, and the row in which one of them is changed.
import { afresh, by, changed, data, symbols, whole, wrong } from "./core.js";
import { $, button, h, measured, narrow, put, segments } from "./dom.js";
import { t } from "./i18n.js";
import { tex } from "./math.js";
import { state } from "./state.js";

const again = () => { data.shown = true; afresh(); changed(); };

function chip(s, k) {
  const first = by().some((n) => whole(n) === s.name);
  const words = s.words.filter((w) => !(s.kind === "scalar" && /> 0|\\ge 0/.test(s.set) && s.facts.length === 1));
  const spoken = [s.name, t(s.kind), s.dims.join(" × "), ...s.words].filter(Boolean).join(" ");
  return h("button.chip", {
    type: "button", class: [first && "by-this", state.where[s.name] && (wrong() && data.error.field === "where" ? "conflict" : "declared")].filter(Boolean).join(" "),
    "aria-expanded": String(data.editing === s.name), "aria-controls": "editor", "data-key": `chip-${s.name}`, tabindex: k ? "-1" : "0",
    onclick: () => { data.editing = data.editing === s.name ? null : s.name; changed(); },
  }, first && h("span.accent", { "aria-hidden": "true" }, "∂"), tex(s.set, { spoken: first ? t("chipBy", { text: spoken }) : spoken }), words.length > 0 && h("span.remark", { "aria-hidden": "true" }, words.join(", ")));
}

function declared(s, change) {
  const kind = change.kind ?? s.kind;
  const letters = ["m", "n"];
  const count = { scalar: 0, vector: 1, matrix: 2 }[kind];
  const dims = change.dims ?? (count === s.dims.length ? s.dims : letters.slice(2 - count));
  const facts = (change.facts ?? s.facts).filter((f) => kind === s.kind || ["positive", "nonneg", "integer"].includes(f));
  return [kind, ...dims.slice(0, count), ...facts].join(" ");
}

const STRUCTURES = new Set(["symmetric", "antisymmetric", "hermitian", "diagonal", "lower", "upper", "toeplitz", "circulant"]); // which tie entries

function editor(s) {
  const set = (change) => { state.where[s.name] = declared(s, change); again(); };
  const fact = (f) => h("label.check", {}, h("input", {
    type: "checkbox", checked: s.facts.includes(f.name), "data-key": `fact-${f.name}`,
    onchange: (e) => set({ facts: e.target.checked ? [...s.facts, f.name] : s.facts.filter((n) => n !== f.name) }),
  }), f.text);
  const close = () => { data.editing = null; changed(); document.querySelector(`[data-key="chip-${CSS.escape(s.name)}"]`)?.focus(); };
  return h("div.editor.fade", { role: "group", "aria-label": s.name, onkeydown: (e) => { if (e.key === "Escape") { e.stopPropagation(); close(); } } },
    h("div.group", {}, h("span.label", {}, t("kind")),
      segments("kind", t("kind"), ["scalar", "vector", "matrix"].map((k) => [k, t(k)]), s.kind, (kind) => set({ kind }))),
    s.dims.length > 0 && h("div.group", {}, h("span.label", {}, t("size")), s.dims.map((d, k) => [k > 0 && "×", h("input.size", {
      value: d, "aria-label": `${t("size")} ${k + 1}`, "data-key": `size-${k}`, spellcheck: "false",
      onchange: (e) => set({ dims: s.dims.map((old, j) => (j === k ? e.target.value.trim() || old : old)) }),
    })])),
    s.possible.length > 0 && h("div.group", {}, h("span.label", {}, t("known")), s.possible.map(fact)),
    by().includes(s.name) && (state.structured || s.facts.some((f) => STRUCTURES.has(f))) && h("div.group", {}, h("label.check", {}, h("input", {
      type: "checkbox", checked: state.structured, "data-key": "structured", onchange: (e) => { state.structured = e.target.checked; again(); },
    }), t("structured"))),
    h("div.end", {}, h("button.link", { type: "button", "data-key": "reset", onclick: () => { delete state.where[s.name]; again(); } }, t("reset")),
      button(t("done"), close, { "data-key": "done" })));
}

export function paintChips() {
  const all = state.f.trim() ? symbols() : [], names = by();
  const ordered = [...all].sort((a, b) => Number(names.some((n) => whole(n) === b.name)) - Number(names.some((n) => whole(n) === a.name)));
  const box = $("chips");
  box.hidden = !ordered.length;
  box.setAttribute("aria-label", t("variables"));
  put(box, ordered.map(chip), ordered.length > 0 && !Object.keys(state.where).length && h("span.remark", {}, t("inferred")));
  box.classList.toggle("whole-row", data.chips);
  if (narrow() && !data.chips) measured(() => fewer(box));
  const edited = ordered.find((s) => s.name === data.editing);
  $("editor").hidden = !edited;
  put($("editor"), edited && editor(edited));
}

function fewer(box) { // one row on a phone, and how many more there are
  box.querySelector(":scope > .remark")?.remove();
  const all = [...box.children], room = box.getBoundingClientRect().right, right = (e) => e.getBoundingClientRect().right;
  if (!all.length || right(all.at(-1)) <= room) return;
  const more = h("button.chip", { type: "button", "data-key": "chips-more", tabindex: "-1", onclick: () => { data.chips = true; changed(); } }, "");
  box.append(more);
  for (let n = 1; n < all.length; n++) {
    all[all.length - n].hidden = true;
    more.textContent = `+${n}`;
    more.setAttribute("aria-label", t("moreVariables", { n }));
    if (right(more) <= room) return;
  }
}

export function startChips() {
  $("chips").addEventListener("keydown", (e) => {
    const all = [...$("chips").querySelectorAll(".chip:not([hidden])")], at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[e.key];
    if (at < 0 || to === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    all[(to + all.length) % all.length].focus();
  });
}
