// Before the first paint, and before any module is there: the theme; what the link asks, and in which language; with a server, that is sent off at once.
(() => {
  const root = document.documentElement, LANGUAGES = ["en", "zh", "fr"];
  const kept = (key) => { try { return localStorage.getItem(`gradproof.${key}`); } catch { return null; } }; // storage may be off

  function link(text) { // what the fragment of an address holds
    const p = new URLSearchParams(text.replace(/^#/, ""));
    return {
      f: (p.get("f") ?? "").slice(0, 20000),
      by: p.getAll("by").slice(0, 4),
      linked: true, // until somebody types: a link is answered as it asks, or refused
      where: Object.fromEntries(p.getAll("where").map((w) => w.split(/:\s*/, 2)).filter((w) => w.length === 2)),
      layout: ["numerator", "mixed"].includes(p.get("layout")) ? p.get("layout") : "denominator",
      structured: p.get("structured") === "yes",
      method: ["rules", "differential", "entries"].includes(p.get("method")) ? p.get("method") : null,
      target: /^[a-z-]{1,20}$/.test(p.get("target") ?? "") ? p.get("target") : "numpy",
      claim: (p.get("claim") ?? "").slice(0, 2000),
      tab: ["answer", "code", "forms", "optimum"].includes(p.get("tab")) ? p.get("tab") : "steps",
    };
  }

  const customary = (navigator.languages ?? []).map((l) => l.slice(0, 2)).find((l) => LANGUAGES.includes(l)) ?? "en";
  function language() {
    let said = null;
    try { said = JSON.parse(kept("lang")); } catch { /* not ours */ }
    return LANGUAGES.includes(said) ? said : customary;
  }

  const where = (asked) => (Object.keys(asked.where).length ? { where: asked.where } : {});
  const requests = { // as the modules ask, too
    read: (asked, lang) => ({ expression: asked.f, lang, ...where(asked), ...(asked.by.length ? { wrt: asked.by } : {}) }),
    derive: (asked, lang) => ({ expression: asked.f, wrt: asked.by, layout: asked.layout, lang, ...where(asked), ...(asked.structured ? { structured: true } : {}) }),
  };
  async function send(command, body, signal) { // the status, after how many seconds to ask again, the answer
    const response = await fetch(`api/${command}?status=body`, { method: "POST", headers: { "content-type": "application/json" }, body, signal });
    const found = await response.json();
    return [found.status ?? response.status, Number(response.headers.get("retry-after") ?? 1), found];
  }

  const sent = new Map(), asked = link(location.hash);
  function early(lang) {
    if (root.dataset.engine !== "server" || !asked.f.trim()) return;
    for (const command of asked.by.length ? ["derive", "read"] : ["read"]) {
      const body = JSON.stringify(requests[command](asked, lang));
      const answer = send(command, body);
      answer.catch(() => {}); // whoever takes it says so
      sent.set(command + body, answer);
    }
  }
  early(customary); // storage answers after tens of milliseconds
  if (language() !== customary) early(language());

  function take(command, body, signal) { // the answer to what was sent early, once; else it is sent now
    const found = sent.get(command + body);
    sent.delete(command + body);
    return found ?? send(command, body, signal);
  }

  const chosen = kept("theme") || "system";
  root.dataset.theme = chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches) ? "dark" : "light";
  root.dataset.chosen = chosen;

  globalThis.first = { link, language, requests, take };
})();
