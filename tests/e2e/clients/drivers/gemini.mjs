// @google/genai, by itself on /v1, or on /v1beta as older versions call it.
import { GoogleGenAI } from '@google/genai';
import { z } from 'zod';

import { PNG, TOOLS, Ticket, drain, facts, runTool, stopOf, tokens } from '../scenes.mjs';

const STOPS = { STOP: 'stop', MAX_TOKENS: 'length' };

const functionDeclarations = TOOLS.map(({ name, description, schema }) => ({
  name,
  description,
  parametersJsonSchema: schema,
}));

export function usageOf(usage) {
  const { thoughtsTokenCount: thoughts = 0, cachedContentTokenCount: cached = 0 } = usage;
  return tokens(
    usage.promptTokenCount,
    (usage.candidatesTokenCount ?? 0) + thoughts,
    cached,
    thoughts,
  );
}

/** The chunks of a stream as one: parts in order, the last word on everything else. */
function joined(chunks) {
  const parts = chunks.flatMap((each) => each.candidates?.[0]?.content?.parts ?? []);
  const finishReason = chunks.map((each) => each.candidates?.[0]?.finishReason).find(Boolean);
  const usageMetadata = chunks.map((each) => each.usageMetadata).findLast(Boolean);
  return { parts, finishReason, usageMetadata, pieces: chunks.length };
}

function factsOf({ parts, finishReason, usageMetadata, pieces }) {
  const texts = (thought) =>
    parts.filter((part) => part.text && Boolean(part.thought) === thought).map(({ text }) => text);
  const calls = parts.filter((part) => part.functionCall).map((part) => part.functionCall);
  const stop = stopOf(STOPS, finishReason);
  return facts({
    text: texts(false).join(''),
    reasoning: texts(true).join(''),
    calls: calls.map(({ name, args }) => ({ name, arguments: args })),
    stop: stop === 'stop' && calls.length > 0 ? 'tool_calls' : stop,
    usage: usageMetadata && usageOf(usageMetadata),
    pieces,
  });
}

export function connect({ origin, key, model, apiVersion }) {
  const client = new GoogleGenAI({
    apiKey: key,
    httpOptions: { baseUrl: origin, ...(apiVersion ? { apiVersion } : {}) },
  });
  const request = (ask, abortSignal) => ({
    model,
    contents: ask.contents ?? [{ role: 'user', parts: ask.parts ?? [{ text: ask.text }] }],
    config: {
      abortSignal,
      ...(ask.system ? { systemInstruction: ask.system } : {}),
      ...(ask.limit ? { maxOutputTokens: ask.limit } : {}),
      ...(ask.tools ? { tools: [{ functionDeclarations }] } : {}),
      ...(ask.think ? { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } } : {}),
      ...ask.config,
    },
  });

  async function complete(ask, signal) {
    if (!ask.stream) {
      const answer = await client.models.generateContent(request(ask, signal));
      return { ...joined([answer]), pieces: undefined };
    }
    const stream = await client.models.generateContentStream(request(ask, signal));
    return joined(await drain(stream, 3, ask.started));
  }

  async function answer(ask, signal) {
    const whole = await complete(ask, signal);
    // The client takes an error in a stream that has no numeric code for an empty answer.
    if (!whole.finishReason) throw new Error('the answer has no finish reason');
    return factsOf(whole);
  }

  return {
    answer,
    image: ({ text, ...ask }) =>
      answer({
        ...ask,
        parts: [{ text }, { inlineData: { mimeType: 'image/png', data: PNG } }],
      }),

    async tools(ask) {
      const first = await complete({ ...ask, tools: true });
      const calls = first.parts.filter((part) => part.functionCall);
      const results = calls.map(({ functionCall: { id, name, args } }) => ({
        functionResponse: { id, name, response: { output: runTool(name, args) } },
      }));
      const contents = [
        { role: 'user', parts: [{ text: ask.text }] },
        { role: 'model', parts: first.parts },
        { role: 'user', parts: results },
      ];
      const second = await complete({ ...ask, tools: true, contents });
      return [first, second].map(factsOf);
    },

    async structured(ask) {
      const config = {
        responseMimeType: 'application/json',
        responseJsonSchema: z.toJSONSchema(Ticket),
      };
      const whole = await complete({ ...ask, config });
      return Ticket.parse(JSON.parse(factsOf(whole).text));
    },
  };
}
