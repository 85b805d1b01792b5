// Strings: one file a language, whole sentences.
import en from "../i18n/en.js";
import zh from "../i18n/zh.js";
import fr from "../i18n/fr.js";

const TEXTS = { en, zh, fr };
let now = "en";
export const lang = () => now;

export function chooseLanguage(name) {
  now = TEXTS[name] ? name : "en";
  document.documentElement.lang = now;
  document.body.lang = now;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
}

export const preferred = () => globalThis.first.language();

// Of two forms, "{n} note|{n} notes", the one that the language has for a number.
const plural = (text, n) => {
  const [one, many] = text.split("|");
  return many !== undefined && new Intl.PluralRules(now).select(n) !== "one" ? many : one;
};

export function t(key, values = {}) {
  const text = TEXTS[now][key] ?? en[key] ?? key;
  return plural(text, values.n).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
