// Strings: one file a language, whole sentences.
import en from "../i18n/en.js";
import zh from "../i18n/zh.js";
import fr from "../i18n/fr.js";

const TEXTS = { en, zh, fr };
export let lang = "en";

export function chooseLanguage(name) {
  lang = TEXTS[name] ? name : "en";
  document.documentElement.lang = lang;
  if (!document.body) return; // early: what is in the page comes later
  document.body.lang = lang;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
}

export const preferred = () => globalThis.first.language();

// Of two forms, "{n} note|{n} notes", the one that the language has for a number.
const plural = (text, n) => {
  const [one, many] = text.split("|");
  return many !== undefined && new Intl.PluralRules(lang).select(n) !== "one" ? many : one;
};

export function t(key, values = {}) {
  const text = TEXTS[lang][key] ?? en[key] ?? key;
  return plural(text, values.n).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
