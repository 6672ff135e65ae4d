// Starts a lab and a gateway in front of it for the Node tests, and stops them. What harness.py is
// to the Python tests: temporary folder, port 0, ready files, ended by process id.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../..');
const BINARY = process.env.HEADGATE_BIN ?? path.join(ROOT, 'build/release/headgate');

export const LAB_KEY = 'sk-lab-0123456789abcdefghijklmnop';
export const CLIENT_KEY = 'hg-e2e-0123456789abcdefghijklmnop';
export const BODY_BYTES_MAX = 4 << 20;
export const MODELS = ['lab-plain', 'lab-slow', 'lab-unpriced', 'lab-dated'];

const environment = {
  ...process.env,
  HEADGATE_E2E_LAB_KEY: LAB_KEY,
  HEADGATE_E2E_CLIENT_KEY: CLIENT_KEY,
  NO_PROXY: '127.0.0.1,localhost',
  no_proxy: '127.0.0.1,localhost',
};

/** The first truthy value of `probe()`; throws with `what` when there is none in time. */
export async function waitFor(what, probe, timeoutMs = 10_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(20);
  }
}

async function start(folder, name, args) {
  const ready = path.join(folder, `${name}.ready.json`);
  const logPath = path.join(folder, `${name}.log`);
  await rm(ready, { force: true });
  const log = openSync(logPath, 'a');
  const child = spawn(BINARY, [...args, '--ready-file', ready], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.once('exit', () => process.off('exit', orphaned));
  const failed = new Promise((_, reject) => child.once('error', reject));
  const up = waitFor(
    `${name} up`,
    async () => {
      if (child.exitCode !== null)
        throw new Error(`${name} ended: ${readFileSync(logPath, 'utf8')}`);
      try {
        return JSON.parse(await readFile(ready, 'utf8')).listeners;
      } catch {
        return null;
      }
    },
    20_000,
  );
  const listeners = await Promise.race([up, failed]);
  return {
    origin: `http://${listeners[0].address}`,
    log: () => readFileSync(logPath, 'utf8'),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(killer);
    },
  };
}

function gatewayConfig(labOrigin, folder) {
  return {
    server: { limits: { body_bytes_max: BODY_BYTES_MAX } },
    providers: {
      lab: {
        kind: 'openai',
        base_url: `${labOrigin}/v1`,
        api_key: 'env:HEADGATE_E2E_LAB_KEY',
        breaker: { enabled: false },
      },
    },
    routes: { all: { retry: { attempts_max: 1 } } },
    models: Object.fromEntries(
      MODELS.map((name) => [name, { provider: 'lab', upstream_model: name }]),
    ),
    auth: {
      keys: [{ id: 'e2e', secret: 'env:HEADGATE_E2E_CLIENT_KEY', user: 'ute', tenant: 'acme' }],
    },
    storage: { path: path.join(folder, 'store') },
    cost: { price_book: path.join(HERE, 'prices.yaml') },
  };
}

/**
 * A lab with `script`, and a gateway with the configuration that `config(labOrigin, folder)` gives;
 * none where `config` is null. `restart()` starts another gateway in its place.
 */
export async function startStack({
  script = path.join(HERE, 'lab.yaml'),
  config: configure = gatewayConfig,
} = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'headgate-e2e-'));
  const started = [];
  const stop = async () => {
    for (const each of started.reverse()) await each.stop();
    await rm(folder, { recursive: true });
  };
  try {
    const common = ['--listen', '127.0.0.1:0'];
    const lab = await start(folder, 'lab', [
      'lab',
      script,
      ...common,
      '--seed',
      '1',
      '--deterministic',
    ]);
    started.push(lab);
    if (configure === null) return { lab, stop };
    const config = path.join(folder, 'gateway.yaml');
    await writeFile(config, JSON.stringify(configure(lab.origin, folder), null, 2));
    const stack = { lab, folder, config, stop };
    stack.restart = async () => {
      stack.gateway = await start(folder, 'gateway', ['serve', '-c', config, ...common]);
      started.push(stack.gateway);
    };
    await stack.restart();
    return stack;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs `headgate …` to its end; its exit code and standard output. */
export async function command(...args) {
  const child = spawn(BINARY, args, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  return { code, output };
}

/** The lab's counters: requests, client_disconnects, … */
export async function labStats(lab) {
  const reply = await fetch(`${lab.origin}/lab/stats`);
  return await reply.json();
}
