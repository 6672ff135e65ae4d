// An SDK's own accumulator must make the same of a translated stream as of the native one, for the
// same scripted answer. What may differ is one table, EXCUSED; each entry must be needed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { MODEL_OF } from './clients.mjs';
import { accumulate } from './accumulate.mjs';
import { CLIENT_KEY, LAB_KEY } from '../harness.mjs';
import { EXCUSED, settled } from './excused.mjs';
import { strays } from './loopback.mjs';
import { Stack, UPSTREAMS, modelOver } from './stack.mjs';

/** What is asked; lab.yaml has the answers. */
const SCENES = [
  { name: 'text', text: 'say hello', system: 'You are a terse clerk.' },
  { name: 'two tool calls', text: 'weather and time', tools: true },
  { name: 'thinking and tools', text: 'weather and time', tools: true, think: true },
  { name: 'structured output', text: 'classify this ticket', structured: true },
  { name: 'a length limit', text: 'a long story', limit: 16 },
  { name: 'a refusal', text: 'something forbidden' },
];

let stack;
const native = new Map(); // the same for every upstream
const needed = new Set();

before(async () => {
  stack = await Stack.start(UPSTREAMS);
});

after(() => stack?.stop());

async function nativeAnswer(dialect, scene) {
  const key = `${dialect} ${scene.name}`;
  if (!native.has(key)) {
    const at = { origin: stack.lab.origin, key: LAB_KEY, model: MODEL_OF[dialect] };
    native.set(key, await accumulate[dialect](at, scene));
  }
  return native.get(key);
}

for (const dialect of Object.keys(accumulate)) {
  describe(`the ${dialect} stream`, () => {
    for (const upstream of UPSTREAMS) {
      for (const scene of SCENES) {
        test(`over ${upstream.dialect}: ${scene.name}`, async () => {
          const model = modelOver(MODEL_OF[dialect], upstream.dialect);
          const at = { origin: stack.gateway.origin, key: CLIENT_KEY, model };
          const expected = await nativeAnswer(dialect, scene);
          const actual = await accumulate[dialect](at, scene);
          const where = { dialect, upstream: upstream.dialect, scene: scene.name };
          assert.deepEqual(...settled(actual, expected, where, needed));
        });
      }
    }
  });
}

test('every excuse was needed', () => {
  const idle = EXCUSED.filter((each) => !needed.has(each)).map(({ path, why }) => [path, why]);
  assert.deepEqual(idle, []);
});

test('nobody called anything beyond this machine', () => assert.deepEqual(strays, []));
