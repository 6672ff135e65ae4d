// The AI SDK with one of its adapters. It runs tools and sends their results by itself.
import { Output, generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';

import { PNG, TOOLS, Ticket, facts, runTool, stopOf, tokens } from '../scenes.mjs';

const STOPS = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' };

const tools = Object.fromEntries(
  TOOLS.map(({ name, description, schema }) => [
    name,
    tool({
      description,
      inputSchema: jsonSchema(schema),
      execute: async (args) => runTool(name, args),
    }),
  ]),
);

function factsOf(step, pieces) {
  const { usage } = step;
  return facts({
    text: step.text,
    reasoning: step.reasoningText ?? '',
    calls: step.toolCalls.map(({ toolName, input }) => ({ name: toolName, arguments: input })),
    stop: stopOf(STOPS, step.finishReason),
    usage: tokens(
      usage.inputTokens,
      usage.outputTokens,
      usage.inputTokenDetails.cacheReadTokens,
      usage.outputTokenDetails.reasoningTokens,
    ),
    pieces,
  });
}

/** `provider(model)` is the adapter's model; `thinking` what it needs to hear besides to think. */
export function connect({ model, provider, providerOptions, thinking }) {
  const languageModel = provider(model);
  const settings = (ask, abortSignal) => ({
    model: languageModel,
    maxRetries: 0,
    abortSignal,
    ...(ask.system ? { instructions: ask.system } : {}),
    messages: [{ role: 'user', content: ask.content ?? ask.text }],
    ...(ask.limit ? { maxOutputTokens: ask.limit } : {}),
    ...(ask.tools ? { tools, stopWhen: isStepCount(2) } : {}),
    ...(ask.think ? { reasoning: 'low' } : {}),
    providerOptions: ask.think && thinking ? thinking : providerOptions,
    ...(ask.output ? { output: ask.output } : {}),
  });

  /** The steps, and the last one's output. */
  async function steps(ask, signal) {
    if (!ask.stream) {
      const result = await generateText(settings(ask, signal));
      return { steps: result.steps, output: () => result.output };
    }
    const result = streamText({ ...settings(ask, signal), onError: () => {} });
    let pieces = 0;
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'abort') throw new DOMException('aborted', 'AbortError');
      if (part.type === 'text-delta' && ++pieces === 3) ask.started?.();
    }
    return { steps: await result.steps, output: () => result.output, pieces };
  }

  async function answer(ask, signal) {
    const { steps: all, pieces } = await steps(ask, signal);
    return factsOf(all[0], pieces);
  }

  return {
    answer,
    image: ({ text, ...ask }) =>
      answer({
        ...ask,
        content: [
          { type: 'text', text },
          { type: 'file', mediaType: 'image/png', data: PNG },
        ],
      }),
    tools: async (ask) => (await steps({ ...ask, tools: true })).steps.map((each) => factsOf(each)),
    structured: async (ask) =>
      await (await steps({ ...ask, output: Output.object({ schema: Ticket }) })).output(),
  };
}
