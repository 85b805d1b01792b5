// Sets every formula of a page; what KaTeX does not know stays as its TeX.
document.addEventListener("DOMContentLoaded", () => {
  for (const at of document.querySelectorAll(".tex")) {
    const tex = at.textContent;
    katex.render(tex, at, { displayMode: at.classList.contains("display"), throwOnError: false, strict: "ignore" });
    at.setAttribute("title", tex);
  }
});
