// Keeps the clients on this machine: every call that would leave it is refused and remembered.
// Imported before any client, because some read their environment when they are loaded.
import { AsyncLocalStorage } from 'node:async_hooks';

const TELEMETRY_OFF = {
  AI_SDK_LOG_WARNINGS: 'false',
  DO_NOT_TRACK: '1',
  LANGCHAIN_CALLBACKS_BACKGROUND: 'false',
  LANGCHAIN_TRACING_V2: 'false',
  LANGSMITH_TRACING: 'false',
  OPENAI_AGENTS_DISABLE_TRACING: '1',
  OTEL_SDK_DISABLED: 'true',
};
Object.assign(process.env, TELEMETRY_OFF);
for (const name of Object.keys(process.env)) {
  if (/^(OPENAI|ANTHROPIC|GEMINI|GOOGLE|LANGSMITH|LANGCHAIN)_.*(KEY|TOKEN|URL)$/.test(name)) {
    delete process.env[name];
  }
}
globalThis.AI_SDK_LOG_WARNINGS = false;

/** The addresses that somebody tried to reach beside 127.0.0.1; a test says it is empty. */
export const strays = [];

/** Within `heard.run(list, …)`, the heads of all replies are added to `list`. */
export const heard = new AsyncLocalStorage();

const original = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input);
  if (url.hostname !== '127.0.0.1' && url.protocol !== 'data:') {
    strays.push(url.origin);
    throw new TypeError(`not on this machine: ${url.origin}`);
  }
  const reply = await original(input, init);
  heard.getStore()?.push({ path: url.pathname, status: reply.status, headers: reply.headers });
  return reply;
};
