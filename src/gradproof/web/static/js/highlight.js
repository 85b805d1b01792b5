// Colours for code: words, numbers, strings, comments; text nodes alone.
import { h } from "./dom.js";

const PIECES = /("""[\s\S]*?"""|"[^"\n]*"|'[^'\n]*'|[#%].*|\b\d+(?:\.\d+)?\b|\b[A-Za-z_]\w*\b)/;
const WORDS = new Set("import from as def return for in if else elif and or not lambda raise while with class is None True False range function end using".split(" "));

export function highlight(source, target) {
  const comment = target === "matlab" ? "%" : "#";
  return source.split(PIECES).map((p, k) => {
    if (!(k % 2)) return p;
    if (p.startsWith(comment)) return h("span.com", {}, p);
    if (/^["']/.test(p)) return target === "matlab" || (target === "julia" && p.startsWith("'")) ? p : h("span.str", {}, p);
    if (/^\d/.test(p)) return h("span.num", {}, p);
    return WORDS.has(p) ? h("span.kw", {}, p) : p;
  });
}
