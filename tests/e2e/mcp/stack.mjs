// The processes of these tests: the fixture (the product's MCP endpoint over fixture.yaml), and
// servers of others. Each on a free port, ended by its id.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { waitFor } from '../harness.mjs';

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.resolve(HERE, '../../..');
const BUILT = process.env.HEADGATE_MCP_BIN ?? path.join(ROOT, 'build/release/tests/e2e/mcp');
export const CLIENT_BINARY = path.join(BUILT, 'headgate_mcp_client');
const FIXTURE_BINARY = path.join(BUILT, 'headgate_mcp_fixture');
export const EVERYTHING = path.join(
  HERE,
  'node_modules/@modelcontextprotocol/server-everything/dist/index.js',
);

function start(folder, name, command, args, env = process.env) {
  const logPath = path.join(folder, `${name}.log`);
  const log = openSync(logPath, 'a');
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', log, log] });
  closeSync(log);
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.once('exit', () => process.off('exit', orphaned));
  const said = () => readFileSync(logPath, 'utf8');
  const alive = () => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${said()}`);
  };
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { alive, said, stop };
}

/** The product's endpoint over fixture.yaml: `url` of its /mcp. */
export async function startFixture(folder) {
  const ready = path.join(folder, 'fixture.ready.json');
  const script = path.join(HERE, 'fixture.yaml');
  const fixture = start(folder, 'fixture', FIXTURE_BINARY, [script, ready]);
  const address = await waitFor('the fixture up', async () => {
    fixture.alive();
    const text = await readFile(ready, 'utf8').catch(() => null);
    return text && JSON.parse(text).listeners[0].address;
  });
  return { ...fixture, url: `http://localhost:${address.split(':').at(-1)}/mcp` };
}

/** server-everything over HTTP. */
export async function startEverything(folder, port) {
  const env = { ...process.env, PORT: String(port) };
  const args = [EVERYTHING, 'streamableHttp'];
  const server = start(folder, 'everything', process.execPath, args, env);
  const url = `http://127.0.0.1:${port}/mcp`;
  await waitFor('server-everything up', async () => {
    server.alive();
    return await fetch(url).then(
      () => true,
      () => false,
    );
  });
  return { ...server, url };
}
