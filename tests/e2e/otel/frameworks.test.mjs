// Programs of two frameworks, as their users would trace them: OpenInference's instrumentation and
// OpenTelemetry's SDK. Their spans and the gateway's are one tree, counted once, and leave as one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { CLIENT_KEY, command, startStack, waitFor } from '../harness.mjs';
import { startReceiver } from './receiver.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

const PROGRAMS = {
  'LangChain': { file: 'langchain.mjs', own: 7 },
  'the Agents SDK, chat': { file: 'openai_agents.mjs', api: 'chat_completions', own: 11 },
  'the Agents SDK, responses': { file: 'openai_agents.mjs', api: 'responses', own: 11 },
};

// What leaves of a span in the convention's own words and ours, by its kind: exactly these keys.
// What a framework says in words of its own goes along beside them.
const KEY = ['headgate.key_id', 'headgate.tenant', 'user.id'];
const OURS = ['headgate.kind', 'headgate.request_id', ...KEY];
const CALL = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.id',
  'gen_ai.response.model',
  'gen_ai.response.finish_reasons',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
];
const TABLE = {
  request: [...OURS, 'headgate.route', 'headgate.model'],
  attempt: [...OURS, ...CALL, 'headgate.attempt', 'headgate.cost.picodollars', 'headgate.route'],
  tool: [
    ...OURS,
    'gen_ai.operation.name',
    'gen_ai.tool.name',
    'gen_ai.tool.call.arguments',
    'gen_ai.tool.call.result',
  ],
};

let stack;
let receiver;

before(async () => {
  receiver = await startReceiver();
  stack = await startStack({
    script: path.join(HERE, 'support.yaml'),
    config: (labOrigin, folder) => ({
      providers: {
        lab: { kind: 'openai', base_url: `${labOrigin}/v1`, api_key: 'env:HEADGATE_E2E_LAB_KEY' },
      },
      models: { 'lab-plain': { provider: 'lab', upstream_model: 'lab-plain' } },
      auth: {
        keys: [{ id: 'e2e', secret: 'env:HEADGATE_E2E_CLIENT_KEY', user: 'ute', tenant: 'acme' }],
      },
      storage: { path: path.join(folder, 'store') },
      cost: { price_book: path.join(HERE, '../prices.yaml') },
      telemetry: {
        otlp: {
          exporters: {
            all: {
              endpoint: receiver.origin,
              profile: 'otel-1.41',
              content: true,
              batch_delay_ms: 20,
            },
          },
        },
      },
    }),
  });
});

after(async () => {
  await stack?.stop();
  await receiver?.stop();
});

/** What a program printed at its end. */
async function run({ file, api = '' }) {
  const child = spawn(process.execPath, [path.join(HERE, file)], {
    env: {
      ...process.env,
      GATEWAY: stack.gateway.origin,
      HEADGATE_E2E_CLIENT_KEY: CLIENT_KEY,
      OPENAI_API: api,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0);
  return JSON.parse(output);
}

const show = (traceId, ...more) =>
  command('trace', 'show', traceId, ...more, '--config', stack.config);

const keysOf = (span) =>
  Object.keys(span.attributes).filter((key) => /^(gen_ai|headgate|user)\./.test(key));

for (const [name, program] of Object.entries(PROGRAMS)) {
  describe(name, () => {
    let told;
    let exchanges;
    let spans;
    const count = program.own + 2 * 2; // two calls, an attempt each

    before(async () => {
      told = await run(program);
      const whole = async () => {
        const { code, output } = await show(told.traceId, '--json');
        if (code !== 0) return null;
        exchanges = JSON.parse(output).exchanges;
        spans = exchanges.flatMap((each) => each.spans);
        return spans.length >= count;
      };
      await waitFor(`${count} spans of ${told.traceId}`, whole);
    });

    test('is answered', () => assert.equal(told.answer, 'Order 7 was delivered on Monday.'));

    test('is one tree with our calls in it', async () => {
      assert.equal(spans.length, count);
      const ids = new Set(spans.map((span) => span.span_id));
      for (const span of spans) {
        assert.ok(span.span_id === told.spanId || ids.has(span.parent_id), span.name);
      }
      const { output } = await show(told.traceId);
      assert.equal(output.match(/^Span /gm).length, 1, output);
      const drawn = output.match(/^(│ +)+├─ LLM call: lab lab-plain, attempt 1$/gm);
      assert.equal(drawn.length, 2, output);
    });

    test('has every call counted once', () => {
      const calls = spans.filter((span) => span.kind === 'request');
      const models = spans.filter((span) => span.kind === 'llm');
      assert.equal(models.length, 2);
      for (const span of models) {
        assert.equal(span.attributes['headgate.cost.source'], 'gateway', span.name);
        assert.equal(span.usage, undefined);
      }
      const cost = (list) => list.reduce((sum, span) => sum + (span.cost_picodollars ?? 0), 0);
      assert.ok(cost(calls) > 0);
      assert.equal(cost(exchanges.map((each) => each.spans[0])), cost(calls));
    });

    test('leaves as the same tree', async () => {
      const found = () => receiver.spans.filter((span) => span.traceId === told.traceId);
      await waitFor('all of it at the collector', () => found().length >= count);
      const parents = (list) => Object.fromEntries(list.sort());
      assert.deepEqual(
        parents(found().map((span) => [span.spanId, span.parentId])),
        parents(spans.map((span) => [span.span_id, span.parent_id ?? ''])),
      );
      // The workflow has the conversation; the agents in it have none of their own.
      const kinds = new Set(found().map((span) => span.attributes['headgate.kind']));
      for (const kind of ['request', 'attempt', 'llm', 'tool']) assert.ok(kinds.has(kind), kind);
      for (const span of found()) {
        const wanted = TABLE[span.attributes['headgate.kind']];
        if (wanted) assert.deepEqual(keysOf(span).sort(), [...wanted].sort(), span.name);
      }
    });
  });
}
