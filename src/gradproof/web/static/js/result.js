// The answer: its name, layout, formula, facts, and what can be done with it.
import { ask } from "./backend.js";
import { afresh, by, changed, data, derive, fits, question, symbols } from "./core.js";
import { typst } from "./typst.js";
import { $, h, measured, narrow, opened, put, say, segments } from "./dom.js";
import { t } from "./i18n.js";
import { number, prose, tex } from "./math.js";
import { state } from "./state.js";

const LAYOUTS = ["denominator", "numerator", "mixed"];

function nameOf(a) {
  if (a.order > 2) return t("tensor", { n: a.order });
  if (a.wrt.length === 2) return t("hessian");
  const scalar = data.read ? data.read.shape.length === 0 : false;
  return a.wrt.length === 1 && scalar ? t("gradient") : a.wrt.length === 1 && a.order === 2 ? t("jacobian") : t("derivative");
}

export const shapeTex = (a) => (a.shape.length === 1 ? [...a.shape, 1] : a.shape).join(" \\times ").replace(/\*/g, " ");
export const shapeText = (a) => (a.shape.length ? (a.shape.length === 1 ? [...a.shape, 1] : a.shape).join(" × ") : t("number"));

function checked(a) {
  const v = a.verification;
  if (!v) return [h("span.warn", {}, t("notChecked"))];
  if (!v.ok) return [h("span.warn", {}, t("notChecked")), h("small", {}, v.reason)];
  const exact = v.method === "exact";
  return [h("span.good", {}, `✓ ${t(exact ? "agreesExactly" : "agrees")}`),
    h("small", {}, exact ? t("exactPoints", { n: v.points }) : [t("points", { n: v.points, method: v.method === "dual numbers" ? t("method_dual") : v.method }), number(v.max_relative_error)]),
    v.conditions.length > 0 && h("small", {}, t("seen", { text: v.conditions.join(", ") }))];
}

export const checkedWord = (a) => (!a.verification?.ok ? t("notChecked") : t(a.verification.method === "exact" ? "agreesExactly" : "agrees"));

// What the names in conditions, which those of the steps are, stand for.
function named(conditions) {
  const words = new Set(conditions.join(" ").match(/(?<![\\a-zA-Z])[a-zA-Z](?:_\{?\w+\}?)?(?![a-zA-Z])/g));
  return data.steps.page.names.map((n) => /^\$(\S+) = [^$]*\$/.exec(n)).filter((n) => n && words.has(n[1])).map((n) => n[0]);
}

function heard(condition) {
  const { conditions, names, spoken } = data.steps.page;
  return spoken.conditions[conditions.indexOf(condition)] ?? spoken.names[names.findIndex((n) => n.startsWith(condition))] ?? "";
}

function brief(a, hidden) { // on a phone: a line of trust, and one of what is true of it
  const holds = data.steps?.page.conditions ?? [], c = data.curve;
  return [h("p", {}, checked(a)), h("p.remark", {}, a.shape.length ? tex(shapeTex(a), { spoken: shapeText(a) }) : t("number"), data.steps && !holds.length && [t("comma"), t("holdsEverywhere")], c && [t("comma"), curve(c, hidden, true)]),
    holds.length > 0 && h("p.remark", {}, h("span.label", {}, t("holds")), [...holds, ...named(holds)].map((x) => h("div", {}, prose(x, heard(x)))))];
}

function facts(a, hidden) {
  if (!fits()) return h("dl", {}, h("dt", {}, t("shape")), h("dd", {}, shapeText(a)), h("dt", {}, t("status")), h("dd", {}, t("notThis")));
  const same = a.wrt.length === 1 && a.layout === "denominator" && a.symbols.find((s) => s.name === a.wrt[0] && String(s.dims) === String(a.shape));
  const holds = data.steps?.page.conditions, used = holds ? named(holds) : [];
  return h("dl", {},
    h("dt", {}, t("shape")), h("dd", {}, a.shape.length ? [tex(shapeTex(a), { spoken: shapeText(a) }), same && a.shape.length > 0 && prose(t("as", { x: `$${same.latex}$` }))] : t("number")),
    holds && [h("dt", {}, t("holds")), h("dd", {}, holds.length ? [...holds, ...used].map((c) => h("div", {}, prose(c, heard(c)))) : t("everywhere"))],
    h("dt", {}, t("checked")), h("dd", {}, checked(a)),
    data.curve && [h("dt", {}, t("convexity")), h("dd", {}, curve(data.curve, hidden))]);
}

function curve(c, hidden, within = false) { // its reasons show parts of the answer
  const strong = c.verdict === "convex" && c.modulus ? "strongly" : c.strict ? "strictly" : "";
  const name = t(`curve_${strong && c.verdict !== "affine" ? `${strong}_` : ""}${c.verdict}`);
  const proven = ["convex", "concave", "affine"].includes(c.verdict);
  return [h("span", { class: proven ? "good" : "" }, within ? name.charAt(0).toLowerCase() + name.slice(1) : name), prose(t("inNames", { names: c.wrt.map((n) => `$${symbols().find((s) => s.name === n)?.latex ?? n}$`).join(", ") })),
    !hidden && c.verdict !== "unknown" && c.reason.length > 0 && h("small", {}, h("details", opened("because"), h("summary", {}, t("because")), c.reason.map((r) => h("p", {}, r))))];
}

const FORMS = [
  ["LaTeX", (a) => a.result.latex], ["Markdown", (a) => `$$\n${a.left.latex} = ${a.result.latex}\n$$`], ["ASCII", (a) => a.result.ascii],
  ["Unicode", (a) => a.result.unicode], ["Typst", (a) => typst(a.result.latex)], ["NumPy", null],
];

export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "sr", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(t("copied"));
  if (done) { const old = done.textContent; done.textContent = t("copied"); setTimeout(() => { done.textContent = old; }, 2000); }
}

async function copyAs(kind, a, b) {
  if (kind[1]) return copy(kind[1](a), b);
  copy((await ask("code", { ...question(), target: "numpy" })).source, b);
}

let copying = false;
export const copyLatex = () => data.answer && copy(data.answer.result.latex);
export function again() {
  state.by = by().length === 1 ? [by()[0], by()[0]] : [by()[0]];
  afresh();
}
export function nextLayout() {
  state.layout = LAYOUTS[(LAYOUTS.indexOf(state.layout) + 1) % 3];
  derive();
  changed();
}

function actions(a) {
  return [h("div.actions", { role: "group", "aria-label": t("copy") },
    h("button.plain.drop", { type: "button", "aria-expanded": String(copying), "data-key": "copy", onclick: () => { copying = !copying; changed(); } }, t("copy")),
    h("button.plain", { type: "button", "data-key": "link", onclick: (e) => copy(location.href, e.target) }, t("link")),
    h("button.plain", { type: "button", "data-key": "again", onclick: again }, a.wrt.length > 1 ? t("back") : t(data.read?.shape.length ? "k_d" : "again")),
    a.named && h("button.plain", { type: "button", "data-key": "full", onclick: () => { data.full = !data.full; changed(); } }, t(data.full ? "short" : "full"))),
  copying && h("div.menu.fade", { role: "group", "aria-label": t("copy") }, FORMS.map((f) => h("button", { type: "button", "data-key": `copy-${f[0]}`, onclick: (e) => copyAs(f, a, e.target) }, f[0])))];
}

// A tensor of order 3 or 4 is shown by its entries, with the matrix that holds them below.
const inIndices = (a) => a.order > 2 && a.index_latex && a.index_latex.length < 240 && a.layout === "denominator" && a.result.spoken;

function formula(a, hidden) {
  if (hidden) return h("div.formula", {}, tex(`${a.left.latex} =`, { display: true, spoken: t("equals", { a: a.left.spoken, b: t("hidden") }) }), " ", h("span.hidden-answer", { "aria-hidden": "true" }), " ", h("span.remark", {}, t("hidden")));
  if (inIndices(a)) {
    const [left, ...right] = a.index_latex.split(" = "), at = /_\{(.*)\}/.exec(left)?.[1] ?? "";
    return [h("div.formula.s24", {}, h("div.scroll", {}, tex(`\\left(${a.left.latex}\\right)_{${at}} = ${right.join(" = ")}`, { display: true, big: true, spoken: a.index }))),
      h("div.named", {}, h("span.remark", {}, t("asMatrix")), tex(a.vec_latex ?? a.result.latex, { spoken: a.result.spoken ?? a.result.unicode }), h("span.remark", {}, t("stacks")))];
  }
  const parts = !data.full && a.named;
  const body = parts ? a.named.latex : a.result.latex;
  const spoken = t("equals", { a: a.left.spoken, b: a.result.spoken ?? a.result.unicode });
  const one = h("div.scroll", {}, tex(`${a.left.latex} = ${body}`, { display: true, big: true, spoken, plain: a.result.unicode }));
  return [h("div.formula", { "data-left": a.left.latex, "data-body": body }, one),
    parts && h("div.named", {}, h("span.remark", {}, t("where")), parts.parts.map((p) => tex(`${p.name} = ${p.latex}`, { spoken: p.spoken })))];
}

// Long formulas: smaller, then the left side on a line of its own, then a scrolled line with a name.
function fit(box, a) {
  const f = box.querySelector(".formula[data-body]");
  if (!f) return;
  const wide = () => { const s = f.querySelector(".scroll"); return s.scrollWidth > s.clientWidth + 1; };
  for (const size of ["s28", "s24"]) {
    if (!wide()) return;
    f.className = `formula ${size}`;
  }
  if (!wide()) return;
  const spoken = a.result.spoken ?? a.result.unicode;
  put(f, tex(`${f.dataset.left} =`, { display: true, spoken: a.left.spoken }),
    h("div.scroll.indent", {}, tex(f.dataset.body, { display: true, spoken, plain: a.result.unicode })));
  if (wide()) f.className = "formula s20";
  if (wide()) put(f.querySelector(".indent"), tex(f.dataset.body, { display: true, terms: true, spoken, plain: a.result.unicode }));
  const s = f.querySelector(".scroll");
  if (wide()) { s.tabIndex = 0; s.setAttribute("role", "group"); s.setAttribute("aria-label", t("result")); }
}

function layouts() {
  const choose = (l) => { state.layout = l; derive(); changed(); };
  if (!narrow()) return segments("layout", t("layout"), LAYOUTS.map((l) => [l, t(l)]), state.layout, choose);
  return h("select.layouts", { "aria-label": t("layout"), "data-key": "layout", onchange: (e) => choose(e.target.value) }, LAYOUTS.map((l) => h("option", { value: l, selected: l === state.layout }, t(l))));
}

let said = "";
export function paintResult() {
  const box = $("result"), a = data.answer;
  box.hidden = !a || !state.f.trim();
  $("more").hidden = box.hidden || !fits();
  if (box.hidden) return;
  const now = fits(), hidden = now && state.tab === "answer" && data.level < 4;
  box.classList.toggle("stale", !now);
  const label = now ? nameOf(a) : t("stale");
  put(box, h("div.body", {},
    h("div.head", {}, h("h2.label", { id: "result-title" }, label, !now && [" ", tex(a.reading.forms.latex, { spoken: a.reading.forms.spoken })]),
      now && layouts()),
    formula(a, hidden), now && !hidden && actions(a)),
  h("div.facts", {}, now && narrow() ? brief(a, hidden) : facts(a, hidden)));
  measured(() => fit(box, a));
  if (now && said !== data.answerFor) { said = data.answerFor; say(t("saidResult", { name: nameOf(a), shape: shapeText(a), check: checkedWord(a) })); }
  measured(() => sticky(a, now && !hidden));
}

function sticky(a, shown) {
  const box = $("sticky");
  const out = $("result").getBoundingClientRect().bottom < 0;
  box.hidden = !(shown && out);
  document.body.classList.toggle("stuck", !box.hidden);
  if (box.hidden || box.dataset.of === data.answerFor) return;
  box.dataset.of = data.answerFor;
  put(box, h("div.wrap", {}, tex(`${a.left.latex} = ${(a.named || a.result).latex}`, { spoken: a.result.spoken ?? a.result.unicode }),
    h("span.remark", {}, t("inLayout", { shape: shapeText(a), layout: t(state.layout).toLowerCase() })), h("span", { class: a.verification?.ok ? "good" : "warn" }, a.verification?.ok ? "✓ " : "", h("span.word", {}, checkedWord(a))),
    h("button.button", { type: "button", onclick: () => { scrollTo({ top: 0 }); $("text").focus(); } }, t("editFormula"))));
}

export const startResult = () => addEventListener("scroll", () => data.answer && sticky(data.answer, fits() && (state.tab !== "answer" || data.level > 3)), { passive: true });
