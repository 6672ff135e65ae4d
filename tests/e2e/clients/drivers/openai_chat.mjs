// openai: chat completions, with its own helpers for streams and structured output.
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';

import { PNG, TOOLS, Ticket, facts, runTool, stopOf, tokens } from '../scenes.mjs';

const STOPS = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'filter',
};

const tools = TOOLS.map(({ name, description, schema }) => ({
  type: 'function',
  function: { name, description, parameters: schema, strict: true },
}));

export function usageOf(usage) {
  return (
    usage &&
    tokens(
      usage.prompt_tokens,
      usage.completion_tokens,
      usage.prompt_tokens_details?.cached_tokens,
      usage.completion_tokens_details?.reasoning_tokens,
    )
  );
}

function factsOf(completion, pieces) {
  const [{ message, finish_reason: stop }] = completion.choices;
  return facts({
    text: message.content ?? '',
    calls: (message.tool_calls ?? []).map(({ function: { name, arguments: text } }) => ({
      name,
      arguments: JSON.parse(text),
    })),
    stop: stopOf(STOPS, stop),
    usage: usageOf(completion.usage),
    pieces,
  });
}

export function connect({ origin, key, model }) {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const body = (ask) => ({
    model,
    messages: ask.messages ?? [
      ...(ask.system ? [{ role: 'developer', content: ask.system }] : []),
      { role: 'user', content: ask.content ?? ask.text },
    ],
    ...(ask.limit ? { max_completion_tokens: ask.limit } : {}),
    ...(ask.tools ? { tools } : {}),
    ...(ask.think ? { reasoning_effort: 'low' } : {}),
  });

  async function complete(ask, signal) {
    if (!ask.stream) {
      const completion = await client.chat.completions.create(body(ask), { signal });
      return { completion };
    }
    let pieces = 0;
    const stream = client.chat.completions.stream(
      { ...body(ask), stream_options: { include_usage: true } },
      { signal },
    );
    stream.on('chunk', () => {
      if (++pieces === 3) ask.started?.();
    });
    return { completion: await stream.finalChatCompletion(), pieces };
  }

  async function answer(ask, signal) {
    const { completion, pieces } = await complete(ask, signal);
    return factsOf(completion, pieces);
  }

  return {
    answer,
    image: ({ text, ...ask }) =>
      answer({
        ...ask,
        content: [
          { type: 'text', text },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
        ],
      }),

    async tools(ask) {
      const first = await complete({ ...ask, tools: true });
      const { message } = first.completion.choices[0];
      const results = message.tool_calls.map(({ id, function: { name, arguments: text } }) => ({
        role: 'tool',
        tool_call_id: id,
        content: runTool(name, JSON.parse(text)),
      }));
      const messages = [{ role: 'user', content: ask.text }, message, ...results];
      const second = await complete({ ...ask, tools: true, messages });
      return [first, second].map(({ completion, pieces }) => factsOf(completion, pieces));
    },

    async structured(ask) {
      const request = { ...body(ask), response_format: zodResponseFormat(Ticket, 'ticket') };
      const completion = ask.stream
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.parse(request);
      return completion.choices[0].message.parsed;
    },
  };
}
