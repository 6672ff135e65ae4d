// The newest openai npm client against the gateway and against the provider itself: what it makes
// of the one it must make of the other.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { Pair, chat, collect, textOf, thrown } from './client.mjs';
import { BODY_BYTES_MAX, MODELS, labStats, waitFor } from './harness.mjs';

let pair;

before(async () => {
  pair = await Pair.start();
});

after(() => pair?.stack.stop());

const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  function: {
    name,
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string' },
        days: { type: 'integer' },
        units: { type: 'string' },
        zone: { type: 'string' },
      },
    },
  },
}));

describe('answers', () => {
  test('a completion', async () => {
    const got = await pair.same((client) =>
      client.chat.completions.create(chat('Hello, grüezi 👋')),
    );
    assert.equal(got.choices[0].message.content, 'You said: Hello, grüezi 👋');
    assert.equal(got.choices[0].finish_reason, 'stop');
    assert.equal(got.usage.total_tokens, got.usage.prompt_tokens + got.usage.completion_tokens);
  });

  test('several choices, a refusal, a length stop, cached and reasoning tokens', async () => {
    const two = await pair.same((client) => client.chat.completions.create(chat('two', { n: 2 })));
    assert.equal(two.choices.length, 2);
    const refused = await pair.same((c) => c.chat.completions.create(chat('something forbidden')));
    assert.equal(refused.choices[0].message.refusal, "I can't help with that.");
    const cut = await pair.same((c) => c.chat.completions.create(chat('a long story')));
    assert.equal(cut.choices[0].finish_reason, 'length');
    assert.equal(cut.usage.completion_tokens_details.reasoning_tokens, 32);
    const cached = await pair.same((c) => c.chat.completions.create(chat('cached prompt')));
    assert.equal(cached.usage.prompt_tokens_details.cached_tokens, 4);
  });

  test("the raw response: status, type and the gateway's own headers", async () => {
    const {
      response,
      data,
      request_id: requestId,
    } = await pair.gateway.chat.completions.create(chat('headers')).withResponse();
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type'), /^application\/json/);
    assert.ok(requestId, 'x-request-id');
    assert.equal(data._request_id, requestId);
    assert.match(response.headers.get('x-headgate-trace-id'), /^[0-9a-f]{32}$/);
    assert.match(response.headers.get('x-headgate-cost-usd'), /^0\.\d+$/);
  });

  test('a stream, chunk by chunk', async () => {
    const got = await pair.same(async (client) =>
      collect(
        await client.chat.completions.create(chat('Stream ünïcödé ☕ to me', { stream: true })),
      ),
    );
    assert.equal(textOf(got), 'You said: Stream ünïcödé ☕ to me');
    assert.equal(got.filter((each) => each.choices[0]?.finish_reason).length, 1);
  });

  test('the stream helper and its events', async () => {
    const got = await pair.same(async (client) => {
      const events = [];
      const stream = client.chat.completions.stream(chat('help me stream'));
      for (const name of ['connect', 'content.delta', 'content.done', 'end']) {
        stream.on(name, (event) => events.push([name, event]));
      }
      const final = await stream.finalChatCompletion();
      return { events, final, content: await stream.finalContent() };
    });
    assert.equal(got.content, 'You said: help me stream');
    assert.equal(got.final.choices[0].finish_reason, 'stop');
    assert.ok(got.events.length > 3);
  });

  test('parallel tool calls, whole and in fragments', async () => {
    const ask = chat('weather and time please', { tools: TOOLS });
    const whole = await pair.same((client) => client.chat.completions.create(ask));
    assert.equal(whole.choices[0].finish_reason, 'tool_calls');
    const chunks = await pair.same(async (client) =>
      collect(client.chat.completions.create({ ...ask, stream: true })),
    );
    const fragments = chunks.flatMap((each) => each.choices[0]?.delta?.tool_calls ?? []);
    assert.ok(
      fragments.filter((each) => each.index === 0).length > 2,
      'arguments come in fragments',
    );
    const final = await pair.same((client) =>
      client.chat.completions.stream(ask).finalChatCompletion(),
    );
    const calls = final.choices[0].message.tool_calls;
    assert.deepEqual(
      calls.map((call) => call.function.name),
      ['get_weather', 'get_time'],
    );
    assert.equal(JSON.parse(calls[0].function.arguments).city, 'Zürich "Altstadt" 🌧');
    assert.equal(JSON.parse(calls[1].function.arguments).zone, 'Europe/Zurich');
  });

  test('a tool loop run by the client', async () => {
    const got = await pair.same(async (client) => {
      const seen = [];
      const note = (name) => async (args) => {
        seen.push([name, args]);
        return `${name} done`;
      };
      const runner = client.chat.completions.runTools(
        {
          ...chat('weather and time please'),
          tools: [
            zodFunction({
              name: 'get_weather',
              function: note('get_weather'),
              parameters: z.object({ city: z.string(), days: z.number(), units: z.string() }),
            }),
            zodFunction({
              name: 'get_time',
              function: note('get_time'),
              parameters: z.object({ zone: z.string() }),
            }),
          ],
        },
        { maxChatCompletions: 1 },
      );
      await runner.done().catch(() => {});
      return { seen, messages: runner.messages };
    });
    assert.deepEqual(
      got.seen.map(([name]) => name),
      ['get_weather', 'get_time'],
    );
  });

  test('a JSON-schema response through the parse helper, whole and streamed', async () => {
    const Ticket = z.object({
      category: z.enum(['billing', 'technical']),
      urgency: z.number(),
      tags: z.array(z.string()),
      note: z.string(),
    });
    const ask = chat('classify this ticket', {
      response_format: zodResponseFormat(Ticket, 'ticket'),
    });
    const whole = await pair.same((client) => client.chat.completions.parse(ask));
    const expected = {
      category: 'billing',
      urgency: 4,
      tags: ['refund', 'doppelt "belastet"'],
      note: 'naïve ☕ 退款',
    };
    assert.deepEqual(whole.choices[0].message.parsed, expected);
    const streamed = await pair.same((client) =>
      client.chat.completions.stream(ask).finalChatCompletion(),
    );
    assert.deepEqual(streamed.choices[0].message.parsed, expected);
  });
});

describe('usage', () => {
  test('asked for: one last chunk with it, all others null', async () => {
    const got = await pair.same(async (client) =>
      collect(
        await client.chat.completions.create(
          chat('count my tokens', { stream: true, stream_options: { include_usage: true } }),
        ),
      ),
    );
    assert.deepEqual(got.at(-1).choices, []);
    assert.ok(got.at(-1).usage.total_tokens > 0);
    assert.ok(got.slice(0, -1).every((each) => each.usage === null));
  });

  test('not asked for: the client sees none, the trace has it', async () => {
    for (const more of [{}, { stream_options: { include_usage: false } }, { stream_options: {} }]) {
      const ask = chat('how many tokens', { stream: true, ...more });
      const got = await pair.same((client) => collect(client.chat.completions.create(ask)));
      assert.ok(
        got.every((each) => each.choices.length === 1),
        'no chunk without a choice',
      );
      assert.ok(
        got.every((each) => !each.usage),
        'no usage',
      );

      const { data, response } = await pair.gateway.chat.completions.create(ask).withResponse();
      await collect(data);
      const { spans } = await pair.trace(response.headers.get('x-headgate-trace-id'));
      const asked = { ...ask, stream_options: { include_usage: true } };
      const { usage } = (await collect(pair.lab.chat.completions.create(asked))).at(-1);
      assert.equal(spans[0].usage.input, usage.prompt_tokens);
      assert.equal(spans[0].usage.output, usage.completion_tokens);
    }
  });
});

describe('models', () => {
  test('the list', async () => {
    const page = await pair.gateway.models.list();
    const names = [];
    for await (const model of page) {
      assert.equal(model.object, 'model');
      assert.equal(typeof model.created, 'number');
      assert.equal(typeof model.owned_by, 'string');
      names.push(model.id);
    }
    assert.deepEqual(names.sort(), [...MODELS].sort());
  });

  test('one, and one that is not there', async () => {
    const model = await pair.gateway.models.retrieve('lab-plain');
    assert.equal(model.id, 'lab-plain');
    assert.equal(model.object, 'model');
    const { error } = await thrown(pair.gateway.models.retrieve('no-such-model'));
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
  });
});

describe('errors', () => {
  test('401: the class, code and message a caller knows', async () => {
    for (const client of [pair.lab, pair.gateway]) {
      const wrong = client.withOptions({ apiKey: 'sk-wrong-key-000000000000000000' });
      const { error } = await thrown(wrong.chat.completions.create(chat('x')));
      assert.ok(error instanceof OpenAI.AuthenticationError, error.constructor.name);
      assert.equal(error.status, 401);
      assert.equal(error.code, 'invalid_api_key');
      assert.equal(error.type, 'invalid_request_error');
      assert.ok(error.message.length > 10);
      assert.ok(
        !error.message.includes('sk-wrong-key-000000000000000000'),
        'the key is not repeated',
      );
    }
    const { error } = await thrown(pair.gateway.withOptions({ apiKey: 'wrong' }).models.list());
    assert.ok(error instanceof OpenAI.AuthenticationError);
  });

  test("a provider's 401 is not the caller's 401", async () => {
    const { error } = await thrown(pair.gateway.chat.completions.create(chat('fault:401')));
    assert.notEqual(error.status, 401, "the caller's key was fine; the gateway's was not");
    assert.ok(error.status >= 500);
  });

  for (const stream of [false, true]) {
    test(`429 with its Retry-After, stream: ${stream}`, async () => {
      const got = await pair.same(async (client) => {
        const { error, seen } = await thrown(
          client.chat.completions.create(chat('fault:429', { stream })),
        );
        assert.ok(error instanceof OpenAI.RateLimitError);
        return {
          seen,
          body: error.error,
          retryAfter: error.headers.get('retry-after'),
          shouldRetry: error.headers.get('x-should-retry'),
        };
      });
      assert.equal(got.retryAfter, '7');
      assert.equal(got.seen.code, 'rate_limit_exceeded');
    });

    test(`400 of the provider, stream: ${stream}`, async () => {
      const got = await pair.same(async (client) => {
        const { error, seen } = await thrown(
          client.chat.completions.create(chat('fault:400', { stream })),
        );
        assert.ok(error instanceof OpenAI.BadRequestError);
        return { seen, body: error.error };
      });
      assert.equal(got.seen.param, 'reasoning_effort');
      assert.equal(got.seen.code, 'invalid_value');
    });
  }

  test('what the provider refuses by itself reads the same through the gateway', async () => {
    const got = await pair.same(
      async (client) =>
        (await thrown(client.chat.completions.create(chat('x', { temperature: 99 })))).seen,
    );
    assert.equal(got.status, 400);
  });

  test('413: a body over the limit says so, rather than break the connection', async () => {
    const ask = chat('x'.repeat(2 * BODY_BYTES_MAX));
    const { error } = await thrown(pair.gateway.chat.completions.create(ask));
    assert.equal(error.status, 413, error.cause?.cause?.code);
    assert.equal(error.code, 'payload_too_large');
    assert.equal(error.headers.get('x-should-retry'), 'false');
  });

  test('404: a model nobody configured', async () => {
    for (const stream of [false, true]) {
      const { error } = await thrown(
        pair.gateway.chat.completions.create(chat('x', { model: 'no-such-model', stream })),
      );
      assert.ok(error instanceof OpenAI.NotFoundError);
      assert.equal(error.code, 'model_not_found');
      assert.match(error.message, /no-such-model/);
    }
  });

  test('an error event within a stream', async () => {
    const got = await pair.same(async (client) => {
      const stream = await client.chat.completions.create(
        chat('fault:error-event', { model: 'lab-slow', stream: true }),
      );
      const { error, seen } = await thrown(collect(stream));
      assert.ok(error instanceof OpenAI.APIError);
      return seen;
    });
    assert.equal(got.name, 'APIError');
  });

  test('a stream that breaks off is an error to the client', async () => {
    for (const fault of ['cut', 'mid-reset', 'malformed', 'no-finish-reason']) {
      const ask = chat(`fault:${fault} one two three four five six seven`, { stream: true });
      const { error } = await thrown(collect(pair.gateway.chat.completions.create(ask)));
      assert.ok(error instanceof OpenAI.APIError, fault);
      assert.match(error.code, /^upstream_/, `${fault}: ${error.message}`);
    }
  });
});

describe('ends and crowds', () => {
  const disconnects = async () => (await labStats(pair.stack.lab)).client_disconnects;
  const requests = async () => (await labStats(pair.stack.lab)).requests;

  test("abort in mid-stream ends the provider's work too", async () => {
    const before = await disconnects();
    const stream = await pair.gateway.chat.completions.create(
      chat('count slowly', { model: 'lab-slow', stream: true }),
    );
    let seen = 0;
    for await (const chunk of stream) {
      assert.ok(chunk.choices.length);
      if (++seen === 3) break; // leaving the loop aborts the request
    }
    await waitFor('the upstream call ended', async () => (await disconnects()) > before, 1500);
  });

  test('abort by signal while nothing has come yet', async () => {
    for (const stream of [false, true]) {
      const [goneBefore, before] = [await disconnects(), await requests()];
      const controller = new AbortController();
      const pending = pair.gateway.chat.completions.create(chat('fault:hang', { stream }), {
        signal: controller.signal,
      });
      const ended = assert.rejects(pending, OpenAI.APIUserAbortError);
      await waitFor('the request at the provider', async () => (await requests()) > before);
      controller.abort();
      await ended;
      await waitFor(
        'the upstream call ended',
        async () => (await disconnects()) > goneBefore,
        1500,
      );
    }
  });

  test('500 tickets of all the scripts there are come back as they went', async () => {
    const words = [
      ...'Zürich Ærøskøbing الرياض 東京 กรุงเทพ Київ דוא״ל 👩‍👩‍👧‍👦 𝔘𝔫𝔦 e\u0301 \u202Ertl'.split(' '),
      ...['"quoted"', 'back\\slash', '</script>', '\t', '\u2028', '\uFEFF', 'nul\u0000', '\n'],
    ];
    const word = (i, k) => words[(i * 7 + k * ((i % 5) + 1)) % words.length];
    const ticket = (i) => `${Array.from({ length: 12 }, (_, k) => word(i, k)).join(' ')} ORD-${i}`;
    let next = 0;
    const worker = async () => {
      for (let i = next++; i < 500; i = next++) {
        const ask = (more) => pair.gateway.chat.completions.create(chat(ticket(i), more));
        const text =
          i % 2 === 1
            ? textOf(await collect(ask({ stream: true })))
            : (await ask()).choices[0].message.content;
        assert.equal(text, `You said: ${ticket(i)}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  });

  test('50 streams at once, each its own', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => `stream number ${i} `.repeat(20) + 'end');
    const ask = (text) =>
      collect(
        pair.gateway.chat.completions.create(chat(text, { model: 'lab-slow', stream: true })),
      );
    const answers = await Promise.all(texts.map(ask));
    assert.deepEqual(
      answers.map(textOf),
      texts.map((text) => `You said: ${text}`),
    );
  });
});
