// The box: by what, the text with its marks, the notation, Derive; the reading under it; errors with their repairs.
import { afresh, data, by, cancel, changed, derive, fits, retry, symbols, typed, wrong } from "./core.js";
import { $, h, measured, narrow, opened, put, single } from "./dom.js";
import { t } from "./i18n.js";
import { tex } from "./math.js";
import { state } from "./state.js";

const NOTATIONS = { ascii: "MATLAB", latex: "LaTeX", plain: "Text", numpy: "NumPy", unicode: "Unicode" };

export function grow() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(Math.max(text.scrollHeight, 53), 178)}px`;
}

// An edit that Ctrl+Z takes back.
export function write(value) {
  const text = $("text");
  text.focus();
  text.select();
  if (!document.execCommand("insertText", false, value) || text.value !== value) text.value = value;
  state.f = value;
  grow();
  typed();
}

// A place is counted in characters; a script counts some of them (𝐱) as two.
export const units = (text, span) => span && span.map((k) => [...text].slice(0, k).join("").length);

function marks() {
  const span = data.shown && data.readFor === state.f ? data.error?.span : null;
  const over = data.hover;
  const [found, kind] = span ? [span, ""] : over ? [over, "note"] : [null, ""];
  const text = state.f, at = units(text, found);
  if (!at) return put($("marks"));
  const end = Math.max(at[1], at[0] + 1);
  put($("marks"), text.slice(0, at[0]), h("mark", { class: kind }, text.slice(at[0], end) || " "), text.slice(end));
}

function byButton() {
  const names = by().length ? by() : ["x"];
  const latex = Object.fromEntries(symbols().map((s) => [s.name, s.latex]));
  const below = names.map((n) => `\\partial ${latex[n] ?? n.replace(/^(\w+)(?=\()/, "\\mathrm{$1}")}`).join("\\,");
  const power = names.length > 1 ? `^${names.length}` : "";
  const b = $("by");
  put(b, tex(narrow() ? `\\partial${power}/${below}` : `\\frac{\\partial${power}}{${below}}`, { spoken: t("by", { names: names.join(", ") }) }));
}

export function byMenu(open) {
  const menu = $("by-menu");
  menu.hidden = !open;
  $("by").setAttribute("aria-expanded", String(open));
  if (!open) return;
  const names = by();
  const choose = (chosen) => { state.by = chosen; byMenu(false); $("by").focus(); afresh(); };
  menu.setAttribute("aria-label", t("variables"));
  put(menu,
    symbols().map((s) => h("button", { type: "button", "aria-pressed": String(names[0] === s.name), onclick: () => choose([s.name]) },
      tex(`\\partial / \\partial ${s.latex}`, { spoken: t("by", { names: s.name }) }))),
    names.length === 1 && h("button", { type: "button", onclick: () => choose([names[0], names[0]]) }, t("twice")),
    names.length > 1 && h("button", { type: "button", onclick: () => choose([names[0]]) }, t("once")));
  menu.querySelector("button")?.focus();
}

function place(span) {
  const before = [...state.f].slice(0, span[0]).join("").split("\n");
  return t("line", { line: before.length, column: [...before.at(-1)].length + 1 });
}

export function sentence(text) { // with a capital; one that begins with a name is left as it is
  const word = /^[\p{L}\d_]+/u.exec(text)?.[0] ?? "", known = `${state.f} ${state.by.join(" ")}`.match(/[\p{L}\d_]+/gu) ?? [];
  return (word.length === 1 && !"aà".includes(word)) || known.includes(word) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

function error() {
  const box = $("error"), e = data.error, seen = said();
  $("ask").classList.toggle("wrong", Boolean(seen));
  $("text").setAttribute("aria-invalid", String(Boolean(seen)));
  box.hidden = !seen;
  if (!seen) return put(box);
  const hint = e.repairs.length > 1 ? t("chooseOne") : e.hint;
  put(box, h("div", {}, h("div", { role: "alert", id: "error-text" },
    e.span && h("p.place", {}, `✕ ${place(e.span)}`), h("h2", {}, sentence(e.message)), hint && h("p.remark", {}, sentence(hint))),
  e.repairs.length > 0 && h("div.repairs", {}, e.repairs.map((r) => h("button.repair", {
    type: "button", "data-key": `repair-${r.kind}`, onclick: () => { write(r.expression); data.shown = true; derive(); },
  }, h("strong", {}, t(`repair_${r.kind}`)), tex(r.latex, { spoken: r.ascii }), h("code", {}, edited(state.f, r.expression)))))),
  e.understood?.symbols.length > 0 && h("div.notes", {}, h("p.label", {}, t("readSoFar")), h("ul", {}, e.understood.symbols.map(known))));
}

const said = () => wrong() && data.shown; // an unfinished text is no error for a second

function known(s) {
  const size = s.dims.join(" \\times ").replace(/\*/g, " "), more = [...s.words, state.where[s.name] && t("declared")].filter(Boolean);
  return h("li", {}, tex(s.latex, { spoken: s.name }), ` ${t(s.kind).toLowerCase()}`, size && [" ", tex(size, { spoken: s.dims.join(" × ") })], more.map((w) => [t("comma"), w]));
}

// What an edit puts in is marked.
function edited(before, after) {
  let a = 0, b = 0;
  while (a < before.length && before[a] === after[a]) a++;
  while (b < before.length - a && before.at(-1 - b) === after.at(-1 - b)) b++;
  return [after.slice(0, a), h("mark", {}, after.slice(a, after.length - b)), b ? after.slice(-b) : ""];
}

const bare = (latex) => latex.replace(/\\(left|right|operatorname|mathrm|,|;|!)|[\s{}$]|^f\w*\(?\w*\)?=/g, ""); // what makes no difference to the eye

// A note with its names as mathematics.
function noted(text) {
  const words = t("letters"); // those that are words
  const names = new Set(symbols().map((s) => s.name).filter((n) => n.length === 1 && !words.includes(n)));
  return text.split(/(?<![\w\\*^'(])([A-Za-z]_\w|[A-Za-zα-ωΑ-Ω])(?![\w(*^'])/u).map((p, k) => (k % 2 ? (names.has(p) || p.includes("_") ? tex(p, { spoken: p }) : p) : p));
}

function chain() {
  const box = $("reading"), r = data.read?.reading;
  box.hidden = !r || !state.f.trim() || said();
  if (box.hidden) return;
  const name = by().length === 1 ? `f(${symbols().find((s) => s.name === by()[0])?.latex ?? by()[0]})` : "f";
  const isLatex = r.notation === "latex";
  const rows = [];
  if (isLatex && data.readFor && !data.error && bare(r.forms.latex) !== bare(data.readFor)) rows.push([data.readFor.replace(/^\$+|\$+$/g, ""), false]);
  rows.push([r.forms.latex, true]);
  const lines = rows.map(([latex, own], k) => h("div.row", {}, tex(k ? `\\phantom{${name}} =` : `${name} =`, { display: true, spoken: k ? t("equals", { a: "", b: "" }) : t("equals", { a: "f", b: "" }) }),
    h("div.scroll", {}, tex(latex, { display: true, own, terms: narrow(), spoken: r.forms.spoken, plain: r.forms.unicode }))));
  const old = data.readFor !== state.f || data.error;
  const items = r.notes.filter((n) => n.kind !== "sum").map((n) => h("li", {
    onmouseenter: () => { data.hover = n.span; marks(); }, onmouseleave: () => { data.hover = null; marks(); },
  }, noted(n.text), n.alternatives.map((a) => [` ${t("or")} `, h("button.link", { type: "button", onclick: () => instead(n, a) }, a)])));
  const folded = narrow() && items.length > 0 ? lines.splice(1) : []; // on a phone the second line is told with its reasons
  put(box, h("div.chain", { class: old ? "grey" : "" }, h("h2.sr", { id: "reading-title" }, t("reading")), lines),
    h("div.notes", {}, items.length > 0 && (single()
      ? h("details", opened("notes"), h("summary", {}, t("notesCount", { n: items.length })), h("ul", {}, folded.map((line) => h("li.chain", {}, line)), items))
      : [h("p.label", {}, t(old ? "readSoFar" : "readAs")), h("ul", {}, items)])));
  measured(() => { for (const s of box.querySelectorAll(".scroll")) if (s.scrollWidth > s.clientWidth + 1) { s.tabIndex = 0; s.setAttribute("role", "group"); s.setAttribute("aria-label", t("reading")); } });
}

function instead(note, text) {
  if (note.span && !/\s/.test(text.trim()) === false && text.includes(":")) { const [name, said] = text.split(/:\s*/, 2); state.where[name] = said; return afresh(); }
  const span = units(state.f, note.span);
  if (span) write(state.f.slice(0, span[0]) + text + state.f.slice(span[1]));
}

let slow = 0;
function status() {
  const box = $("state");
  clearTimeout(slow);
  if (data.trouble) return put(box, t(data.trouble), " ", h("button.link", { type: "button", onclick: retry }, t("try")));
  if (!data.deriving) return put(box);
  const since = performance.now() - data.deriving;
  if (since > 400) put(box, t("deriving"), since > 2000 && [" ", h("button.link", { type: "button", onclick: cancel }, t("cancel"))]);
  if (since < 2100) slow = setTimeout(status, since > 400 ? 2050 - since : 420 - since);
}

export function paintAsk() {
  $("text").placeholder = t("placeholder");
  $("text").setAttribute("aria-label", t("formula"));
  if (data.error && data.shown) $("text").setAttribute("aria-describedby", "error-text"); else $("text").removeAttribute("aria-describedby");
  const notation = wrong() ? data.error.understood?.notation : data.read?.reading.notation;
  $("notation").textContent = state.f.trim() ? NOTATIONS[notation] ?? "" : "";
  $("go").classList.toggle("primary", !fits() && !(said() && data.error.repairs.length)); // one filled button: with repairs, they are the next act
  $("under").hidden = Boolean(state.f.trim());
  byButton();
  marks();
  chain();
  error();
  status();
}

export function startAsk() {
  const text = $("text");
  text.addEventListener("input", () => { state.f = text.value; grow(); typed(); });
  text.addEventListener("scroll", () => { $("marks").scrollTop = text.scrollTop; });
  $("by").addEventListener("click", () => byMenu($("by-menu").hidden));
  $("go").addEventListener("click", go);
  addEventListener("resize", () => { grow(); changed(); });
  let wide = 0; // the label of the notation takes room beside it, and fonts come later
  new ResizeObserver(() => { if (text.clientWidth !== wide) { wide = text.clientWidth; requestAnimationFrame(grow); } }).observe(text);
}

export function go() {
  data.shown = true;
  derive().then(() => { if (data.error) requestAnimationFrame(() => document.querySelector(".repair")?.focus()); });
}
