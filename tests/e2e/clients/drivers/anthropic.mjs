// The Anthropic SDK, in both majors: 1.x speaks API version 2026-10-21 with a bearer token, 0.x
// speaks 2023-06-01 with x-api-key.
import { PNG, TOOLS, Ticket, facts, runTool, stopOf, tokens } from '../scenes.mjs';

const STOPS = { end_turn: 'stop', max_tokens: 'length', tool_use: 'tool_calls' };
const TOKENS_MAX = 4096;

const tools = TOOLS.map(({ name, description, schema }) => ({
  name,
  description,
  input_schema: schema,
}));

export function usageOf(usage) {
  const { cache_read_input_tokens: read = 0, cache_creation_input_tokens: written = 0 } = usage;
  const thinking = usage.output_tokens_details?.thinking_tokens;
  return tokens(usage.input_tokens + read + written, usage.output_tokens, read, thinking);
}

const ofType = (message, type) => message.content.filter((block) => block.type === type);

function factsOf(message, pieces) {
  return facts({
    text: ofType(message, 'text')
      .map((block) => block.text)
      .join(''),
    reasoning: ofType(message, 'thinking')
      .map((block) => block.thinking)
      .join(''),
    calls: ofType(message, 'tool_use').map(({ name, input }) => ({ name, arguments: input })),
    stop: stopOf(STOPS, message.stop_reason),
    usage: usageOf(message.usage),
    pieces,
  });
}

/** `sdk` and its `zodOutputFormat` are those of one major; `thinking` as its users ask for it. */
export function connect({ origin, key, model, sdk: Anthropic, zodOutputFormat, thinking }) {
  const client = new Anthropic({ baseURL: origin, apiKey: key, maxRetries: 0 });
  const body = (ask) => ({
    model,
    max_tokens: ask.limit ?? TOKENS_MAX,
    ...(ask.system ? { system: ask.system } : {}),
    messages: ask.messages ?? [{ role: 'user', content: ask.content ?? ask.text }],
    ...(ask.tools ? { tools } : {}),
    ...(ask.think ? { thinking } : {}),
  });

  async function complete(ask, signal) {
    if (!ask.stream) return { message: await client.messages.create(body(ask), { signal }) };
    let pieces = 0;
    const stream = client.messages.stream(body(ask), { signal });
    stream.on('text', () => {
      if (++pieces === 3) ask.started?.();
    });
    return { message: await stream.finalMessage(), pieces };
  }

  async function answer(ask, signal) {
    const { message, pieces } = await complete(ask, signal);
    return factsOf(message, pieces);
  }

  return {
    answer,
    image: ({ text, ...ask }) =>
      answer({
        ...ask,
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          { type: 'text', text },
        ],
      }),

    async tools(ask) {
      const first = await complete({ ...ask, tools: true });
      const results = ofType(first.message, 'tool_use').map(({ id, name, input }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: runTool(name, input),
      }));
      const messages = [
        { role: 'user', content: ask.text },
        { role: 'assistant', content: first.message.content },
        { role: 'user', content: results },
      ];
      const second = await complete({ ...ask, tools: true, messages });
      return [first, second].map(({ message, pieces }) => factsOf(message, pieces));
    },

    async structured(ask) {
      const request = { ...body(ask), output_config: { format: zodOutputFormat(Ticket) } };
      const message = ask.stream
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.parse(request);
      return message.parsed_output;
    },
  };
}
