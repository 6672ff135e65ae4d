// What the tests of the openai client share: a lab, a gateway, a client of each, and the comparison
// of what a caller makes of the two. Ids and times are taken out of it, nothing else.
import assert from 'node:assert/strict';

import OpenAI from 'openai';

import { CLIENT_KEY, LAB_KEY, command, startStack, waitFor } from './harness.mjs';

const PER_CALL = new Set(['id', 'created', 'tool_call_id', '_request_id']);

/** `value` as plain data without what differs from call to call; that it is there still counts. */
function settled(value) {
  const text = JSON.stringify(value, (key, each) =>
    PER_CALL.has(key) && each != null ? `<${typeof each}>` : each,
  );
  return text === undefined ? undefined : JSON.parse(text);
}

export class Pair {
  static async start() {
    const pair = new Pair();
    pair.stack = await startStack();
    const { lab, gateway } = pair.stack;
    const options = { maxRetries: 0, timeout: 30_000 };
    pair.lab = new OpenAI({ baseURL: `${lab.origin}/v1`, apiKey: LAB_KEY, ...options });
    pair.gateway = new OpenAI({ baseURL: `${gateway.origin}/v1`, apiKey: CLIENT_KEY, ...options });
    return pair;
  }

  /** Runs `scenario` with both clients and compares what came of it; gives the gateway's. */
  async same(scenario) {
    const expected = settled(await scenario(this.lab));
    const actual = settled(await scenario(this.gateway));
    assert.deepEqual(actual, expected);
    return actual;
  }

  /** The stored trace, once it is there. */
  async trace(id) {
    return await waitFor(`trace ${id}`, async () => {
      const { code, output } = await command(
        'trace',
        'show',
        id,
        '--json',
        '--config',
        this.stack.config,
      );
      return code === 0 ? JSON.parse(output).exchanges[0] : null;
    });
  }
}

/** The client's own error that `promise` ends in, and what a caller sees of it. */
export async function thrown(promise) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof OpenAI.OpenAIError, `not the client's own error: ${error.stack}`);
    const { status, code, type, param, message } = error;
    return { error, seen: { name: error.constructor.name, status, code, type, param, message } };
  }
  return assert.fail('nothing was thrown');
}

export const chat = (text, more = {}) => ({
  model: 'lab-plain',
  messages: [{ role: 'user', content: text }],
  ...more,
});

export async function collect(stream) {
  const chunks = [];
  for await (const chunk of await stream) chunks.push(chunk);
  return chunks;
}

export const textOf = (chunks) =>
  chunks.map((each) => each.choices[0]?.delta?.content ?? '').join('');
