// What is known, and the questions that make it: late answers for old text are dropped.
import { ask } from "./backend.js";
import { lang } from "./i18n.js";
import { keep, past, state } from "./state.js";

export const data = {
  read: null, readFor: "", error: null, shown: false, // `shown`: the error may be said
  answer: null, answerFor: "", deriving: 0, trouble: "", chips: false, // `trouble`: busy, offline
  steps: null, stepsFor: "", stepsError: null, step: 0, all: false,
  claim: null, claimFor: "", claimError: null, level: 0, code: null, codeFor: "", codeError: null, editing: null, full: false, curve: null,
  best: null, bestFor: "", bestError: null,
};

const listeners = new Set();
export const watch = (f) => listeners.add(f);
let waiting = 0, pressed = false;
for (const [kind, down] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) addEventListener(kind, () => { pressed = down; }, true);
export function changed() { // one painting for all that changes at once; none under a finger, or the click would have lost its button
  waiting ||= requestAnimationFrame(() => { waiting = 0; if (pressed) return changed(); keep(); for (const f of listeners) f(); });
}

const drawn = () => new Promise((go) => { requestAnimationFrame(() => setTimeout(go)); setTimeout(go, 200); }); // what is asked next takes no processor from the picture of an answer

export const wrong = () => data.error && data.readFor === state.f; // the error is of this text
export const symbols = () => (fits() ? data.answer.symbols : wrong() && data.error.understood ? data.error.understood.symbols : data.read?.symbols) ?? [];
export const whole = (name) => { const part = /^\w+\((\w+)\)$|^(\w+)\[[^[\]]*\]$/.exec(name); return part ? part[1] ?? part[2] : name; }; // of x[2], and of conj(z)
export const by = () => {
  if (state.linked && state.by.length) return state.by;
  const known = data.read?.free ?? [];
  const chosen = state.by.filter((n) => !known.length || known.includes(whole(n)));
  return chosen.length && chosen.length === state.by.length ? chosen : data.read?.wrt ? [data.read.wrt] : state.by;
};
const { requests } = globalThis.first;
export const question = () => requests.derive({ ...state, by: by() }, lang());
const key = (extra = {}) => JSON.stringify({ ...question(), ...extra });
export const fits = () => data.answer !== null && data.answerFor === key();

const running = {};
function only(name) { // a question of this kind replaces the one before
  running[name]?.abort();
  running[name] = new AbortController();
  return running[name].signal;
}
export const cancel = () => { running.derive?.abort(); data.deriving = 0; clearTimeout(timers.derive); changed(); };

const timers = {};
const later = (name, ms, f) => { clearTimeout(timers[name]); timers[name] = setTimeout(f, ms); };

const TROUBLE = { offline: "offline", busy: "busy", stopping: "busy" };
function failed(error, into) {
  if (error.name === "AbortError") return;
  if (TROUBLE[error.code]) data.trouble = TROUBLE[error.code];
  else if (into) data[into] = error;
  else throw error;
}

export function typed() { // at each keystroke
  state.linked = false;
  data.shown = false;
  data.trouble = "";
  for (const name of ["derive"]) running[name]?.abort();
  data.deriving = 0;
  if (!state.f.trim()) return forget();
  later("read", 120, read);
  later("shown", 1000, () => { data.shown = true; changed(); });
  later("derive", 350, () => derive(true));
  changed();
}

export function forget() {
  for (const name of Object.keys(timers)) clearTimeout(timers[name]);
  for (const name of Object.keys(running)) running[name].abort();
  Object.assign(data, { read: null, readFor: "", error: null, answer: null, answerFor: "", steps: null, stepsFor: "", claim: null, claimError: null, level: 0, code: null, codeFor: "", best: null, bestFor: "", deriving: 0, trouble: "", editing: null });
  changed();
}

export async function read() {
  const text = state.f, signal = only("read");
  if (!text.trim()) return;
  try {
    const found = await ask("read", requests.read(state, lang()), signal);
    if (text !== state.f) return;
    Object.assign(data, { read: found, error: null, trouble: "" });
  } catch (error) {
    if (text !== state.f) return;
    failed(error, "error");
    if (error.name === "AbortError") return;
  }
  data.readFor = text;
  changed();
}

let ahead = null;
function understood() { // where it is known by what, the answer is asked for beside the reading and not after it
  clearTimeout(timers.read); // it is asked now
  const reading = read();
  if (state.by.length && String(by()) === String(state.by)) {
    const signal = only("derive");
    ahead = { key: key(), signal, answer: ask("derive", question(), signal) };
    ahead.answer.catch(() => {});
  }
  return reading;
}

export const afresh = async () => { // what is asked has changed
  await understood();
  return derive();
};

export async function derive(typing = false) { // while somebody types, an error waits
  if (!state.f.trim()) return;
  clearTimeout(timers.derive); // what the pause after typing would ask
  const text = state.f;
  if (data.readFor !== text) await understood();
  if (state.f !== text) return;
  if (data.error && data.error.code !== "budget") { data.deriving = 0; data.shown ||= typing !== true; return changed(); }
  if (fits() || !by().length) return changed();
  const asked = question(), mine = key(), begun = ahead?.key === mine && !ahead.signal.aborted ? ahead : null;
  const signal = begun ? begun.signal : only("derive");
  ahead = null;
  data.deriving = performance.now();
  changed();
  try {
    const found = await (begun ? begun.answer : ask("derive", asked, signal));
    if (mine !== key()) return;
    Object.assign(data, { answer: found, answerFor: mine, error: null, trouble: "", steps: null, stepsFor: "", stepsError: null, step: 0, all: data.all, claim: null, claimError: null, level: 0, code: null, codeFor: "", best: null, bestFor: "", full: false, curve: null });
    past.add(found.reading.forms.latex);
    changed();
    steps().then(() => curvature(mine));
  } catch (error) {
    if (error.name === "AbortError" || mine !== key()) return;
    failed(error, "error");
    data.shown = true;
  } finally {
    if (!signal.aborted) data.deriving = 0;
    changed();
  }
}

const PARTS = ["steps", "code", "best"];
async function part(name, mine, command, asked) { // of an answer: asked for once, by whoever shows it
  const whose = `${name}For`, fault = `${name}Error`;
  if (data[whose] === mine) return;
  data[whose] = mine;
  await drawn();
  if (data[whose] !== mine) return;
  try {
    const found = await ask(command, asked, only(name));
    if (data[whose] === mine) Object.assign(data, { [name]: found, [fault]: null });
  } catch (error) {
    if (data[whose] === mine) { data[name] = null; failed(error, fault); }
  }
  changed();
}

// Where the server did not answer: all that is missing is asked for again.
export function retry() {
  data.trouble = data.readFor = "";
  for (const name of PARTS) if (!data[name]) data[`${name}For`] = "";
  afresh();
}

export const steps = () => part("steps", key({ method: state.method }), "steps", { ...question(), method: state.method }); // their conditions stand beside the result, so they are asked for at once
export const code = (options) => part("code", key({ target: state.target, ...options }), "code", { ...question(), target: state.target, ...options });

export function optimum() {
  const mine = key({ optimum: true }), { layout, structured, wrt, ...asked } = question();
  if (data.bestFor !== mine) Object.assign(data, { best: null, bestError: null });
  return part("best", mine, "minimize", { ...asked, over: [...new Set(wrt)] });
}

async function curvature(mine) { // of scalars; what cannot be said is left out
  if (data.read?.shape.length || mine !== key()) return;
  const { layout, structured, ...asked } = question();
  try {
    const found = await ask("convexity", { ...asked, wrt: [...new Set(asked.wrt)] }, only("curve"));
    if (mine === key()) data.curve = found;
  } catch { /* not for this formula */ }
  changed();
}

export async function check(level) {
  if (!state.claim.trim()) return;
  const { structured, ...whole } = question();
  const asked = { ...whole, claim: state.claim, ...(level < 4 ? { hint: level } : {}) };
  data.level = level;
  data.claimFor = state.claim;
  try {
    Object.assign(data, { claim: await ask("check", asked, only("check")), claimError: null });
  } catch (error) {
    data.claim = null;
    failed(error, "claimError");
  }
  changed();
}
