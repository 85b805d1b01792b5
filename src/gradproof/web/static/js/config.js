// Which engine answers: "server", or "browser" in the static site.
export const engine = document.documentElement.dataset.engine;
