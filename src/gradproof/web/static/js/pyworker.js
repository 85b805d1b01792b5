// Python in a worker: the same service as on a server. It begins from the memory of a Python that has imported everything, made with the site.
import { loadPyodide } from "../pyodide/pyodide.mjs";

const base = new URL("../", import.meta.url);
const native = self.fetch.bind(self);
let sizes = {}, whole = 0, loaded = 0;

async function count(body) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    loaded += value.length;
    postMessage({ kind: "progress", loaded: Math.min(loaded, whole), whole });
  }
}

self.fetch = async (what, options) => { // each large file is loaded once, by whoever wants it, and counted on its way
  const response = await native(what, options);
  const path = String(what.url ?? what);
  if (Object.keys(sizes).some((name) => path.endsWith(name)) && response.ok && response.body) count(response.clone().body).catch(() => {});
  return response;
};

async function unpacked(response) {
  return new Uint8Array(await new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

function room(bytes) { // the module begins with less memory than was in use when it was kept
  for (const name of ["instantiateStreaming", "instantiate"]) {
    const made = WebAssembly[name].bind(WebAssembly);
    WebAssembly[name] = async (...given) => {
      const found = await made(...given);
      const { memory } = (found.instance ?? found).exports;
      if (memory) memory.grow(Math.max(0, Math.ceil((bytes - memory.buffer.byteLength) / 65536)));
      return found;
    };
  }
}

async function start() {
  const { large } = await (await native(new URL("files.json", base))).json();
  sizes = Object.fromEntries(large.map((f) => [f.name, f.size]));
  whole = large.reduce((sum, f) => sum + f.size, 0);
  const source = fetch(new URL("gradproof.zip", base)).then((r) => r.arrayBuffer());
  const memory = await unpacked(await fetch(new URL("engine.gz", base)));
  room(memory.length);
  const python = await loadPyodide({ indexURL: new URL("pyodide/", base).href, _loadSnapshot: memory });
  python.FS.writeFile("/lib/gradproof.zip", new Uint8Array(await source)); // what is imported later still
  return python.globals.get("ask");
}

let asking = null;
const begun = start().then((f) => { asking = f; postMessage({ kind: "ready" }); }, (e) => postMessage({ kind: "failed", text: String(e) }));

onmessage = async ({ data }) => {
  await begun;
  const found = asking(data.command, data.request);
  const [status, body] = found.toJs();
  found.destroy();
  postMessage({ id: data.id, status, body });
};
