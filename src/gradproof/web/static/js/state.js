// What is asked, as a link's fragment holds it; history in local storage.

export const fresh = () => ({ f: "", by: [], linked: false, where: {}, layout: "denominator", structured: false, tab: "steps", method: null, target: "numpy", claim: "" });
export const state = fresh();

export const stored = {
  get: (key, other) => { try { return JSON.parse(localStorage.getItem(`gradproof.${key}`)) ?? other; } catch { return other; } },
  set: (key, value) => { try { localStorage.setItem(`gradproof.${key}`, JSON.stringify(value)); } catch { /* storage is off */ } },
};

export function fragment() {
  const p = new URLSearchParams();
  if (state.f) p.set("f", state.f);
  for (const name of state.by) p.append("by", name);
  for (const [name, said] of Object.entries(state.where)) p.append("where", `${name}: ${said}`);
  if (state.layout !== "denominator") p.set("layout", state.layout);
  if (state.structured) p.set("structured", "yes");
  if (state.method) p.set("method", state.method);
  if (state.target !== "numpy") p.set("target", state.target);
  if (state.claim) p.set("claim", state.claim);
  if (state.tab !== "steps") p.set("tab", state.tab);
  return p.toString();
}

export const restore = (text) => Object.assign(state, fresh(), globalThis.first.link(text));

let last = "";
export function keep() { // the state is in the address; typing does not fill the browser's history
  const now = fragment();
  if (now === last) return;
  last = now;
  window.history.replaceState(null, "", now ? `#${now}` : location.pathname);
}

export const past = {
  all: () => stored.get("history", []),
  add: (latex) => {
    if (!state.f) return;
    const now = { at: fragment(), f: state.f, by: state.by, latex };
    stored.set("history", [now, ...past.all().filter((i) => i.f !== now.f || String(i.by) !== String(now.by))].slice(0, 50));
  },
  clear: () => stored.set("history", []),
};
