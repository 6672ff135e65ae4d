// OpenTelemetry's own SDK in front of the gateway and its own protobuf decoder behind it: one
// trace, whoever looks at it.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';

import { command, startStack, waitFor } from '../harness.mjs';
import { Agent } from './agent.mjs';
import { startReceiver } from './receiver.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const QUICK = { content: true, batch_delay_ms: 20 };

// Each exporter of the gateway: a profile and an encoding.
const EXPORTERS = {
  old: { profile: 'otel-1.41', protocol: 'http/protobuf' },
  latest: { profile: 'otel-genai-latest', protocol: 'http/json', gzip: false },
  compat: { profile: 'compat', protocol: 'http/protobuf' },
};

const config = (receivers) => (labOrigin, folder) => ({
  providers: {
    lab: {
      kind: 'openai',
      base_url: `${labOrigin}/v1`,
      api_key: 'env:HEADGATE_E2E_LAB_KEY',
    },
  },
  models: { 'lab-plain': { provider: 'lab', upstream_model: 'lab-plain' } },
  auth: { keys: [{ id: 'e2e', secret: 'env:HEADGATE_E2E_CLIENT_KEY', tenant: 'acme' }] },
  storage: { path: path.join(folder, 'store') },
  cost: { price_book: path.join(HERE, '../prices.yaml') },
  telemetry: {
    otlp: {
      exporters: Object.fromEntries(
        Object.entries(EXPORTERS).map(([name, exporter]) => [
          name,
          { endpoint: receivers[name].origin, ...QUICK, ...exporter },
        ]),
      ),
    },
  },
});

// What leaves, by kind of span and profile: exactly these keys. 1.41 first, the others by what they
// have beside.
const EVERY = ['headgate.kind', 'headgate.key_id', 'headgate.request_id', 'headgate.tenant'];
const IN_SCOPE = ['otel.scope.name', 'otel.scope.version', 'user.id', 'session.id'];
const OLD = {
  request: [...EVERY, 'headgate.route', 'headgate.model', 'http.response.status_code'],
  attempt: [
    ...EVERY,
    'gen_ai.operation.name',
    'gen_ai.provider.name',
    'gen_ai.request.model',
    'gen_ai.response.model',
    'gen_ai.response.id',
    'gen_ai.response.finish_reasons',
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.output_tokens',
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'headgate.attempt',
    'headgate.cost.picodollars',
    'headgate.route',
    'http.response.status_code',
  ],
  agent: [
    ...EVERY,
    ...IN_SCOPE,
    'gen_ai.operation.name',
    'gen_ai.agent.name',
    'gen_ai.conversation.id',
    'retries',
  ],
  llm: [
    ...EVERY,
    ...IN_SCOPE,
    'gen_ai.operation.name',
    'gen_ai.provider.name',
    'gen_ai.request.model',
    'gen_ai.response.id',
    'gen_ai.conversation.id',
    'headgate.cost.source',
    'headgate.usage.told',
  ],
  tool: [
    ...EVERY,
    ...IN_SCOPE,
    'gen_ai.operation.name',
    'gen_ai.tool.name',
    'gen_ai.tool.call.arguments',
    'error.type',
  ],
};
const COMPAT_CALL = ['llm.model_name', 'llm.provider', 'langfuse.observation.model.name'];
const COMPAT_EVERY = ['openinference.span.kind', 'langfuse.observation.type'];
const COMPAT_USER = ['langfuse.user.id', 'langfuse.session.id'];
const COMPAT_IO = ['input.value', 'input.mime_type', 'output.value', 'output.mime_type'];
const COMPAT = {
  request: [...OLD.request, ...COMPAT_EVERY, ...COMPAT_IO],
  attempt: [
    ...OLD.attempt,
    ...COMPAT_EVERY,
    ...COMPAT_IO,
    ...COMPAT_CALL,
    'llm.token_count.prompt',
    'llm.token_count.completion',
    'llm.token_count.total',
    'langfuse.observation.usage_details',
    'llm.cost.total',
    'langfuse.observation.cost_details',
  ],
  agent: [...OLD.agent, ...COMPAT_EVERY, ...COMPAT_USER, 'agent.name'],
  llm: [...OLD.llm, ...COMPAT_EVERY, ...COMPAT_USER, ...COMPAT_CALL],
  tool: [
    ...OLD.tool,
    ...COMPAT_EVERY,
    ...COMPAT_USER,
    'tool.name',
    'input.value',
    'input.mime_type',
    'langfuse.observation.level',
    'langfuse.observation.status_message',
  ],
};
const ATTRIBUTES = { old: OLD, latest: OLD, compat: COMPAT };

let stack;
let receivers;

before(async () => {
  const names = Object.keys(EXPORTERS);
  const started = await Promise.all(names.map(() => startReceiver()));
  receivers = Object.fromEntries(names.map((name, i) => [name, started[i]]));
  stack = await startStack({ config: config(receivers) });
});

after(async () => {
  await stack?.stop();
  await Promise.all(Object.values(receivers).map((each) => each.stop()));
});

const byKind = (spans) =>
  Object.fromEntries(spans.map((span) => [span.attributes['headgate.kind'], span]));

/** All five spans of a trace, as a receiver has them. */
async function received(receiver, traceId) {
  const found = () => receiver.spans.filter((span) => span.traceId === traceId);
  await waitFor(`spans of ${traceId}`, () => found().length >= 5);
  assert.equal(found().length, 5);
  return byKind(found());
}

/** The stored spans, by kind. */
async function stored(traceId) {
  const show = ['trace', 'show', traceId, '--json', '--config', stack.config];
  return await waitFor(`trace ${traceId}`, async () => {
    const { code, output } = await command(...show);
    if (code !== 0) return null;
    const spans = JSON.parse(output).exchanges.flatMap((each) => each.spans);
    return spans.length === 5 && Object.fromEntries(spans.map((span) => [span.kind, span]));
  });
}

for (const [encoding, Exporter] of Object.entries({ JsonExporter, ProtobufExporter })) {
  describe(`a program that exports with ${encoding}`, () => {
    let ids;

    before(async () => {
      const agent = new Agent(stack.gateway.origin, Exporter);
      ids = await agent.run('Where is order 7?');
      await agent.stop();
    });

    test('its spans and ours are one tree', async () => {
      const spans = await stored(ids.trace);
      assert.equal(spans.agent.span_id, ids.agent);
      assert.equal(spans.llm.parent_id, ids.agent);
      assert.equal(spans.request.parent_id, ids.call);
      assert.equal(spans.attempt.parent_id, spans.request.span_id);
      assert.equal(spans.tool.parent_id, ids.agent);
      assert.equal(spans.tool.error_message, 'no order 7');
      assert.equal(spans.agent.attributes['resource.service.name'], 'support-agent');
    });

    test('the call is counted once', async () => {
      const spans = await stored(ids.trace);
      assert.ok(spans.request.cost_picodollars > 0);
      assert.deepEqual(spans.llm.attributes['headgate.usage.told'], spans.request.usage);
      assert.equal(spans.llm.usage, undefined);
      assert.equal(spans.llm.cost_picodollars, undefined);
      assert.equal(spans.llm.attributes['headgate.cost.source'], 'gateway');
    });

    for (const [name, { profile }] of Object.entries(EXPORTERS)) {
      test(`the same tree leaves as ${profile}`, async () => {
        const spans = await received(receivers[name], ids.trace);
        for (const [kind, keys] of Object.entries(ATTRIBUTES[name])) {
          assert.deepEqual(Object.keys(spans[kind].attributes).sort(), [...keys].sort(), kind);
        }
        assert.equal(spans.agent.spanId, ids.agent);
        assert.equal(spans.llm.parentId, ids.agent);
        assert.equal(spans.request.parentId, ids.call);
        assert.equal(spans.attempt.parentId, spans.request.spanId);
        assert.equal(spans.tool.status, 2);
        assert.equal(spans.tool.attributes['error.type'], 'RangeError');
        assert.equal(spans.tool.events[0].attributes['exception.message'], 'no order 7');
        assert.equal(spans.agent.attributes.retries, 0);
        assert.equal(spans.agent.resource['service.name'], 'support-agent');
        assert.equal(spans.attempt.resource['service.name'], 'headgate');
      });
    }
  });
}
