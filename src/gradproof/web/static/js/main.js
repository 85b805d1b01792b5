// The page: wires the views to what is known.
import { byMenu, go, grow, paintAsk, startAsk } from "./ask.js";
import { prepare } from "./backend.js";
import { paintChips, startChips } from "./chips.js";
import { afresh, cancel, changed, check, data, fits, forget, watch } from "./core.js";
import { $, measured, narrow, put, settle } from "./dom.js";
import { begun } from "./early.js";
import { openGallery, paintGallery } from "./gallery.js";
import { chooseLanguage, preferred, t } from "./i18n.js";
import { again, copyLatex, nextLayout, paintResult, startResult } from "./result.js";
import { isOpen, repaint, single, startSide, toggle } from "./side.js";
import { fragment, restore, state, stored } from "./state.js";
import { open, paintTabs, submitClaim, toStep } from "./tabs.js";

function paint() {
  paintAsk();
  paintChips();
  paintResult();
  paintTabs();
  paintGallery();
  settle();
  document.title = state.f.trim() ? `${state.f.slice(0, 60)} · gradproof` : "gradproof";
}

function load() {
  restore(location.hash);
  forget();
  data.shown = true;
  shown();
  if (state.f.trim()) afresh();
}

function shown() {
  $("text").value = state.f;
  grow();
  changed();
}

const THEMES = ["system", "light", "dark"];
function theme(name) {
  const dark = name === "dark" || (name === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.chosen = name;
  $("theme").setAttribute("aria-label", t("theme", { name: t(name) }));
}

function short() { // the names of the languages, on a phone their signs
  for (const o of $("lang").options) o.textContent = narrow() && o.dataset.name.length > 2 ? o.value.toUpperCase() : o.dataset.name;
}

function language(name) {
  chooseLanguage(name);
  stored.set("lang", name);
  $("lang").value = name;
  short();
  $("open-keys").setAttribute("aria-label", t("keys"));
  $("open-menu").setAttribute("aria-label", t("menu"));
  theme(document.documentElement.dataset.chosen);
}

const KEYS = {
  e: () => { scrollTo({ top: 0 }); $("text").focus(); }, s: () => open("steps"), a: () => open("answer"), c: () => open("code"), i: () => open("forms"), o: () => open("optimum"),
  l: nextLayout, d: again, y: copyLatex, "/": openGallery, "?": () => toggle("keys"),
};
const ARROWS = {
  ArrowRight: () => (state.tab === "steps" ? toStep(data.step + 1) : state.tab === "answer" && data.level && data.level < 3 && check(data.level + 1)),
  ArrowLeft: () => state.tab === "steps" && toStep(data.step - 1), Home: () => state.tab === "steps" && toStep(0), End: () => state.tab === "steps" && toStep(1e9),
};

function keyed(e) {
  const at = document.activeElement, field = at.matches("textarea, input:not([type=checkbox]):not([type=radio]), select");
  const phone = at.matches("#text, #claim") && matchMedia("(pointer: coarse)").matches; // its keyboard has a key that says Go
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey || phone)) { e.preventDefault(); return at.id === "claim" ? submitClaim() : go(); }
  if (e.key === "Escape") return escape(at);
  if (e.ctrlKey || e.metaKey || e.altKey || field || !single.on || at.matches("[type=radio]")) return;
  const does = KEYS[e.key] ?? (fits() ? ARROWS[e.key] : null);
  if (!does || ("sacioldy".includes(e.key) && !fits())) return;
  e.preventDefault();
  does();
}

function escape(at) {
  if (!$("by-menu").hidden) { byMenu(false); return $("by").focus(); }
  if (isOpen()) return toggle("");
  if (data.editing) { data.editing = null; return changed(); }
  if (data.deriving) return cancel();
  if (at.id === "text" || at.id === "claim") { at.blur(); $("result").hidden || $("panel").focus({ preventScroll: true }); }
}

function progress(loaded, whole, done) {
  put($("state"), done ? "" : t("loading", { mb: (loaded / 2 ** 20).toFixed(1), all: (whole / 2 ** 20).toFixed(1) }));
}

startAsk();
startChips();
startResult();
startSide();
language(preferred());
$("lang").addEventListener("change", () => {
  language($("lang").value);
  data.readFor = "";
  data.answerFor = "";
  repaint();
  changed();
  if (state.f.trim()) afresh();
});
$("theme").addEventListener("click", () => {
  const name = THEMES[(THEMES.indexOf(document.documentElement.dataset.chosen) + 1) % 3];
  try { localStorage.setItem("gradproof.theme", name); } catch { /* storage is off */ }
  theme(name);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(document.documentElement.dataset.chosen));
const menu = (open) => { $("top").classList.toggle("open", open); $("open-menu").setAttribute("aria-expanded", String(open)); };
$("open-menu").addEventListener("click", () => menu(!$("top").classList.contains("open")));
for (const id of ["nav", "open-keys"]) $(id).addEventListener("click", () => menu(false));
$("open-examples").addEventListener("click", openGallery);
$("home").addEventListener("click", (e) => { e.preventDefault(); location.hash = ""; load(); $("text").focus(); });
document.addEventListener("keydown", keyed);
addEventListener("resize", short);
addEventListener("hashchange", () => { if (location.hash.slice(1) !== fragment()) load(); });
addEventListener("beforeprint", () => { data.all = true; paint(); $("link-print").textContent = location.href; });
$("text").value = state.f;
measured(grow);
function draw() {
  watch(paint);
  paint(); // not in the next frame
  document.fonts.ready.then(grow); // asked for before, it would have the page laid out without its answer
  if (!begun) $("text").focus();
}
if (begun) Promise.race([begun, new Promise((go) => { setTimeout(go, 50); })]).then(draw); // the answer is there, or nearly
else draw();
prepare(progress).then((now) => { if (now && state.f.trim() && data.trouble) afresh(); });
