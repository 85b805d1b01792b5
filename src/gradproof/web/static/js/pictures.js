// The pictures of a result: SVG from the engine, made anew of the few elements and attributes that it uses.
import { h } from "./dom.js";
import { t } from "./i18n.js";

const SPACE = "http://www.w3.org/2000/svg";
const TAGS = new Set(["svg", "rect", "circle", "path", "text"]);
const KEPT = /^(viewBox|width|height|x|y|cx|cy|r|d|fill|stroke|stroke-width|font-size|text-anchor|dominant-baseline)$/;

function copied(from) {
  const made = document.createElementNS(SPACE, from.localName);
  for (const { name, value } of from.attributes) if (KEPT.test(name)) made.setAttribute(name, value);
  if (from.localName === "text") made.textContent = from.textContent;
  else made.append(...[...from.children].filter((c) => TAGS.has(c.localName)).map(copied));
  return made;
}

function figure(kind, picture, spoken) {
  const root = new DOMParser().parseFromString(picture.svg, "image/svg+xml").documentElement;
  if (root.localName !== "svg") return null;
  const drawn = copied(root);
  drawn.style.minWidth = `${0.75 * Number(root.getAttribute("width"))}px`; // smaller it is not read: then it scrolls
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", spoken);
  return h("figure", {}, h("figcaption", {}, h("h3", {}, t(kind)), h("span.remark", {}, t(`${kind}Says`))), h("div.scroll", { tabindex: "0", role: "group", "aria-label": t(kind) }, drawn));
}

// `index`: the result in index notation, which says what the network shows.
export function pictures(found, index) {
  const { shapes, network } = found ?? {};
  const title = shapes && /<title>([^<]*)</.exec(shapes.svg)?.[1];
  return h("div.pictures", {}, shapes && figure("shapes", shapes, title), network && figure("network", network, index));
}
