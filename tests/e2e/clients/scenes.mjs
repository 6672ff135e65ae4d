// What every client is asked, in no client's dialect, and the small things that drivers share. What
// the provider says to it stands in lab.yaml.
import { deflateSync, crc32 } from 'node:zlib';

import { z } from 'zod';

export const SYSTEM = 'You are a terse clerk. Grüezi! 👋';

// ---- tools: two calls at once, and results from which the right answer can be told

const schema = (properties) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

export const TOOLS = [
  {
    name: 'get_weather',
    description: 'The weather of a city',
    schema: schema({
      city: { type: 'string', description: 'Its name' },
      days: { type: 'integer' },
      units: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    }),
    zod: z.object({
      city: z.string().describe('Its name'),
      days: z.int(),
      units: z.enum(['celsius', 'fahrenheit']),
    }),
    run: ({ city, days }) => `TEMP-${days * 7} in ${city}`,
  },
  {
    name: 'get_time',
    description: 'The time in a zone',
    schema: schema({ zone: { type: 'string' } }),
    zod: z.object({ zone: z.string() }),
    run: ({ zone }) => `CLOCK-${zone.length} in ${zone}`,
  },
];

/** The result of the tool `name`, as text. */
export function runTool(name, args) {
  return TOOLS.find((tool) => tool.name === name).run(args);
}

// ---- structured output

export const Ticket = z.object({
  category: z.enum(['billing', 'technical']),
  urgency: z.number(),
  tags: z.array(z.string()),
  note: z.string(),
});

// ---- an image: 2 x 2 pixels, so that there is something to see

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

const HEADER = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
const PIXELS = Buffer.from([0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255]);

export const PNG = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  chunk('IHDR', HEADER),
  chunk('IDAT', deflateSync(PIXELS)),
  chunk('IEND', Buffer.alloc(0)),
]).toString('base64');

// ---- facts: what a caller sees, comparable over clients

/** One answer. What a client does not show stays undefined and is not compared. */
export function facts({ text, reasoning, calls = [], stop, usage, pieces }) {
  return { text, reasoning, calls, stop, usage, pieces };
}

/** `usage` in one form: input includes what was cached, output includes reasoning. */
export function tokens(input, output, cached, reasoning) {
  return { input, output, cached, reasoning };
}

/** The neutral word for a client's stop reason; an unknown one stands out. */
export function stopOf(words, said) {
  return words[said] ?? `unknown: ${said}`;
}

/** What a caller sees of the error that `work` ends in; `finished` when it ends in none. */
export async function failure(work) {
  try {
    const value = await work();
    return { finished: value ?? true };
  } catch (error) {
    return seen(error);
  }
}

function seen(error) {
  const status = error.status ?? error.statusCode;
  return {
    name: error.constructor.name,
    status: typeof status === 'number' ? status : undefined,
    message: String(error.message),
    body: error.responseBody,
  };
}

/** Takes `count` things from `iterable`, says so, and goes on to the end. */
export async function drain(iterable, count = Infinity, reached = () => {}) {
  const all = [];
  for await (const each of iterable) {
    all.push(each);
    if (all.length === count) reached();
  }
  return all;
}
