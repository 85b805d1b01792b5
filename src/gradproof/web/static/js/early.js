// What the link asks is sent off before anything is drawn, and before the styles are there: KaTeX and the views are loaded while it is computed.
import { afresh, data } from "./core.js";
import { chooseLanguage, preferred } from "./i18n.js";
import { restore, state } from "./state.js";

chooseLanguage(preferred());
restore(location.hash);
export const begun = Boolean(state.f.trim());
if (begun) { data.shown = true; afresh(); }
