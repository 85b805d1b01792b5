// The engine in workers of this page, for the static site. Two of them: what is asked while typing does not wait for steps, checks and code.

const SECONDS = 30; // a browser is slower than a server; the engine's own budget ends before

class Engine {
  tell = () => {};

  begin() {
    this.line ??= Promise.resolve();
    this.open = new Map();
    this.worker = new Worker(new URL("./pyworker.js", import.meta.url), { type: "module" });
    this.ready = new Promise((done, failed) => {
      this.worker.onmessage = ({ data }) => {
        if (data.kind === "progress") this.tell(data.loaded, data.whole, false);
        else if (data.kind === "ready") { this.tell(0, 0, true); done(); }
        else if (data.kind === "failed") failed(new Error(data.text));
        else { this.open.get(data.id)?.([data.status, JSON.parse(data.body)]); this.open.delete(data.id); }
      };
      this.worker.onerror = (e) => failed(new Error(e.message));
    });
    return this.ready;
  }

  again() { // what was asked of the old worker gets no answer
    this.worker.terminate();
    for (const done of this.open.values()) done([422, { error: { code: "budget", message: "overBudget", seconds: SECONDS, span: null, hint: "askLess", repairs: [] } }]);
    this.begin();
  }

  ask(command, request, signal) { // one after another; what was given up meanwhile is not asked at all
    const mine = (this.line ?? Promise.resolve()).then(() => this.one(command, request, signal));
    this.line = mine.catch(() => {});
    return mine;
  }

  async one(command, request, signal) {
    if (signal?.aborted) throw new DOMException("", "AbortError");
    if (!this.worker) this.begin();
    try { await this.ready; } catch (error) { return [0, { error: { code: "offline", message: error.message, span: null, hint: "", repairs: [] } }]; }
    if (signal?.aborted) throw new DOMException("", "AbortError");
    const id = ++number;
    const answer = new Promise((done) => this.open.set(id, done));
    const timer = setTimeout(() => this.again(), 1000 * SECONDS);
    this.worker.postMessage({ id, command, request: JSON.stringify(request) });
    try { return await answer; } finally { clearTimeout(timer); }
  }
}

let number = 0;
const quick = new Engine(), thorough = new Engine();
const QUICK = new Set(["read", "derive"]);

export function start(progress) {
  quick.tell = progress;
  return quick.worker ? quick.ready : quick.begin();
}
export const ask = (command, request, signal) => (QUICK.has(command) ? quick : thorough).ask(command, request, signal);

if ("serviceWorker" in navigator) navigator.serviceWorker.register(new URL("../sw.js", import.meta.url)).catch(() => {}); // offline afterwards
