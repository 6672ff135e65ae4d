// Responses that the gateway keeps itself, with the openai npm client: whatever provider answers,
// they are continued by previous_response_id, read again, listed and deleted, by tenant; and what
// was acknowledged is there after kill -9.
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import OpenAI from 'openai';

import { asked } from './clients/upstream.mjs';
import { CLIENT_KEY, LAB_KEY, startStack, waitFor } from './harness.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

// `kept`: by the gateway. The others' answers are the provider's.
const PROVIDERS = {
  anthropic: { kind: 'anthropic', base: '/v1', model: 'claude-sonnet-5-5', kept: true },
  gemini: { kind: 'gemini', base: '/v1beta', model: 'gemini-3.8-flash', kept: true },
  chat: { kind: 'openai-chat', base: '/v1', model: 'gpt-6-astra', kept: true },
  here: { kind: 'openai-responses', base: '/v1', model: 'gpt-6-astra', kept: true },
  there: { kind: 'openai-responses', base: '/v1', model: 'gpt-6-astra', kept: false },
};
const KEPT = Object.keys(PROVIDERS).filter((name) => PROVIDERS[name].kept);

const TOOLS = [
  ['get_weather', { city: 'string', days: 'integer', units: 'string' }],
  ['get_time', { zone: 'string' }],
].map(([name, properties]) => ({
  type: 'function',
  name,
  strict: false,
  parameters: {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, type]) => [key, { type }]),
    ),
    required: Object.keys(properties),
  },
}));
const RESULTS = { get_weather: 'TEMP-21 in Zürich', get_time: 'CLOCK-13 in Europe/Zurich' };

const config = (labOrigin, folder) => ({
  providers: Object.fromEntries(
    Object.entries(PROVIDERS).map(([name, { kind, base }]) => [
      name,
      {
        kind,
        base_url: `${labOrigin}${base}`,
        api_key: 'env:HEADGATE_E2E_LAB_KEY',
        ...(name === 'here' ? { responses_store: 'headgate' } : {}),
      },
    ]),
  ),
  models: Object.fromEntries(
    Object.entries(PROVIDERS).map(([name, { model }]) => [
      name,
      { provider: name, upstream_model: model },
    ]),
  ),
  routes: {
    // Nothing that is kept here counts as lost on the way.
    strict: { models: ['anthropic', 'gemini', 'chat'], tenants: ['acme'], on_loss: 'warn' },
  },
  auth: {
    keys: [
      { id: 'e2e', secret: 'env:HEADGATE_E2E_CLIENT_KEY', user: 'ute', tenant: 'acme' },
      { id: 'other', secret: 'env:HEADGATE_E2E_LAB_KEY', user: 'olaf', tenant: 'other' },
    ],
  },
  storage: { path: path.join(folder, 'store') },
});

let stack;
let client;
let stranger;

function connect() {
  const options = { baseURL: `${stack.gateway.origin}/v1`, maxRetries: 0, timeout: 30_000 };
  client = new OpenAI({ ...options, apiKey: CLIENT_KEY });
  stranger = new OpenAI({ ...options, apiKey: LAB_KEY });
}

before(async () => {
  stack = await startStack({ script: path.join(HERE, 'responses_lab.yaml'), config });
  connect();
});

after(() => stack?.stop());

/** `response` without what the client adds, and what a stored one has more: all signatures. */
const plain = ({ output_text: _text, _request_id: _id, ...response }) => ({
  ...response,
  output: response.output.map(({ encrypted_content: _signature, ...item }) => item),
});

/** The last event's response of a stream; that there is one is checked. */
async function streamed(body) {
  const events = [];
  for await (const event of await client.responses.create({ ...body, stream: true })) {
    events.push(event);
  }
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, i) => i),
  );
  assert.equal(events.at(-1).type, 'response.completed');
  const text = events
    .filter((event) => event.type === 'response.output_text.delta')
    .map((event) => event.delta)
    .join('');
  return { ...events.at(-1).response, output_text: text };
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

const lastAsked = async () => {
  const { requests } = await (await fetch(`${stack.lab.origin}/lab/requests`)).json();
  return asked(requests.at(-1));
};

async function assertGone(promise, id) {
  const error = await failure(promise);
  assert.ok(error instanceof OpenAI.NotFoundError, `${error}`);
  assert.deepEqual(error.error, {
    message: `Response with id '${id}' not found.`,
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}

async function assertNotContinued(promise, id) {
  const error = await failure(promise);
  assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
  assert.deepEqual(error.error, {
    message: `Previous response with id '${id}' not found.`,
    type: 'invalid_request_error',
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  });
}

const call_output = (response) =>
  response.output
    .filter(({ type }) => type === 'function_call')
    .map(({ call_id, name }) => ({
      type: 'function_call_output',
      call_id,
      output: RESULTS[name],
    }));

async function list(id, query) {
  const items = [];
  for await (const item of client.responses.inputItems.list(id, query)) items.push(item);
  return items;
}
const textOf = (item) => item.content?.map((part) => part.text).join('') ?? item.type;

for (const model of KEPT) {
  describe(`over ${model}`, () => {
    test('an answer is read again as it was given', async () => {
      for (const create of [(body) => client.responses.create(body), streamed]) {
        const made = await create({
          model,
          input: 'hello',
          instructions: 'be brief',
          metadata: { a: 'b' },
        });
        assert.match(made.id, /^resp_[0-9a-f]{48}$/);
        assert.equal(made.output_text, 'You said: hello');
        assert.equal(made.store, true);
        const read = await client.responses.retrieve(made.id);
        assert.deepEqual(plain(read), plain(made));
      }
    });

    test('three turns, one of them streamed', async () => {
      const first = await client.responses.create({ model, input: 'my name is Ada' });
      const second = await streamed({
        model,
        previous_response_id: first.id,
        input: 'I live in London',
        instructions: 'be brief',
      });
      assert.equal(second.previous_response_id, first.id);
      const third = await client.responses.create({
        model,
        previous_response_id: second.id,
        input: [{ role: 'user', content: 'who am I?' }],
      });
      assert.equal(third.output_text, 'my name is Ada, I live in London');
      assert.deepEqual((await lastAsked()).system, [], 'instructions do not carry over');
      const other = await client.responses.create({
        model,
        previous_response_id: first.id,
        input: 'who am I?',
      });
      assert.equal(other.output_text, 'my name is Ada', 'a conversation may branch');
    });

    test('a turn with calls goes on with their results alone', async () => {
      for (const create of [(body) => client.responses.create(body), streamed]) {
        const first = await create({ model, tools: TOOLS, input: 'weather and time please' });
        assert.equal(call_output(first).length, 2);
        const second = await create({
          model,
          tools: TOOLS,
          previous_response_id: first.id,
          input: call_output(first),
        });
        assert.equal(second.output_text, 'TEMP-21 at CLOCK-13');
        const { results } = await lastAsked();
        assert.deepEqual(results, Object.entries(RESULTS));
      }
    });

    test('what went into a response, page by page', async () => {
      const first = await client.responses.create({ model, input: 'one' });
      const second = await client.responses.create({
        model,
        previous_response_id: first.id,
        input: [
          { role: 'user', content: 'two' },
          { role: 'user', content: 'three' },
        ],
      });
      const all = ['one', 'You said: one', 'two', 'three'];
      for (const limit of [1, 2, 3, 100]) {
        const up = await list(second.id, { order: 'asc', limit });
        assert.deepEqual(up.map(textOf), all);
        const down = await list(second.id, { limit });
        assert.deepEqual(down.map(textOf), [...all].reverse());
        assert.equal(new Set(up.map(({ id }) => id)).size, all.length);
      }
      assert.deepEqual((await list(first.id, {})).map(textOf), ['one']);
      for (const query of [{ limit: 0 }, { limit: 101 }, { order: 'up' }, { after: 'msg_x' }]) {
        const error = await failure(client.responses.inputItems.list(first.id, query));
        assert.equal(error.status, 400);
        assert.equal(error.param, Object.keys(query)[0]);
      }
    });

    test('deleted is gone, also for what went on from it', async () => {
      const first = await client.responses.create({ model, input: 'my name is Ada' });
      const second = await client.responses.create({
        model,
        previous_response_id: first.id,
        input: 'I live in London',
      });
      await client.responses.delete(first.id);
      await assertGone(client.responses.retrieve(first.id), first.id);
      await assertGone(client.responses.delete(first.id), first.id);
      await assertGone(client.responses.inputItems.list(first.id), first.id);
      const go_on = (id) =>
        client.responses.create({ model, previous_response_id: id, input: 'who am I?' });
      await assertNotContinued(go_on(first.id), first.id);
      await assertNotContinued(go_on(second.id), first.id);
      assert.equal((await client.responses.retrieve(second.id)).id, second.id);
    });

    test("another tenant's responses are not there", async () => {
      const { id } = await client.responses.create({ model, input: 'secret' });
      await assertGone(stranger.responses.retrieve(id), id);
      await assertGone(stranger.responses.inputItems.list(id), id);
      await assertGone(stranger.responses.delete(id), id);
      const stolen = stranger.responses.create({ model, previous_response_id: id, input: 'x' });
      await assertNotContinued(stolen, id);
      assert.equal((await client.responses.retrieve(id)).id, id);
    });

    test('an unknown previous_response_id is an error, streamed or not', async () => {
      for (const stream of [false, true]) {
        const body = { model, previous_response_id: 'resp_x', input: 'x', stream };
        await assertNotContinued(client.responses.create(body), 'resp_x');
      }
    });

    test('store: false is not stored', async () => {
      for (const create of [(body) => client.responses.create(body), streamed]) {
        const { id, store } = await create({ model, store: false, input: 'hello' });
        assert.equal(store, false);
        await assertGone(client.responses.retrieve(id), id);
      }
    });

    test('tokens are counted over the whole conversation', async () => {
      const first = await client.responses.create({ model, input: 'my name is Ada '.repeat(20) });
      const count = async (more) =>
        (await client.responses.inputTokens.count({ model, input: 'x', ...more })).input_tokens;
      if (model === 'chat') return; // chat completions have no such endpoint
      const alone = await count({});
      const whole = await count({ previous_response_id: first.id });
      assert.ok(whole > alone + 50, `${whole} of a conversation, ${alone} alone`);
    });
  });
}

describe('a provider that keeps its responses itself', () => {
  test('goes on from its own ids; the gateway knows none of them', async () => {
    const first = await client.responses.create({ model: 'there', input: 'my name is Ada' });
    const second = await client.responses.create({
      model: 'there',
      previous_response_id: first.id,
      input: 'who am I?',
    });
    assert.equal(second.output_text, 'my name is Ada');
    await assertGone(client.responses.retrieve(first.id), first.id);
    const unknown = { model: 'there', previous_response_id: 'resp_x', input: 'x' };
    await assertNotContinued(client.responses.create(unknown), 'resp_x');
  });

  test('goes on from what another provider began', async () => {
    const first = await client.responses.create({ model: 'gemini', input: 'my name is Ada' });
    const second = await client.responses.create({
      model: 'there',
      previous_response_id: first.id,
      input: 'I live in London',
    });
    const third = await streamed({
      model: 'there',
      previous_response_id: second.id,
      input: 'who am I?',
    });
    assert.equal(third.output_text, 'my name is Ada, I live in London');
  });
});

test('a conversation goes from one provider to the next', async () => {
  let previous_response_id;
  const inputs = ['my name is Ada', 'hello', 'I live in London', 'who am I?'];
  for (const [i, model] of KEPT.entries()) {
    const response = await client.responses.create({
      model,
      previous_response_id,
      input: inputs[i],
    });
    previous_response_id = response.id;
    if (i === 3) assert.equal(response.output_text, 'my name is Ada, I live in London');
  }
});

test('what was acknowledged is there after kill -9, signatures included', async () => {
  const thinking = { reasoning: { effort: 'low' }, tools: TOOLS };
  const before = {};
  for (const model of KEPT) {
    const body = { model, ...thinking, input: 'weather and time please' };
    before[model] = [await client.responses.create(body), await streamed(body)];
  }
  const last = await streamed({ model: 'anthropic', input: 'my name is Ada' });
  await stack.gateway.kill();
  await stack.restart();
  connect();
  assert.deepEqual(plain(await client.responses.retrieve(last.id)), plain(last));
  for (const model of KEPT) {
    for (const response of before[model]) {
      assert.deepEqual(plain(await client.responses.retrieve(response.id)), plain(response));
      const next = await client.responses.create({
        model,
        ...thinking,
        previous_response_id: response.id,
        input: call_output(response),
      });
      assert.equal(next.output_text, 'TEMP-21 at CLOCK-13');
      const { signatures } = await lastAsked();
      if (model !== 'chat') assert.ok(signatures > 0, `${model} got its signatures back`);
    }
  }
});

describe('when the database cannot be written', () => {
  // Held longer than the gateway waits for it.
  async function locked(run) {
    const database = new DatabaseSync(path.join(stack.folder, 'store', 'headgate.db'));
    database.exec('BEGIN IMMEDIATE');
    try {
      return await run();
    } finally {
      database.exec('ROLLBACK');
      database.close();
    }
  }

  test('a whole answer is an error, and nobody is told to repeat it', async () => {
    await locked(async () => {
      const error = await failure(client.responses.create({ model: 'gemini', input: 'x' }));
      assert.equal(error.status, 500);
      assert.equal(error.code, 'storage_failed');
      assert.match(error.message, /could not be stored/);
      assert.equal(error.headers.get('x-should-retry'), 'false');
    });
  });

  test('a stream ends in an error, not in response.completed', async () => {
    await locked(async () => {
      const types = [];
      const error = await failure(
        (async () => {
          const body = { model: 'anthropic', input: 'count slowly', stream: true };
          for await (const event of await client.responses.create(body)) types.push(event.type);
        })(),
      );
      assert.match(error.message, /could not be stored/);
      assert.ok(types.includes('response.output_text.delta'));
      assert.ok(!types.includes('response.completed'), types.join());
    });
  });

  test('store: false does not need it', async () => {
    await locked(async () => {
      const body = { model: 'anthropic', input: 'hello', store: false };
      assert.equal((await client.responses.create(body)).output_text, 'You said: hello');
    });
  });

  test('a caller who goes away meanwhile harms nobody', async () => {
    const controllers = await locked(async () => {
      const { requests } = await (await fetch(`${stack.lab.origin}/lab/stats`)).json();
      const started = Array.from({ length: 8 }, (_, i) => {
        const controller = new AbortController();
        const body = { model: KEPT[i % 3], input: `bye ${i}`, stream: i % 2 === 1 };
        const { signal } = controller;
        // Of a stream pieces may have come, its end has not.
        const types = [];
        const whole = async () => {
          const got = await client.responses.create(body, { signal });
          if (body.stream) for await (const event of got) types.push(event.type);
          else types.push('response.completed');
        };
        return { controller, types, ended: whole().catch(() => {}) };
      });
      await waitFor('the provider answered', async () => {
        const stats = await (await fetch(`${stack.lab.origin}/lab/stats`)).json();
        return stats.requests >= requests + started.length;
      });
      for (const { controller } of started) controller.abort();
      for (const { ended } of started) await ended;
      assert.ok(started.every(({ types }) => !types.includes('response.completed')));
      return started;
    });
    assert.equal(controllers.length, 8);
    const { id } = await client.responses.create({ model: 'gemini', input: 'still here' });
    assert.equal((await client.responses.retrieve(id)).id, id);
  });
});
