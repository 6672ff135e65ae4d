// The answer that each SDK's own accumulator makes of a stream. Gemini's SDK has none: its chunks
// are joined as its documentation tells callers to.
import { GoogleGenAI } from '@google/genai';
import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { TOOLS, Ticket, drain } from './scenes.mjs';

const only = (condition, members) => (condition ? members : {});

async function chat({ origin, key, model }, scene) {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const system = scene.system ? [{ role: 'system', content: scene.system }] : [];
  const tools = TOOLS.map(({ name, description, schema: parameters }) => ({
    type: 'function',
    function: { name, description, parameters, strict: true },
  }));
  const stream = client.chat.completions.stream({
    model,
    messages: [...system, { role: 'user', content: scene.text }],
    stream_options: { include_usage: true },
    ...only(scene.limit, { max_completion_tokens: scene.limit }),
    ...only(scene.tools, { tools }),
    ...only(scene.think, { reasoning_effort: 'low' }),
    ...only(scene.structured, { response_format: zodResponseFormat(Ticket, 'ticket') }),
  });
  return await stream.finalChatCompletion();
}

async function responses({ origin, key, model }, scene) {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
  const tools = TOOLS.map(({ name, description, schema: parameters }) => ({
    type: 'function',
    name,
    description,
    parameters,
    strict: true,
  }));
  const stream = client.responses.stream({
    model,
    store: false,
    input: scene.text,
    include: ['reasoning.encrypted_content'],
    ...only(scene.system, { instructions: scene.system }),
    ...only(scene.limit, { max_output_tokens: scene.limit }),
    ...only(scene.tools, { tools }),
    ...only(scene.think, { reasoning: { effort: 'low', summary: 'auto' } }),
    ...only(scene.structured, { text: { format: zodTextFormat(Ticket, 'ticket') } }),
  });
  const numbers = [];
  stream.on('event', ({ sequence_number: number }) => numbers.push(number));
  const response = await stream.finalResponse();
  const contiguous = numbers.every((number, index) => number === index);
  return { response, contiguous };
}

async function anthropic({ origin, key, model }, scene) {
  const client = new Anthropic({ baseURL: origin, apiKey: key, maxRetries: 0 });
  const tools = TOOLS.map(({ name, description, schema }) => ({
    name,
    description,
    input_schema: schema,
  }));
  const stream = client.messages.stream({
    model,
    max_tokens: scene.limit ?? 4096,
    messages: [{ role: 'user', content: scene.text }],
    ...only(scene.system, { system: scene.system }),
    ...only(scene.tools, { tools }),
    ...only(scene.think, { thinking: { type: 'enabled', budget_tokens: 1024 } }),
    ...only(scene.structured, { output_config: { format: zodOutputFormat(Ticket) } }),
  });
  return await stream.finalMessage();
}

/** Text parts that follow each other and are of one kind become one part. */
function joinedParts(parts) {
  const out = [];
  for (const { text, thought, ...rest } of parts) {
    const last = out.at(-1);
    const plain = text !== undefined && Object.keys(rest).length === 0;
    if (plain && last?.text !== undefined && last.thought === thought) last.text += text;
    else
      out.push({ ...only(text !== undefined, { text }), ...only(thought, { thought }), ...rest });
  }
  return out.filter((part) => part.text !== '' || Object.keys(part).length > 1);
}

async function gemini({ origin, key, model }, scene) {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: origin } });
  const functionDeclarations = TOOLS.map(({ name, description, schema }) => ({
    name,
    description,
    parametersJsonSchema: schema,
  }));
  const stream = await client.models.generateContentStream({
    model,
    contents: scene.text,
    config: {
      ...only(scene.system, { systemInstruction: scene.system }),
      ...only(scene.limit, { maxOutputTokens: scene.limit }),
      ...only(scene.tools, { tools: [{ functionDeclarations }] }),
      ...only(scene.think, { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } }),
      ...only(scene.structured, {
        responseMimeType: 'application/json',
        responseJsonSchema: z.toJSONSchema(Ticket),
      }),
    },
  });
  const chunks = await drain(stream);
  const candidates = chunks.flatMap((each) => each.candidates ?? []);
  return {
    parts: joinedParts(candidates.flatMap((each) => each.content?.parts ?? [])),
    roles: [...new Set(candidates.map((each) => each.content?.role).filter(Boolean))],
    finishReasons: candidates.map((each) => each.finishReason).filter(Boolean),
    usageMetadata: chunks.map((each) => each.usageMetadata).findLast(Boolean),
    modelVersions: [...new Set(chunks.map((each) => each.modelVersion))],
    responseIds: new Set(chunks.map((each) => each.responseId)).size,
  };
}

/** `accumulate[dialect](at, scene)`. */
export const accumulate = { chat, responses, anthropic, gemini };
