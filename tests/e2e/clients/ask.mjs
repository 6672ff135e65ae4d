// Asks one thing after the other, each by the official client of its API, plain or streamed, and
// prints as JSON what each client made of it. `more` goes into the request as it is.
//   node ask.mjs '{"origin":…,"key":…,"asks":[{"api":"gemini","model":…,"say":…,"stream":true}]}'
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

const { origin, key, asks } = JSON.parse(process.argv[2]);
const openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: origin, authToken: key, apiKey: null, maxRetries: 0 });
const gemini = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: origin } });

async function all(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

const APIS = {
  async chat({ model, say, stream, more }) {
    const messages = [{ role: 'user', content: say }];
    if (!stream) {
      const { id, choices, usage } = await openai.chat.completions.create({
        model,
        messages,
        ...more,
      });
      return { id, text: choices[0].message.content, tokens: usage.total_tokens };
    }
    const runner = openai.chat.completions.stream({
      model,
      messages,
      stream_options: { include_usage: true },
      ...more,
    });
    const done = await runner.finalChatCompletion();
    return {
      id: done.id,
      text: done.choices[0].message.content,
      tokens: (await runner.totalUsage()).total_tokens,
    };
  },

  async responses({ model, say, stream, more }) {
    const body = { model, input: say, ...more };
    if (!stream) {
      const { id, output_text: text, usage } = await openai.responses.create(body);
      return { id, text, tokens: usage.total_tokens };
    }
    const runner = openai.responses.stream(body);
    const pieces = await all(runner);
    const { id, output_text: text, usage } = await runner.finalResponse();
    return { id, text, tokens: usage.total_tokens, types: pieces.map(({ type }) => type) };
  },

  async messages({ model, say, stream, more }) {
    const body = { model, max_tokens: 100, messages: [{ role: 'user', content: say }], ...more };
    const answer = stream
      ? await anthropic.messages.stream(body).finalMessage()
      : await anthropic.messages.create(body);
    const { input_tokens: input, output_tokens: output } = answer.usage;
    return { id: answer.id, text: answer.content[0].text, tokens: input + output };
  },

  async gemini({ model, say, stream, more }) {
    const body = { model, contents: say, config: more };
    const pieces = stream
      ? await all(await gemini.models.generateContentStream(body))
      : [await gemini.models.generateContent(body)];
    const { totalTokenCount: tokens } = pieces.findLast((each) => each.usageMetadata).usageMetadata;
    return { text: pieces.map((each) => each.text ?? '').join(''), tokens };
  },
};

const out = [];
for (const ask of asks) {
  try {
    out.push(await APIS[ask.api](ask));
  } catch (error) {
    out.push({ status: error.status, error: error.message, param: error.param });
  }
}
console.log(JSON.stringify(out));
