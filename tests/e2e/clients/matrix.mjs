// Runs every client over every upstream family through every feature, against the real binary, and
// keeps docs/clients.md as what came of it.
//
//   node matrix.mjs                      run; fail where a cell fails or the page says otherwise
//   node matrix.mjs --write              run, and write the page
//   node matrix.mjs --native             each client against the lab itself, in its own dialect
//   node matrix.mjs --client ai --upstream gemini --feature tools      cells that contain these
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { CLIENTS } from './clients.mjs';
import { FEATURES } from './features.mjs';
import { heard, strays } from './loopback.mjs';
import { page } from './page.mjs';
import { refusalOf } from './refusals.mjs';
import { Stack, UPSTREAMS } from './stack.mjs';

const PAGE = new URL('../../../docs/clients.md', import.meta.url);
const AT_ONCE = 4;
const CELL_MS = 30_000;

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    native: { type: 'boolean', default: false },
    client: { type: 'string', default: '' },
    upstream: { type: 'string', default: '' },
    feature: { type: 'string', default: '' },
  },
});
const isAsked = ({ dialect }) => dialect.includes(options.upstream);
const isWhole = !options.client && !options.upstream && !options.feature && !options.native;

/** What clients see of a provider that is busy, overloaded, or refuses: its own words, or ours. */
function statusesOf(client, upstream) {
  const overloaded = { chat: [503], responses: [503], anthropic: [529], gemini: [503] };
  const same = client.dialect === upstream.dialect;
  return {
    busy: [429],
    overloaded: same ? overloaded[client.dialect] : [503, 529],
    refused: [400],
  };
}

function cellsOf(stack) {
  const cells = [];
  for (const upstream of UPSTREAMS.filter(isAsked)) {
    for (const client of CLIENTS.filter(({ id }) => id.includes(options.client))) {
      if (options.native && client.dialect !== upstream.dialect) continue;
      const at = options.native ? stack.directly(client) : stack.through(client, upstream);
      const driver = client.connect(at);
      for (const feature of FEATURES.filter(({ id }) => id.includes(options.feature))) {
        cells.push({ upstream, client, feature, driver, mark: `[cell ${cells.length}]` });
      }
    }
  }
  return cells;
}

/** The message, and where of ours it came from. */
function whyOf(error) {
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /clients\/(drivers\/)?[a-z_]+\.mjs/.test(line));
  return [String(error.message).slice(0, 800), ...frames.slice(0, 3)].join('\n');
}

/** What the gateway said it left out on the way to the provider, each field once. */
function droppedIn(replies) {
  const said = replies.map(({ headers }) => headers.get('x-headgate-dropped')).filter(Boolean);
  return [...new Set(said.flatMap((fields) => fields.split(', ')))].sort();
}

/** Ends as `{ outcome: 'ok' | 'refused' | 'failed', reason, dropped }`. */
async function runCell(stack, cell) {
  const { client, upstream, feature, driver, mark } = cell;
  const replies = [];
  const run = {
    driver,
    mark,
    replies,
    native: options.native,
    upstream: upstream.dialect,
    dialect: client.dialect,
    statuses: statusesOf(client, upstream),
    entries: (count, text = mark) => stack.entries(count, text),
    gone: (n) => stack.gone(n),
  };
  const late = AbortSignal.timeout(CELL_MS);
  const overdue = new Promise((_, reject) => {
    late.onabort = () => reject(new Error(`not done within ${CELL_MS} ms`));
  });
  const expected = refusalOf(cell);
  try {
    await Promise.race([heard.run(replies, () => feature.run(run)), overdue]);
    return expected
      ? { outcome: 'failed', reason: `works, but refusals.mjs says "${expected}"` }
      : { outcome: 'ok', dropped: droppedIn(replies) };
  } catch (error) {
    const reason = String(error.message);
    return expected && reason.includes(expected)
      ? { outcome: 'refused', reason: expected }
      : { outcome: 'failed', reason: whyOf(error) };
  }
}

async function runAll(stack, cells) {
  const queue = cells.values();
  const worker = async () => {
    for (const cell of queue) {
      Object.assign(cell, await runCell(stack, cell));
      const name = `${cell.client.id} | ${cell.upstream.dialect} | ${cell.feature.id}`;
      console.log(`${cell.outcome.padEnd(8)}${name}`);
      if (cell.outcome === 'failed') console.log(cell.reason.replace(/^/gm, '    '));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function pageDiffers(cells) {
  const text = page(cells);
  if (options.write) {
    await writeFile(PAGE, text);
    return false;
  }
  const committed = await readFile(PAGE, 'utf8').catch(() => '');
  return committed !== text;
}

const stack = await Stack.start(options.native ? undefined : UPSTREAMS.filter(isAsked));
const cells = cellsOf(stack);
try {
  await runAll(stack, cells);
} finally {
  await stack.stop();
}
const failed = cells.filter(({ outcome }) => outcome === 'failed').length;
console.log(`${cells.length - failed} passed, ${failed} failed`);
if (strays.length > 0) console.log(`calls beyond this machine: ${strays.join(', ')}`);
const differs = isWhole && (await pageDiffers(cells));
if (differs) console.log('docs/clients.md says something else: matrix.mjs --write, and look at it');
process.exit(failed > 0 || strays.length > 0 || differs ? 1 : 0);
