// The lab and the gateway of the matrix, and the questions a cell has about them: a provider of
// each family, all of them the one lab, and every client's model on each.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { CLIENT_KEY, LAB_KEY, labStats, startStack, waitFor } from '../harness.mjs';
import { MODEL_OF } from './clients.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** The families of providers: `dialect` is the one that clients call by the same name. */
export const UPSTREAMS = [
  { dialect: 'chat', kind: 'openai-chat', base: '/v1', title: 'OpenAI chat completions' },
  { dialect: 'responses', kind: 'openai-responses', base: '/v1', title: 'OpenAI responses' },
  { dialect: 'anthropic', kind: 'anthropic', base: '/v1', title: 'Anthropic messages' },
  { dialect: 'gemini', kind: 'gemini', base: '/v1beta', title: 'Gemini' },
];

/** What the gateway calls `model` when `dialect` serves it. */
export const modelOver = (model, dialect) => `${model}-over-${dialect}`;

const providerOf = (labOrigin, { kind, base }) => ({
  kind,
  base_url: `${labOrigin}${base}`,
  api_key: 'env:HEADGATE_E2E_LAB_KEY',
  breaker: { enabled: false },
});

const gatewayConfig = (upstreams) => (labOrigin, folder) => {
  const models = {};
  for (const { dialect } of upstreams) {
    for (const model of new Set(Object.values(MODEL_OF))) {
      models[modelOver(model, dialect)] = { provider: dialect, upstream_model: MODEL_OF[dialect] };
    }
  }
  return {
    providers: Object.fromEntries(
      upstreams.map((upstream) => [upstream.dialect, providerOf(labOrigin, upstream)]),
    ),
    models,
    routes: { all: { retry: { attempts_max: 1 } } },
    auth: {
      keys: [{ id: 'e2e', secret: 'env:HEADGATE_E2E_CLIENT_KEY', user: 'ute', tenant: 'acme' }],
    },
    storage: { path: path.join(folder, 'store') },
  };
};

export class Stack {
  /** Without `upstreams` there is only the lab. */
  static async start(upstreams) {
    const script = path.join(HERE, 'lab.yaml');
    const config = upstreams ? gatewayConfig(upstreams) : null;
    return new Stack(await startStack({ script, config }));
  }

  constructor({ lab, gateway, stop }) {
    Object.assign(this, { lab, gateway, stop });
  }

  /** Where a client goes that shall reach the lab through the gateway, or the lab itself. */
  through = (client, upstream) => ({
    origin: this.gateway.origin,
    key: CLIENT_KEY,
    model: modelOver(client.model, upstream.dialect),
  });
  directly = (client) => ({ origin: this.lab.origin, key: LAB_KEY, model: client.model });

  /** The lab's journal entries whose request says `mark`, at least `count`, oldest first. */
  async entries(count, mark) {
    return await waitFor(`${count} requests that say ${mark}`, async () => {
      const { requests } = await (await fetch(`${this.lab.origin}/lab/requests`)).json();
      const found = requests.filter(({ body }) => JSON.stringify(body).includes(mark));
      return found.length >= count && found;
    });
  }

  /** Waits until the lab has seen the caller of request `n` go. */
  async gone(n) {
    await waitFor(
      'the upstream connection closed',
      async () => {
        const { requests } = await (await fetch(`${this.lab.origin}/lab/requests`)).json();
        return requests.find((each) => each.n === n)?.disconnected;
      },
      3000,
    );
  }

  stats = () => labStats(this.lab);
}
