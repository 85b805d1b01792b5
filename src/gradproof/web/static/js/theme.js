// Before the first paint: the theme that was chosen, else the system's.
(() => {
  let chosen = "system";
  try { chosen = localStorage.getItem("gradproof.theme") || "system"; } catch { /* storage is off */ }
  const dark = chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.chosen = chosen;
  import("./early.js"); // a script of the page's head would wait for its styles
})();
