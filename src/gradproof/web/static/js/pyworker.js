// Python in a worker: the same service as on a server.
import { loadPyodide } from "../pyodide/pyodide.mjs";

const base = new URL("../", import.meta.url);

async function fetched(files) { // with progress; what is loaded here is at hand when Python asks for it
  const whole = files.reduce((sum, f) => sum + f.size, 0);
  let loaded = 0;
  const bodies = {};
  await Promise.all(files.map(async (f) => {
    const response = await fetch(new URL(f.name, base));
    const reader = response.body.getReader(), parts = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      loaded += value.length;
      postMessage({ kind: "progress", loaded: Math.min(loaded, whole), whole });
    }
    bodies[f.name] = new Blob(parts);
  }));
  return bodies;
}

const SERVICE = `
import json, sys
import gradproof as gp
from gradproof.service import reply
gp.limits(seconds=15, memory=2**30, order=6).default()

def ask(command, data):
    status, body = reply(command, data.encode("utf-8", "surrogatepass"))
    return [status, body.decode()]
ask
`;

async function start() {
  const files = await (await fetch(new URL("files.json", base))).json();
  const bodies = await fetched(files.large);
  const python = await loadPyodide({ indexURL: new URL("pyodide/", base).href, env: { HOME: "/home" } });
  python.unpackArchive(await bodies["gradproof.zip"].arrayBuffer(), "zip", { extractDir: "/lib/gradproof" });
  python.runPython("import sys; sys.path.insert(0, '/lib/gradproof'); sys.dont_write_bytecode = True");
  return python.runPython(SERVICE);
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
