// Examples by topic, with a filter; an example fills the box.
import { examples } from "./backend.js";
import { afresh, changed, data, forget } from "./core.js";
import { $, h, put } from "./dom.js";
import { grow } from "./ask.js";
import { lang, t } from "./i18n.js";
import { tex } from "./math.js";
import { fresh, state } from "./state.js";

let all = null, filter = "", whole = false, painted = "", forced = false;
const FEW = 6;

export function show(example) {
  forget();
  const where = Object.fromEntries(example.where.split(";").map((w) => w.split(":").map((p) => p.trim())).filter((w) => w.length === 2));
  Object.assign(state, fresh(), { f: example.expression, by: example.wrt, where, layout: state.layout, target: state.target });
  $("text").value = state.f;
  grow();
  forced = false;
  data.shown = true;
  scrollTo({ top: 0 });
  $("text").focus({ preventScroll: true });
  afresh();
  changed();
}

function card(e) {
  return h("button.example", { type: "button", onclick: () => show(e) },
    h("span.name", {}, e.name[lang()]), h("span", {}, t("byName"), e.wrt.length > 1 ? e.wrt.join(", ") : tex(e.wrt[0], { spoken: e.wrt[0] })), tex(e.latex, { spoken: e.spoken[lang()] }));
}

export async function paintGallery() {
  const box = $("gallery"), shown = !state.f.trim() || forced;
  box.hidden = !shown;
  if (!shown) { painted = ""; return; }
  try { all ??= await examples(); } catch { return; }
  const now = JSON.stringify([lang(), filter, whole]);
  if (painted === now) return;
  painted = now;
  const words = filter.toLowerCase().split(/\s+/);
  const found = all.filter((e) => words.every((w) => `${e.name[lang()]} ${e.name.en} ${e.expression} ${e.topic[lang()]}`.toLowerCase().includes(w)));
  const topics = [...new Set(found.map((e) => e.topic.en))];
  const few = !filter && !whole;
  const find = h("input.find", { type: "search", id: "find", placeholder: `${t("find")}   /`, "aria-label": t("find"), value: filter, "data-key": "find", oninput: (e) => { filter = e.target.value; paintGallery(); } });
  put(box, h("div.head", {}, h("h2", { id: "gallery-title" }, t("examples")), find),
    h("div.topics", {}, (few ? topics.slice(0, 3) : topics).map((topic) => {
      const mine = found.filter((e) => e.topic.en === topic);
      return h("section", {}, h("h3", {}, mine[0].topic[lang()]), (few ? mine.slice(0, FEW) : mine).map(card));
    })),
    !found.length && h("p.remark", {}, t("none")),
    !filter && h("button.link", { type: "button", "data-key": "whole", onclick: () => { whole = !whole; paintGallery(); } }, whole ? t("fewer") : t("allExamples", { n: all.length })));
}

export function openGallery() {
  forced = Boolean(state.f.trim());
  painted = "";
  paintGallery().then(() => { $("gallery").scrollIntoView({ block: "start" }); $("find")?.focus({ preventScroll: true }); });
}
