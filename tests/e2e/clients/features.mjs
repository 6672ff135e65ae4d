// What must hold of every client over every upstream: the columns of the matrix. A feature runs a
// client's driver against the gateway (or the lab itself) and throws at the first thing that is
// not as lab.yaml says it.
import assert from 'node:assert/strict';

import { PNG, SYSTEM, TOOLS, failure, runTool } from './scenes.mjs';
import { asked } from './upstream.mjs';

const HELLO = 'Grüezi 👋, here is "hello" in\nJapanese: こんにちは';
const TICKET = {
  category: 'billing',
  urgency: 4,
  tags: ['refund', 'doppelt "belastet"'],
  note: 'naïve ☕ 退款',
};
const CALLS = [
  { name: 'get_weather', arguments: { city: 'Zürich "Altstadt" 🌧', days: 3, units: 'celsius' } },
  { name: 'get_time', arguments: { zone: 'Europe/Zurich' } },
];
const THOUGHTS = 'Two lookups, then; nothing else is needed.';
const FINAL = 'TEMP-21 degrees at CLOCK-13. Grüezi 🌧';
const LONG = 'Once upon a time there was a gateway that never cut a story short';
const REFUSAL = /lab's script/;
const COUNT = 'one two three four five six seven eight nine ten eleven twelve';

/** What a client shows must be right; what it does not show is left out. */
function shows(actual, expected) {
  for (const [name, value] of Object.entries(expected)) {
    if (actual[name] !== undefined) assert.deepEqual(actual[name], value, name);
  }
}

/** The tokens that the client reports are those that the provider counted. */
function counts(run, actual, entry) {
  assert.ok(actual.usage, 'no usage');
  const { prompt, completion, cached, reasoning } = entry.usage;
  // Only Anthropic says how long a prompt is when an answer begins.
  const early = run.driver.countsInputAtStart && actual.pieces !== undefined;
  const unknown = early && run.upstream !== 'anthropic';
  const input = unknown ? actual.usage.input : prompt;
  shows(actual.usage, { input, output: completion, cached, reasoning });
}

async function greeting(run, stream) {
  const answer = await run.driver.answer({ text: `say hello ${run.mark}`, system: SYSTEM, stream });
  shows(answer, { text: HELLO, reasoning: '', calls: [], stop: 'stop' });
  const [entry] = await run.entries(1);
  assert.deepEqual(asked(entry).system, [SYSTEM]);
  counts(run, answer, entry);
  return answer;
}

/** A limit on the output ends the answer, and the client says so. */
async function cutAnswer(run, stream) {
  const ask = () => run.driver.answer({ text: 'a long story', limit: 16, stream });
  if (run.driver.throwsAtLimit) {
    assert.match((await failure(ask)).message, /incomplete/);
    return;
  }
  const cut = await ask();
  assert.ok(cut.text.startsWith(LONG.slice(0, 40)), cut.text);
  shows(cut, { stop: 'length' });
}

async function plain(run) {
  await greeting(run, false);
  await cutAnswer(run, false);
}

async function streamed(run) {
  const answer = await greeting(run, true);
  assert.ok(answer.pieces >= 5, `${answer.pieces} pieces`);
  await cutAnswer(run, true);
}

async function toolTurns(run, more) {
  const turns = await run.driver.tools({ text: `weather and time ${run.mark}`, ...more });
  assert.equal(turns.length, 2);
  shows(turns[0], { text: 'Let me look both up.', calls: CALLS, stop: 'tool_calls' });
  shows(turns[1], { text: FINAL, calls: [], stop: 'stop' });
  const entries = await run.entries(2, run.mark);
  const [before, after] = entries.map(asked);
  assert.deepEqual(
    before.tools.map(([name]) => name),
    TOOLS.map(({ name }) => name),
  );
  for (const [index, [, schema]] of before.tools.entries()) {
    assert.deepEqual(
      Object.keys(schema.properties),
      Object.keys(TOOLS[index].schema.properties),
      'the order of a schema survives',
    );
  }
  assert.deepEqual(
    after.results,
    CALLS.map((call) => [call.name, runTool(call.name, call.arguments)]),
  );
  turns.forEach((turn, index) => counts(run, turn, entries[index]));
  return turns;
}

/** The lab itself refuses a second turn without what it signed in the first. */
async function thinking(run) {
  for (const stream of [false, true]) {
    const part = { ...run, mark: `${run.mark}-${stream}` };
    const [first] = await toolTurns(part, { think: true, stream });
    const [, second] = await run.entries(2, part.mark);
    if (run.upstream === 'chat') continue; // that API shows no thoughts and signs none
    assert.ok(asked(second).signatures > 0, 'no signature came back');
    // OpenAI chat has no place for thoughts of its own; some clients read a customary one.
    if (run.dialect !== 'chat' || first.reasoning) assert.equal(first.reasoning, THOUGHTS);
  }
}

async function structured(run) {
  for (const stream of [false, true]) {
    const value = await run.driver.structured({
      text: `classify this ticket ${run.mark}`,
      stream,
    });
    assert.deepEqual(value, TICKET);
  }
  for (const entry of await run.entries(2)) {
    const schema = asked(entry).schema;
    assert.deepEqual(Object.keys(schema?.properties ?? {}), Object.keys(TICKET), 'the schema');
  }
}

async function image(run) {
  const answer = await run.driver.image({ text: `what do you see ${run.mark}` });
  shows(answer, { text: 'Four pixels.', stop: 'stop' });
  const [entry] = await run.entries(1);
  assert.deepEqual(asked(entry).images, [{ type: 'image/png', data: PNG }]);
}

/** How long to wait: in the header, or where Gemini's own clients look for it. */
function assertSaysWhen(run, seen) {
  const header = run.replies.at(-1).headers.get('retry-after');
  const isGemini = run.dialect === 'gemini';
  if (isGemini && header === null) assert.match(seen.message + seen.body, /"retryDelay": ?"7s"/);
  else assert.equal(header, '7', 'retry-after');
}

async function errors(run) {
  for (const stream of [false, true]) {
    for (const [fault, statuses] of Object.entries(run.statuses)) {
      const text = `fault:${fault} ${run.mark}`;
      const seen = await failure(() => run.driver.answer({ text, stream }));
      assert.equal(seen.finished, undefined, `${fault} came back as an answer`);
      assert.ok(statuses.includes(seen.status), `${fault}: ${JSON.stringify(seen)}`);
      if (fault === 'refused') assert.match(seen.message, REFUSAL);
      else assert.ok(seen.message.length > 5, seen.message);
      if (fault === 'busy') assertSaysWhen(run, seen);
    }
  }
}

async function brokenStream(run) {
  // What a client makes of a connection that just ends is its own affair; behind the gateway it
  // hears of it as of any other error.
  for (const fault of run.native ? ['broken'] : ['broken', 'cut']) {
    const text = `fault:${fault} ${COUNT} ${run.mark}`;
    let seen;
    // On a busy machine the break can be there before the gateway has sent anything: an ordinary
    // error then, and not what this is about.
    for (let tries = 0; tries < 5; ++tries) {
      seen = await failure(() => run.driver.answer({ text, stream: true }));
      if (run.replies.at(-1).status === 200) break;
    }
    assert.equal(run.replies.at(-1).status, 200, 'the stream had not begun');
    assert.equal(seen.finished, undefined, `${fault}: half an answer came back as a whole one`);
    assert.notEqual(seen.name, 'TypeError', `${fault}: ${seen.message}`);
    assert.ok(seen.message.length > 10, `${fault}: ${seen.message}`);
  }
}

async function aborted(run) {
  for (const [stream, text] of [
    [true, 'count slowly'],
    [false, 'fault:hang'],
  ]) {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const mark = `${run.mark}-${stream}`;
    const ended = failure(() =>
      run.driver.answer({ text: `${text} ${mark}`, stream, started: abort }, controller.signal),
    );
    const [entry] = await run.entries(1, mark);
    if (!stream) abort();
    const seen = await ended;
    assert.equal(seen.finished, undefined, 'it went on to the end');
    assert.match(`${seen.name} ${seen.message}`, /abort/i);
    await run.gone(entry.n);
  }
}

/** The columns in their order: head, what ran, and how. */
export const FEATURES = [
  {
    id: 'plain',
    title: 'plain',
    ran: "system prompt, text in several scripts, stop reason, length limit, the provider's counts",
    run: plain,
  },
  { id: 'stream', title: 'stream', ran: 'the same, piece by piece', run: streamed },
  {
    id: 'tools',
    title: 'tools',
    ran: 'two calls at once, both results sent back, the answer that only they make',
    run: (run) => toolTurns(run, { stream: false }),
  },
  {
    id: 'tools-stream',
    title: 'tools, streamed',
    ran: 'the same with streamed arguments',
    run: (run) => toolTurns(run, { stream: true }),
  },
  {
    id: 'thinking',
    title: 'thinking',
    ran: 'tools with reasoning on: what the provider signed comes back to it with the results',
    run: thinking,
  },
  {
    id: 'structured',
    title: 'structured',
    ran: 'an answer by JSON schema, parsed by the client, whole and streamed',
    run: structured,
  },
  { id: 'image', title: 'image', ran: 'a PNG that reaches the provider byte by byte', run: image },
  {
    id: 'errors',
    title: 'errors',
    ran: "the provider is busy, overloaded, or refuses: the client's own error with that status",
    run: errors,
  },
  {
    id: 'broken',
    title: 'broken stream',
    ran: 'an error, or the end, in mid-stream: an error to the caller, never half an answer',
    run: brokenStream,
  },
  {
    id: 'abort',
    title: 'abort',
    ran: "the caller gives up, in mid-stream and before it: the provider's connection is closed",
    run: aborted,
  },
];
