// The conformance suite of MCP, its newest release and the one that npm calls latest, against the
// product's endpoint and its client. A run makes docs/mcp-conformance.md, and fails when the page
// says anything else or a required scenario fails.
//   node conformance.mjs           run all, compare with the page
//   node conformance.mjs --write   run all, write the page
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { CLIENT_BINARY, HERE, ROOT, startFixture } from './stack.mjs';

const PAGE = path.join(ROOT, 'docs/mcp-conformance.md');
const SUITES = {
  newest: path.join(HERE, 'node_modules/@modelcontextprotocol/conformance'),
  latest: path.join(HERE, 'node_modules/conformance-latest'),
};
const REVISIONS = ['2026-07-28', '2025-11-25'];

const versionOf = async (suite) =>
  JSON.parse(await readFile(path.join(suite, 'package.json'), 'utf8')).version;

function run(suite, args) {
  return new Promise((resolve) => {
    const command = [path.join(suite, 'dist/index.js'), ...args];
    execFile(process.execPath, command, { maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      resolve({ failed: Boolean(error), output: stdout + stderr }),
    );
  });
}

/** "✓ name: 3 passed, 0 failed" in the summary at the end of an output. */
function results(output) {
  const summary = output.slice(output.lastIndexOf('SUMMARY ==='));
  const rows = [...summary.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gmu)];
  if (rows.length === 0) throw new Error(`no summary in:\n${output.slice(-2000)}`);
  return rows.map(([, scenario, passed, failed]) => ({
    scenario,
    passed: Number(passed),
    failed: Number(failed),
  }));
}

/** What a list of requirements says of a scenario. */
async function requirements(revision, leg) {
  const text = await readFile(path.join(SUITES.newest, `requirements/${revision}.yaml`), 'utf8');
  const required = new Set();
  const reasons = new Map();
  let section = '';
  let scenario = '';
  for (const line of text.split('\n')) {
    const heading = /^(\w+):/.exec(line);
    if (heading) section = heading[1];
    const entry = /^ {2}- (?!scenario)(\S+)/.exec(line);
    if (entry && section === leg) required.add(entry[1]);
    scenario = /^ {2}- scenario: (\S+)/.exec(line)?.[1] ?? scenario;
    const reason = /^ {4}reason: (\S+)/.exec(line);
    if (reason) reasons.set(scenario, reason[1]);
  }
  return (name) => (required.has(name) ? 'required' : (reasons.get(name) ?? 'other'));
}

async function serverRuns(fixture, folder) {
  const runs = [];
  for (const revision of REVISIONS) {
    const args = ['server', '--url', fixture.url, '--requirements', revision, '-o', folder];
    const { output } = await run(SUITES.newest, args);
    runs.push({ title: `Server, ${revision}`, rows: results(output), leg: 'server', revision });
  }
  const { output } = await run(SUITES.latest, ['server', '--url', fixture.url]);
  runs.push({ title: 'Server, the suite that npm calls latest', rows: results(output) });
  return runs;
}

async function clientRuns(folder) {
  const runs = [];
  for (const revision of REVISIONS) {
    const args = ['client', '--command', CLIENT_BINARY, '--requirements', revision];
    const { output } = await run(SUITES.newest, [...args, '--timeout', '10000', '-o', folder]);
    runs.push({ title: `Client, ${revision}`, rows: results(output), leg: 'client', revision });
  }
  return runs;
}

async function judged({ title, rows, leg, revision }) {
  const standing = leg ? await requirements(revision, leg) : () => 'required';
  return {
    title,
    rows: rows
      .map((row) => ({ ...row, standing: standing(row.scenario) }))
      .sort((a, b) => a.scenario.localeCompare(b.scenario)),
  };
}

function table({ title, rows }) {
  const required = rows.filter((row) => row.standing === 'required');
  const passed = required.filter((row) => row.failed === 0);
  const lines = [
    `## ${title}`,
    '',
    `${passed.length} of ${required.length} required scenarios pass.`,
    '',
    '| scenario | standing | result |',
    '|---|---|---|',
  ];
  for (const row of rows) {
    lines.push(`| ${row.scenario} | ${row.standing} | ${row.failed === 0 ? 'passes' : 'fails'} |`);
  }
  return lines.join('\n');
}

async function page(runs) {
  const [newest, latest] = await Promise.all(Object.values(SUITES).map(versionOf));
  return `# MCP conformance

What \`@modelcontextprotocol/conformance\` says of Headgate's MCP server and client: release
${newest} for both revisions, and ${latest}, which npm calls latest. Written by
\`tests/e2e/mcp/conformance.mjs\`, which fails when this page says anything else. Scenarios that are
not required are extensions, newer than the requirements, or such that the suite's own fixture does
not pass them.

${runs.map(table).join('\n\n')}
`;
}

const folder = await mkdtemp(path.join(tmpdir(), 'headgate-mcp-'));
const fixture = await startFixture(folder);
let runs;
try {
  const all = [...(await serverRuns(fixture, folder)), ...(await clientRuns(folder))];
  runs = await Promise.all(all.map(judged));
} finally {
  await fixture.stop();
  await rm(folder, { recursive: true });
}
const written = await page(runs);
const failures = runs.flatMap(({ title, rows }) =>
  rows
    .filter((row) => row.failed > 0 && row.standing === 'required')
    .map((row) => `${title}: ${row.scenario}: ${row.failed} checks fail`),
);
if (process.argv.includes('--write')) {
  await writeFile(PAGE, written);
} else if (written !== (await readFile(PAGE, 'utf8').catch(() => ''))) {
  failures.push(`${path.relative(ROOT, PAGE)} says something else: run with --write and look`);
}
for (const { title, rows } of runs) {
  const passed = rows.filter((row) => row.failed === 0).length;
  console.log(`${title}: ${passed} of ${rows.length} scenarios pass`);
}
failures.forEach((line) => console.error(line));
process.exitCode = failures.length > 0 ? 1 : 0;
