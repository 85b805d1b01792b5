// One question, one answer: over HTTP, or to the engine in a worker of this page.
import { engine } from "./config.js";
import { t } from "./i18n.js";

export class Failure extends Error {
  constructor(status, error) {
    super(error.message);
    Object.assign(this, { status, code: error.code, span: error.field === "expression" ? error.span : null, hint: error.hint, repairs: error.repairs ?? [], understood: error.understood ?? null, field: error.field });
  }
}

const pause = (ms, signal) => new Promise((go, stop) => {
  const t = setTimeout(go, ms);
  signal?.addEventListener("abort", () => { clearTimeout(t); stop(new DOMException("", "AbortError")); });
});

async function overHttp(command, request, signal) {
  for (let tries = 0; ; tries++) {
    let answer;
    try {
      answer = await globalThis.first.take(command, JSON.stringify(request), signal);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Failure(0, { code: "offline", message: "", span: null, hint: "" });
    }
    const [status, seconds, body] = answer;
    if (status !== 429 || tries >= 4) return [status, body];
    await pause(1000 * seconds, signal);
  }
}

let browser;
export async function ask(command, request, signal) {
  if (engine === "browser") browser ??= await import("./engine.js");
  const [status, body] = await (browser ? browser.ask(command, request, signal) : overHttp(command, request, signal));
  if (signal?.aborted) throw new DOMException("", "AbortError");
  if (body.error?.seconds) Object.assign(body.error, { message: t(body.error.message, { n: body.error.seconds }), hint: t(body.error.hint) }); // from the worker's keeper
  if (status !== 200) throw new Failure(status, body.error); // a claim that does not fit has an error in its answer
  return body;
}

export async function examples() {
  const response = await fetch("examples.json");
  return (await response.json()).examples;
}

export async function rules() {
  const response = await fetch("rules.json");
  return (await response.json()).rules;
}

export async function prepare(progress) {
  if (engine !== "browser") return false;
  browser ??= await import("./engine.js");
  await browser.start(progress);
  return true;
}
