// @openai/agents over chat completions or responses. It runs tools and sends their results itself.
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import OpenAI from 'openai';

import { PNG, TOOLS, Ticket, facts, runTool, tokens } from '../scenes.mjs';

const tools = TOOLS.map(({ name, description, zod }) =>
  tool({ name, description, parameters: zod, execute: async (args) => runTool(name, args) }),
);

function usageOf(usage) {
  const input = usage.inputTokensDetails?.[0] ?? usage.inputTokensDetails;
  const output = usage.outputTokensDetails?.[0] ?? usage.outputTokensDetails;
  return tokens(
    usage.inputTokens,
    usage.outputTokens,
    input?.cached_tokens,
    output?.reasoning_tokens,
  );
}

const ofType = (response, type) => response.output.filter((item) => item.type === type);

/** The client does not say why a model stopped. */
function factsOf(response, pieces) {
  return facts({
    text: ofType(response, 'message')
      .flatMap((item) => item.content.map((part) => part.text ?? ''))
      .join(''),
    reasoning: ofType(response, 'reasoning')
      .flatMap((item) => item.content.map((part) => part.text))
      .join(''),
    calls: ofType(response, 'function_call').map(({ name, arguments: text }) => ({
      name,
      arguments: JSON.parse(text),
    })),
    usage: usageOf(response.usage),
    pieces,
  });
}

export function connect({ origin, key, model, useResponses }) {
  const openAIClient = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const modelProvider = new OpenAIProvider({ openAIClient, useResponses });
  const runner = new Runner({ modelProvider, tracingDisabled: true });

  const agent = (ask) =>
    new Agent({
      name: 'clerk',
      model,
      instructions: ask.system,
      tools: ask.tools ? tools : [],
      outputType: ask.output ?? 'text',
      modelSettings: {
        store: false,
        ...(ask.limit ? { maxTokens: ask.limit } : {}),
        ...(ask.think
          ? {
              reasoning: { effort: 'low', ...(useResponses ? { summary: 'auto' } : {}) },
              ...(useResponses
                ? { providerData: { include: ['reasoning.encrypted_content'] } }
                : {}),
            }
          : {}),
      },
    });

  async function run(ask, signal) {
    const input = ask.input ?? ask.text;
    if (!ask.stream) return { result: await runner.run(agent(ask), input, { signal }) };
    let pieces = 0;
    const result = await runner.run(agent(ask), input, { signal, stream: true });
    for await (const event of result) {
      if (event.data?.type === 'output_text_delta' && ++pieces === 3) ask.started?.();
    }
    await result.completed;
    if (signal?.aborted) throw new DOMException('aborted', 'AbortError');
    return { result, pieces };
  }

  async function answer(ask, signal) {
    const { result, pieces } = await run(ask, signal);
    return factsOf(result.rawResponses[0], pieces);
  }

  return {
    // Over responses the client has no answer for a caller where a limit cut it, only an error.
    throwsAtLimit: useResponses,
    answer,
    image: ({ text, ...ask }) =>
      answer({
        ...ask,
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text },
              { type: 'input_image', image: `data:image/png;base64,${PNG}` },
            ],
          },
        ],
      }),
    tools: async (ask) =>
      (await run({ ...ask, tools: true })).result.rawResponses.map((each) => factsOf(each)),
    structured: async (ask) => (await run({ ...ask, output: Ticket })).result.finalOutput,
  };
}
