// Others' clients against the product's endpoint, and the product's client against others' server,
// in both eras and over both transports.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { CLIENT_BINARY, EVERYTHING, HERE, startEverything, startFixture } from './stack.mjs';

const INSPECTOR = path.join(HERE, 'node_modules/.bin/mcp-inspector');
const ANSWERS = { name: 'Ute', color: 'green', ok: true, response: 'yes' };

let folder;
let fixture;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-mcp-'));
  fixture = await startFixture(folder);
});
after(async () => {
  await fixture.stop();
  await rm(folder, { recursive: true });
});

async function connected(options) {
  const capabilities = { elicitation: { form: {} }, sampling: {}, roots: {} };
  const client = new Client({ name: 'test', version: '1' }, { capabilities, ...options });
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    const wanted = Object.keys(params.requestedSchema.properties);
    const content = Object.fromEntries(wanted.map((key) => [key, ANSWERS[key] ?? 'something']));
    return { action: 'accept', content };
  });
  client.setRequestHandler('roots/list', async () => ({ roots: [{ uri: 'file:///tmp' }] }));
  client.setRequestHandler('sampling/createMessage', async () => ({
    role: 'assistant',
    model: 'none',
    content: { type: 'text', text: 'Paris' },
  }));
  await client.connect(new StreamableHTTPClientTransport(new URL(fixture.url)));
  return client;
}

const textOf = ({ content }) => content.map(({ text }) => text).join();
const call = async (client, name, args = {}, options = {}) =>
  client.callTool({ name, arguments: args }, options);

for (const [era, version, options] of [
  ['modern', '2026-07-28', { versionNegotiation: { mode: 'auto' } }],
  ['legacy', '2025-11-25', {}],
]) {
  describe(`the TypeScript client, ${era}`, () => {
    let client;
    before(async () => {
      client = await connected(options);
    });
    after(async () => client.close());

    test('negotiates, lists and calls', async () => {
      assert.equal(client.getNegotiatedProtocolVersion(), version);
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === 'test_simple_text'));
      const result = await call(client, 'test_simple_text');
      assert.match(textOf(result), /simple text response/);
    });

    test('gets structured results that keep their promise, or an error', async () => {
      const result = await call(client, 'test_structured', { city: 'Rome' });
      assert.deepEqual(result.structuredContent, { city: 'Rome', degrees: 21.5 });
      const broken = await call(client, 'test_structured_broken');
      assert.equal(broken.isError, true);
      assert.match(textOf(broken), /output schema/);
    });

    test('is told what is wrong with its arguments', async () => {
      const result = await call(client, 'test_structured', { city: 7 });
      assert.equal(result.isError, true);
      assert.match(textOf(result), /\/city/);
      await assert.rejects(call(client, 'no_such_tool'), /Unknown tool/);
    });

    test('hears of progress', async () => {
      const heard = [];
      const onprogress = ({ progress, total }) => heard.push([progress, total]);
      await call(client, 'test_tool_with_progress', {}, { onprogress });
      assert.deepEqual(heard.slice(0, 3), [
        [0, 100],
        [50, 100],
        [100, 100],
      ]);
    });

    test('is asked, once and in rounds', async () => {
      const hello = await call(client, 'test_input_required_result_elicitation');
      assert.equal(textOf(hello), 'Hello, Ute!');
      const rounds = await call(client, 'test_input_required_result_multi_round');
      assert.match(textOf(rounds), /for Ute who likes green/);
      const many = await call(client, 'test_input_required_result_multiple_inputs');
      assert.match(textOf(many), /Name: Ute; Greeting: Paris; Roots: 1/);
    });

    test('cancels', async () => {
      const abort = new AbortController();
      const onprogress = () => abort.abort();
      const slow = call(client, 'test_slow', {}, { onprogress, signal: abort.signal });
      await assert.rejects(slow);
      const result = await call(client, 'test_simple_text');
      assert.match(textOf(result), /simple/);
    });

    test('reads prompts and resources', async () => {
      const { prompts } = await client.listPrompts();
      assert.ok(prompts.length >= 5);
      const args = { arg1: 'a', arg2: 'b' };
      const { messages } = await client.getPrompt({
        name: 'test_prompt_with_arguments',
        arguments: args,
      });
      assert.match(messages[0].content.text, /arg1='a', arg2='b'/);
      const { contents } = await client.readResource({ uri: 'test://template/7/data' });
      assert.equal(JSON.parse(contents[0].text).id, '7');
      await assert.rejects(client.readResource({ uri: 'test://nothing' }), /not found/i);
    });
  });
}

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const options = { maxBuffer: 1 << 26, env: { ...process.env, ...env } };
    execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('the inspector', () => {
  const inspect = (...args) =>
    run(process.execPath, [INSPECTOR, '--cli', fixture.url, '--transport', 'http', ...args]);

  for (const era of [[], ['--protocol-era', 'legacy']]) {
    test(`lists tools and calls one ${era.join(' ')}`, async () => {
      const listed = await inspect('--method', 'tools/list', ...era);
      assert.equal(listed.code, 0, listed.stderr);
      assert.match(listed.stdout, /test_simple_text/);
      const called = ['--method', 'tools/call', '--tool-name', 'test_simple_text'];
      const result = await inspect(...called, ...era);
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stdout, /simple text response/);
    });
  }
});

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

describe("the product's client with server-everything", () => {
  const ours = (...args) => run(CLIENT_BINARY, args, { MCP_CLIENT_CALLS: 'echo,get-sum' });

  test('over HTTP', async () => {
    const everything = await startEverything(folder, await freePort());
    try {
      const { code, stdout, stderr } = await ours(everything.url);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /tools, 2025-11-25/);
      assert.match(stdout, /echo: Echo: text/);
      assert.match(stdout, /get-sum: The sum of 5 and 5 is 10/);
    } finally {
      await everything.stop();
    }
  });

  test('as a child process, which ends with it', async () => {
    const { code, stdout, stderr } = await ours('--stdio', process.execPath, EVERYTHING, 'stdio');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /echo: Echo: text/);
    const pid = Number(/^pid (\d+)$/m.exec(stdout)[1]);
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
  });

  test('and says why a program cannot be started', async () => {
    const { code, stdout } = await ours('--stdio', 'no-such-program');
    assert.equal(code, 1);
    assert.match(stdout, /cannot be started/);
  });
});
