// Typst from the LaTeX that this project writes: a closed set of commands.

const WORDS = {
  top: "top", odot: "dot.o", oslash: "slash.o", otimes: "times.o", cdot: "dot", times: "times", sum: "sum", partial: "partial", log: "log", exp: "exp",
  det: "det", sin: "sin", cos: "cos", tan: "tan", sigma: "sigma", quad: "quad", ",": "", ";": "", "!": "", infty: "infinity", lVert: "norm(", rVert: ")",
};

export function typst(latex) {
  const tokens = latex.match(/\\[a-zA-Z]+|\\.|[{}^_]|[a-zA-Z]|\d+(?:\.\d+)?|\S/g) ?? [];
  let at = 0;
  const group = () => {
    if (tokens[at] !== "{") return one();
    at++;
    const inside = run("}");
    at++;
    return inside;
  };
  const run = (end) => {
    const out = [];
    while (at < tokens.length && tokens[at] !== end) out.push(one());
    return out.join(" ").replace(/ +/g, " ").trim();
  };
  const one = () => {
    const token = tokens[at++];
    if (token === "{") { at--; return group(); }
    if (token === "^" || token === "_") return `${token}(${group()})`;
    if (token === "&") return ",";
    if (!token.startsWith("\\")) return token;
    const name = token.slice(1);
    if (name === "\\") return ";";
    if (name === "begin") { group(); const inside = run("\\end"); at++; group(); return `mat(${inside})`; }
    if (name === "frac") return `frac(${group()}, ${group()})`;
    if (name === "sqrt") return `sqrt(${group()})`;
    if (name === "operatorname") return `op("${group().replace(/ /g, "")}")`;
    if (["mathbf", "mathrm", "text"].includes(name)) { const inner = group(); return name === "mathbf" ? `bold(${inner})` : `upright("${inner.replace(/ /g, "")}")`; }
    if (name === "left" || name === "right") {
      const fence = tokens[at++];
      return fence === "\\lVert" ? "norm(" : fence === "\\rVert" ? ")" : fence === "\\lvert" ? "abs(" : fence === "\\rvert" ? ")" : fence;
    }
    return WORDS[name] ?? name;
  };
  return run(null).replace(/ ([\^_])/g, "$1");
}
