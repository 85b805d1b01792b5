// Starts the engine once, when the site is made, and keeps the memory of that Python: node snapshot.mjs PYODIDE SOURCE.zip TARGET.gz
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const [folder, source, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: folder, _makeSnapshot: true });
python.FS.writeFile("/lib/gradproof.zip", readFileSync(source));
python.runPython(`
import sys
sys.path.insert(0, "/lib/gradproof.zip")
sys.dont_write_bytecode = True
import gradproof as gp
from gradproof.web.warm import ask, warm
gp.limits(seconds=15, memory=2**30, order=6).default()
warm()
`);
writeFileSync(target, gzipSync(python.makeMemorySnapshot(), { level: 9 }));
