// What the link asks has been sent off before (first.js); here its answer is waited for, before the views begin.
import { afresh, data } from "./core.js";
import { chooseLanguage, preferred } from "./i18n.js";
import { restore, state } from "./state.js";

chooseLanguage(preferred());
restore(location.hash);
data.shown = Boolean(state.f.trim());
export const begun = data.shown ? afresh() : null;
