// openai: responses, stateless: what the model said is sent back as items, reasoning encrypted.
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';

import { PNG, TOOLS, Ticket, facts, runTool, tokens } from '../scenes.mjs';

const tools = TOOLS.map(({ name, description, schema }) => ({
  type: 'function',
  name,
  description,
  parameters: schema,
  strict: true,
}));

export function usageOf(usage) {
  return (
    usage &&
    tokens(
      usage.input_tokens,
      usage.output_tokens,
      usage.input_tokens_details?.cached_tokens,
      usage.output_tokens_details?.reasoning_tokens,
    )
  );
}

function stopOf({ status, incomplete_details: why, output }) {
  if (status === 'incomplete' && why?.reason === 'max_output_tokens') return 'length';
  if (status !== 'completed') return `unknown: ${status} ${JSON.stringify(why)}`;
  return output.some((item) => item.type === 'function_call') ? 'tool_calls' : 'stop';
}

/** The stream helper adds what it parsed; sent back as it is, the provider refuses that. */
const asReceived = (output) =>
  output.map(({ parsed_arguments: _, ...item }) =>
    item.type === 'message'
      ? { ...item, content: item.content.map(({ parsed, ...part }) => part) }
      : item,
  );

const ofType = (response, type) => response.output.filter((item) => item.type === type);

function factsOf(response, pieces) {
  return facts({
    text: response.output_text,
    reasoning: ofType(response, 'reasoning')
      .flatMap((item) => item.summary.map((part) => part.text))
      .join(''),
    calls: ofType(response, 'function_call').map(({ name, arguments: text }) => ({
      name,
      arguments: JSON.parse(text),
    })),
    stop: stopOf(response),
    usage: usageOf(response.usage),
    pieces,
  });
}

export function connect({ origin, key, model }) {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const body = (ask) => ({
    model,
    store: false,
    include: ['reasoning.encrypted_content'],
    ...(ask.system ? { instructions: ask.system } : {}),
    input: ask.input ?? [{ role: 'user', content: ask.content ?? ask.text }],
    ...(ask.limit ? { max_output_tokens: ask.limit } : {}),
    ...(ask.tools ? { tools } : {}),
    ...(ask.think ? { reasoning: { effort: 'low', summary: 'auto' } } : {}),
  });

  async function complete(ask, signal) {
    if (!ask.stream) return { response: await client.responses.create(body(ask), { signal }) };
    let pieces = 0;
    const stream = client.responses.stream(body(ask), { signal });
    stream.on('response.output_text.delta', () => {
      if (++pieces === 3) ask.started?.();
    });
    return { response: await stream.finalResponse(), pieces };
  }

  async function answer(ask, signal) {
    const { response, pieces } = await complete(ask, signal);
    // The client throws nothing for this; a caller has to look.
    if (response.status === 'failed') throw new OpenAI.OpenAIError(response.error.message);
    return factsOf(response, pieces);
  }

  return {
    answer,
    image: ({ text, ...ask }) =>
      answer({
        ...ask,
        content: [
          { type: 'input_text', text },
          { type: 'input_image', image_url: `data:image/png;base64,${PNG}`, detail: 'auto' },
        ],
      }),

    async tools(ask) {
      const first = await complete({ ...ask, tools: true });
      const results = ofType(first.response, 'function_call').map((call) => ({
        type: 'function_call_output',
        call_id: call.call_id,
        output: runTool(call.name, JSON.parse(call.arguments)),
      }));
      const input = [
        { role: 'user', content: ask.text },
        ...asReceived(first.response.output),
        ...results,
      ];
      const second = await complete({ ...ask, tools: true, input });
      return [first, second].map(({ response, pieces }) => factsOf(response, pieces));
    },

    async structured(ask) {
      const request = { ...body(ask), text: { format: zodTextFormat(Ticket, 'ticket') } };
      const response = ask.stream
        ? await client.responses.stream(request).finalResponse()
        : await client.responses.parse(request);
      return response.output_parsed;
    },
  };
}
