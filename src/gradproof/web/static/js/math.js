// Formulas: KaTeX, never raw TeX; each has the text that is spoken.
import { h } from "./dom.js";

const trust = (context) => context.command === "\\htmlClass" && context.class === "next";
export const settings = { mathml: false };

const TALL = /\\(frac|sum|prod|int|begin|left\\l[vV]ert|sqrt)/;

// \left( … \right) puts a gap after a function's name: only round what is tall.
export function tidy(latex) {
  const pieces = latex.split(/(\\left(?:\(|\\lVert|\\lvert)|\\right(?:\)|\\rVert|\\rvert))/);
  const open = [];
  for (let k = 1; k < pieces.length; k += 2) {
    if (pieces[k].startsWith("\\left")) { open.push(k); continue; }
    const from = open.pop();
    if (from === undefined || TALL.test(pieces.slice(from + 1, k).join(""))) continue;
    pieces[from] = pieces[from].slice(5);
    pieces[k] = pieces[k].slice(6);
  }
  return pieces.join("");
}

// The terms of a sum, so that a line can end before a sign of the outermost level; one where that cannot be told.
export function terms(latex) {
  if (/(?<!\\)\||\\\||\\\\|&/.test(latex)) return [latex];
  const tokens = latex.match(/\\(?:left|right)\s*(?:\\[a-zA-Z]+|\\?.)|\\[a-zA-Z]+|\\.|\s+|./gsu) ?? [];
  let depth = 0, before = "";
  const found = [""];
  for (const token of tokens) {
    if (/^(\\left|\\begin|\\l[vV]ert|[{([])/.test(token)) depth++;
    else if (/^(\\right(?!arrow)|\\end|\\r[vV]ert|[})\]])/.test(token)) depth--;
    if ((token === "+" || token === "-") && !depth && /^(\w|[})\]'!]|\\(right|r[vV]ert|top|infty|[a-zA-Z]*(alpha|beta|gamma|delta|lambda|mu|pi|rho|sigma|theta|eta))|[^\x00-\x7f])/.test(before)) found.push("{} ");
    found[found.length - 1] += token;
    if (token.trim()) before = token;
  }
  return depth ? [latex] : found;
}

export function tex(latex, { display = false, spoken = "", plain = "", big = false, own = true, terms: apart = false } = {}) {
  const said = spoken || plain; // without it a screen reader reads the MathML
  const box = h("span.math", said ? { role: "img", "aria-label": said } : {});
  let shown = own ? tidy(latex) : latex;
  if (big) shown = shown.replaceAll("^\\top", "^{\\scriptscriptstyle\\top}").replaceAll("{-\\top}", "{-\\scriptscriptstyle\\top}");
  const set = (what, into, displayMode) => globalThis.katex.render(what, into, {
    displayMode, throwOnError: true, strict: false, trust: own ? trust : false, maxSize: 20, maxExpand: 500,
    output: settings.mathml ? "mathml" : "htmlAndMathml",
  });
  const parts = apart ? terms(shown) : [];
  try {
    if (parts.length < 2) set(shown, box, display);
    else for (const part of parts) { box.classList.add("apart"); const term = h("span.term"); set(`\\displaystyle ${part}`, term, false); box.append(term); }
  } catch {
    box.replaceChildren(plain || spoken || "…");
  }
  return box;
}

// A sentence with mathematics between dollar signs, and the same as it is heard. Numbers such as 1e-12 are set as powers; the point after a formula stays in its line.
export function prose(text, heard = "") {
  if (heard && text.includes("$")) return [h("span.sr", {}, heard), h("span", { "aria-hidden": "true" }, prose(text))];
  const parts = text.replace(/(?<=^|[\s(])1e-(\d+)/g, (_, power) => `$10^{-${power}}$`).split(/(\$[^$]+\$)/);
  return parts.map((p, k) => {
    if (k % 2) {
      const end = /^[.,;:，。；：）)]+/u.exec(parts[k + 1] ?? "")?.[0];
      return end ? h("span.whole", {}, tex(p.slice(1, -1)), end) : tex(p.slice(1, -1));
    }
    return k ? p.replace(/^[.,;:，。；：）)]+/u, "") : p;
  });
}

export const number = (x) => { // 3·10⁻¹⁶
  if (!x) return "0";
  const [digit, power] = x.toExponential(0).split("e");
  return tex(`${digit} \\cdot 10^{${Number(power)}}`, { spoken: x.toExponential(0) });
};

export const matrix = (value) => {
  if (!Array.isArray(value)) return String(value);
  const rows = value.map((r) => (Array.isArray(r) ? r.join(" & ") : String(r)));
  return `\\begin{bmatrix} ${rows.join(" \\\\ ")} \\end{bmatrix}`;
};
