// What is told about a result: steps, my answer, code, index form.
import { changed, check, code, data, fits, optimum, steps, symbols } from "./core.js";
import { $, button, h, measured, narrow, put, say, segments } from "./dom.js";
import { t } from "./i18n.js";
import { sentence, units } from "./ask.js";
import { matrix, prose, tex } from "./math.js";
import { pictures } from "./pictures.js";
import { copy } from "./result.js";
import { highlight } from "./highlight.js";
import { state } from "./state.js";

export const TABS = ["steps", "answer", "code", "forms", "optimum"];
const METHODS = ["rules", "differential", "entries"];

export function open(tab) {
  state.tab = tab;
  changed();
  if (tab === "answer") setTimeout(() => $("claim")?.focus(), 30);
}

function tabs() {
  const box = $("tabs");
  box.setAttribute("aria-label", t("more"));
  put(box, TABS.map((name) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(state.tab === name), "aria-controls": "panel", tabindex: state.tab === name ? "0" : "-1",
    "data-key": `tab-${name}`, onclick: () => open(name),
    onkeydown: (e) => {
      const to = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!to) return;
      e.preventDefault();
      e.stopPropagation();
      open(TABS[(TABS.indexOf(state.tab) + to + TABS.length) % TABS.length]);
      setTimeout(() => document.querySelector('[role="tab"][aria-selected="true"]')?.focus(), 40);
    },
  }, t(name))));
  $("panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
  const chosen = $(`tab-${state.tab}`); // on a phone the row of tabs is wider than the screen
  measured(() => { if (chosen.offsetLeft + chosen.offsetWidth > box.scrollLeft + box.clientWidth || chosen.offsetLeft < box.scrollLeft) box.scrollLeft = chosen.offsetLeft - 16; });
}

// -- steps

export function toStep(k) {
  const n = data.steps?.count ?? 0;
  data.step = Math.max(0, Math.min(n, k));
  data.all = false;
  changed();
  setTimeout(() => $("panel").querySelector("li.last")?.scrollIntoView({ block: "nearest" }), 40);
  if (data.step) say(data.steps.page.entries[data.step - 1].title);
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const length = (latex) => latex.replace(/\\(left|right|htmlClass\{next\}|operatorname|mathbf|mathrm)/g, "").replace(/\\[a-zA-Z]+/g, "xx").replace(/[{}\s^_]/g, "").length;

function entry(e, last) { // one line where it fits, else a line for each side
  const whole = `${e.left} = ${e.right[0] ?? ""}`, joined = e.right[0] && length(whole) < 95;
  const rows = [tex(joined ? whole : e.left, { display: true, spoken: e.spoken.slice(0, joined ? 2 : 1).join(" ") })];
  e.right.slice(joined ? 1 : 0).forEach((r, k) => rows.push(h("div.more", {}, tex(`= ${r}`, { display: true, spoken: e.spoken[k + (joined ? 2 : 1)] }))));
  for (const line of e.more) line.right.forEach((r, k) => rows.push(h(k ? "div.more" : "div", {}, tex(k ? `= ${r}` : `${line.left} = ${r}`, { display: true, spoken: k ? line.spoken[k + 1] : line.spoken.slice(0, 2).join(" ") }))));
  return h("li", { class: last ? "last fade" : "" }, h("div.columns", {},
    h("div.text", {}, h("span.number", {}, String(e.number)), h("div", {}, h("h3", {}, capital(e.title)), h("span.says", {}, prose(e.says, e.heard.says)), h("div.lines.scroll", { tabindex: "0", role: "group", "aria-label": capital(e.title) }, rows))),
    h("div.side", {}, e.rule && h("p.rule", {}, prose(e.rule)), e.dims && h("p", {}, h("span.sr", {}, t("dims")), prose(e.dims), e.check.ok && h("span.good", {}, " ✓")), e.remarks.map((r, k) => h("p", {}, prose(r, e.heard.remarks[k]))))));
}

function stepsPanel() {
  steps();
  const s = data.steps, e = data.stepsError;
  if (e) return [methods(), h("p.remark", {}, t("noSteps", { text: e.message }))];
  if (!s) return h("p.remark", {}, t("deriving"));
  const all = s.page.entries, shown = data.all ? all.length : data.step;
  const hint = all[shown];
  const bar = h("div.bar", {}, methods(), h("span.end", {}, h("span", {}, t("stepOf", { k: shown, n: all.length })),
    segments("many", t("howMany"), [["one", t("one")], ["all", t("all")]], data.all ? "all" : "one", (v) => { data.all = v === "all"; changed(); })));
  return [!narrow() && bar, s.page.names.length > 0 && h("p.remark", {}, s.page.names.map((n, k) => h("span", {}, prose(n, s.page.spoken.names[k]), " \u2003"))),
  h("ol.steps", {}, all.slice(0, shown).map((x, k) => entry(x, k === shown - 1 && !data.all))),
  hint && [h("p.hint", {}, h("span.number", {}, String(hint.number)), h("span", {}, h("b", {}, t("hint")), prose(capital(hint.hint), hint.heard.hint))),
    h("div.next-step", {}, narrow() && shown > 0 && button("←", () => toStep(shown - 1), { "aria-label": t("stepBack"), "data-key": "back" }),
      button([narrow() ? t("showStepOf", { k: hint.number, n: all.length }) : t("showStep", { k: hint.number }), h("kbd", {}, "→")], () => toStep(shown + 1), { class: "primary", "data-key": "next" }),
      button(t("showAll", { n: all.length }), () => { data.all = true; changed(); }, { "data-key": "all" }))],
  !hint && h("p.remark.panel", {}, s.page.closing.map((c, k) => h("span", {}, prose(c, s.page.spoken.closing[k]), " "))),
  narrow() && bar,
  pictures(s.page.pictures, data.answer.index)];
}

function methods() {
  const now = data.steps?.method ?? state.method ?? "rules";
  const name = { rules: "byRules", differential: "byDifferential", entries: "byEntries" }[now];
  const other = { rules: "useRules", differential: "useDifferential", entries: "useEntries" };
  return h("span", {}, h("span.by-method", {}, t(name)), " ", METHODS.filter((m) => m !== now).map((m) => [" ", h("button.link", { type: "button", "data-key": `method-${m}`, onclick: () => { state.method = m; data.step = 0; steps(); changed(); } }, t(other[m]))]));
}

// -- my answer

const TOPICS = { shape: ["topicShape", "tellShape"], size: ["topicSize", "tellSize"], form: ["topicForm", "tellForm"] };

function verdict(c) {
  const n = c.findings_count;
  const text = { right: t("right"), "other-layout": t("otherLayout", { layout: t(c.form?.layout ?? "numerator").toLowerCase() }), "right-if": t("rightIf"), unknown: t("unknown"), wrong: n === 1 ? t("wrongOne") : n ? t("wrong", { n }) : t("wrongSome") }[c.verdict];
  const good = ["right", "other-layout", "right-if"].includes(c.verdict);
  const order = ["shape", "size", "form"];
  const rows = [...c.findings].sort((x, y) => order.indexOf(x.topic) - order.indexOf(y.topic)).map((f) => [h("dt", {}, t(TOPICS[f.topic][0])), h("dd", {}, f.text ? [f.text, f.span && [" ", h("mark", {}, data.claimFor.slice(...units(data.claimFor, f.span)))]] : t(TOPICS[f.topic][1]))]);
  const more = data.level < 4 && !["right"].includes(c.verdict);
  return [h("div.verdict.fade", { class: good ? "right" : c.verdict === "unknown" ? "open" : "", role: "status" }, h("h2", {}, text), c.condition && h("p", {}, capital(c.condition)), rows.length > 0 && !c.condition && h("dl", {}, rows),
    !rows.length && c.verdict !== "right" && h("p.remark", {}, c.text.split("\n").slice(1).join(" ").trim() || c.headline)),
  more && h("div.buttons", {}, data.level < 3 && c.verdict === "wrong" && n > 0 && button([t("nextHint"), h("kbd", {}, "→")], () => check(data.level + 1), { class: "primary", "data-key": "hint" }),
    button(t("showAnswer"), () => check(4), { "data-key": "show" }), c.verdict === "wrong" && n > 0 && t("hintOf", { k: Math.min(data.level, 3) })),
  c.correct && h("p", {}, h("span.label", {}, t("theAnswer")), " ", tex(`${c.left.latex} = ${c.correct.latex}`, { spoken: t("equals", { a: c.left.spoken, b: c.correct.spoken ?? c.correct.unicode }) }))];
}

function point(c) {
  const x = c.counterexample;
  if (!x) return null;
  return h("div.point", {}, h("p.label", {}, t("atPoint")),
    Object.entries(x.values).map(([name, v]) => h("div.pair", {}, tex(`${name.length > 1 ? `\\mathrm{${name.replace(/_/g, "\\_")}}` : name} = ${matrix(v)}`, { spoken: `${name} = ${JSON.stringify(v)}` }))),
    [["yours", x.claim], ["derivativeIs", x.derivative]].map(([k, v]) => h("div.pair", {}, h("span.remark", {}, t(k)), tex(matrix(v), { spoken: JSON.stringify(v) }))),
    c.evidence.points > 0 && h("p.remark", {}, t("compared", { n: c.evidence.points })));
}

export const submitClaim = () => { data.level = 0; check(1); };

function answerPanel() {
  if (state.structured) return h("p.remark", {}, t("noStructured"));
  const a = data.answer, e = data.claimError;
  const field = h("textarea", { id: "claim", rows: "1", "aria-label": t("yourAnswer"), spellcheck: "false", autocapitalize: "off", autocomplete: "off", "data-key": "claim", placeholder: t("writeHere"), enterkeyhint: "go", value: state.claim });
  field.addEventListener("input", () => { state.claim = field.value; });
  return h("div.columns", {}, h("div", {}, h("div.ask.claim", {}, tex(`${a.left.latex} =`, { spoken: t("equals", { a: a.left.spoken, b: "" }) }), h("div.field", {}, field),
    h("div.go", {}, button([t("check"), h("kbd", {}, "Ctrl ↵")], submitClaim, { class: data.claim ? "" : "primary", "data-key": "check" }))),
  e && h("p.bad.panel", { role: "alert" }, sentence(e.message), e.hint && ` (${e.hint})`),
  data.claim && verdict(data.claim)), h("div.margin", {}, data.claim && point(data.claim)));
}

// -- code

const TARGETS = [["numpy", "NumPy"], ["jax", "JAX"], ["torch", "PyTorch"], ["julia", "Julia"], ["matlab", "MATLAB"], ["array-api", "Array API"], ["cupy", "CuPy"], ["dask", "Dask"], ...["numpy-only", "rows", "jax-rows"].map((name) => [name, name])];
const FILES = { julia: "gradient.jl", matlab: "gradient.m" };
const options = {};

function codePanel() {
  const name = (data.answer.wrt.length > 1 ? "hessian" : "gradient");
  const grads = ["jax", "torch"].includes(state.target);
  const one = data.answer.wrt.length === 1;
  const asked = { ...(options.value ? { value: true } : {}), ...(options.hessian && one ? { hessian: true } : {}), ...(options.autograd && grads ? { autograd: true } : {}) };
  code(asked);
  const c = data.code, file = (FILES[state.target] ?? "gradient.py").replace("gradient", name);
  const box = (key) => h("label.check", { class: "check" }, h("input", { type: "checkbox", checked: Boolean(options[key]), "data-key": `opt-${key}`, onchange: (e) => { options[key] = e.target.checked; changed(); } }), " ", prose(t(key === "hessian" ? "theHessian" : key).replace(/(?<![a-zà-ÿ])f(?![a-z])/, "$$f$$")));
  return h("div.columns", {}, h("div", {}, h("div.bar", {}, segments("target", t("target"), TARGETS, TARGETS.some(([name]) => name === state.target) ? state.target : "numpy", (v) => { state.target = v; changed(); })),
    !c && !data.codeError && h("p.remark", {}, t("deriving")),
    data.codeError && h("p.remark", { role: "alert" }, data.codeError.message),
    c && h("div.card.code", {}, h("div.file", {}, h("span", {}, file), h("span.end", {},
      h("button.plain", { type: "button", "data-key": "save", onclick: () => save(file, c.source) }, t("save")),
      button(t("copy"), (e) => copy(c.source, e.target), { "data-key": "copy-code" }))), h("pre", { tabindex: "0", role: "group", "aria-label": file }, highlight(c.source, state.target)))),
  h("div.margin", {}, h("h3", {}, t("alsoGive")), h("div", {}, box("value")), one && h("div", {}, box("hessian")), grads && h("div", {}, box("autograd")),
    c && [h("h3", {}, t("arguments")), h("table", {}, h("tbody", {}, Object.entries(c.arguments).map(([n, d]) => h("tr", {}, h("th", { scope: "row" }, nameIn(c.source, n)), h("td", {}, argument(n, d)))))),
      h("h3", {}, t("needs")), h("p", {}, c.needs.map((n) => PACKAGES[n] ?? n).join(t("comma")) || t("nothing")), loop(c.source)]));
}

const PACKAGES = { numpy: "NumPy", scipy: "SciPy", jax: "JAX", torch: "PyTorch", dask: "Dask" };

// A sum over rows that is taken some rows at a time.
function loop(source) {
  const rows = /\bin range\(0, \w+, (\d+)\)/.exec(source)?.[1];
  const taken = rows && [...source.matchAll(/= (\w+)\[rows\]/g)].map((m) => symbols().find((s) => s.name === m[1])).find((s) => s?.kind === "matrix");
  return taken && [h("h3", {}, t("whyLoop")), h("p.remark", {}, prose(t("loopSays", { n: rows, x: `$${taken.latex}$` })))];
}

// A name that the language of the code keeps for itself has a sign behind it.
const nameIn = (source, name) => (new RegExp(`\\b${name}_\\b`).test(source) ? `${name}_` : name);

function argument(name, declared) {
  const s = symbols().find((k) => k.name === name);
  if (!s) return declared;
  const rows = ["julia", "matlab"].includes(state.target) ? s.dims.join(" × ") : `(${s.dims.join(", ")}${s.dims.length === 1 ? "," : ""})`;
  return [s.dims.length ? t("arrayOf", { shape: rows }) : t("number"), ...s.words].join(", ");
}

function save(name, text) {
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

// -- index and Kronecker forms

function formsPanel() {
  const a = data.answer;
  return h("div", {}, h("h3", {}, t("index")), h("p.scroll", { tabindex: "0", role: "group", "aria-label": t("index") }, h("code", {}, a.index)),
    h("h3.panel", {}, t("kronecker")), a.vec_latex ? [h("div.scroll", {}, tex(a.vec_latex, { display: true, spoken: a.vec })), h("p.remark", {}, t("stacks"))] : h("p.remark", {}, t("noKronecker")));
}

// -- optimum

function optimumPanel() {
  optimum();
  const b = data.best, e = data.bestError;
  if (e) return h("p.remark", {}, e.message);
  if (!b) return h("p.remark", {}, t("deriving"));
  const latex = Object.fromEntries(symbols().map((s) => [s.name, s.latex]));
  const line = (name, f, zero) => h("div.scroll", {}, tex(zero ? `${f.latex} = 0` : `${latex[name] ?? name} = ${f.latex}`, { display: true, spoken: t("equals", zero ? { a: f.spoken ?? f.unicode, b: "0" } : { a: name, b: f.spoken ?? f.unicode }) }));
  const said = b.text.split("\n").map((l) => l.trim());
  return h("div.columns", {}, h("div", {}, b.solution ? [h("h3", {}, t(`kind_${b.kind.replace("-", "_")}`)), h("div.lines", {}, Object.entries(b.solution).map(([n, f]) => line(n, f)))] : h("h3", {}, t("noClosed")),
    h("h3.panel", {}, t("stationary")), Object.entries(b.stationarity).map(([n, f]) => line(n, f, true))),
  h("div.side.remark", {}, said.slice(1).filter((l) => !/^\S+ = |= 0/.test(l)).map((l) => h("p", {}, capital(l)))));
}

const PANELS = { steps: stepsPanel, answer: answerPanel, code: codePanel, forms: formsPanel, optimum: optimumPanel };

export function paintTabs() {
  if (!fits() || !state.f.trim()) return;
  tabs();
  put($("panel"), PANELS[state.tab]());
}
