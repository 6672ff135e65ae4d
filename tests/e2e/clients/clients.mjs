// The clients of the matrix, each at the version of package-lock.json: what it is called on the
// page, the model it asks for, and how it is connected to an origin.
import './loopback.mjs';

import { readFileSync } from 'node:fs';

import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic1 from '@anthropic-ai/sdk';
import { zodOutputFormat as zodOutputFormat1 } from '@anthropic-ai/sdk/helpers/zod';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import Anthropic0 from 'anthropic-0';
import { zodOutputFormat as zodOutputFormat0 } from 'anthropic-0/helpers/zod';

import * as agents from './drivers/agents.mjs';
import * as ai from './drivers/ai.mjs';
import * as anthropic from './drivers/anthropic.mjs';
import * as gemini from './drivers/gemini.mjs';
import * as langchain from './drivers/langchain.mjs';
import * as chat from './drivers/openai_chat.mjs';
import * as responses from './drivers/openai_responses.mjs';

// Clients read more out of a model's name than they admit, so each asks for one of its own vendor.
export const MODEL_OF = {
  chat: 'gpt-6-astra',
  responses: 'gpt-6-astra',
  anthropic: 'claude-sonnet-5-5',
  gemini: 'gemini-3.8-flash',
};

// How Anthropic's models are told to think, now and formerly.
const ADAPTIVE = { type: 'adaptive', display: 'summarized' };
const BUDGET = { type: 'enabled', budget_tokens: 1024 };

const LOCK = JSON.parse(readFileSync(new URL('package-lock.json', import.meta.url), 'utf8'));

/** "ai 7.0.173 + @ai-sdk/openai 4.0.118", as the lock file has them. */
const versionsOf = (packages) =>
  packages
    .map((each) => {
      const { name = each, version } = LOCK.packages[`node_modules/${each}`];
      return `${name} ${version}`;
    })
    .join(' + ');

const langchainOpenAI = (useResponsesApi) => (at) => ({
  chatModel: (ask) =>
    new ChatOpenAI({
      model: at.model,
      apiKey: at.key,
      configuration: { baseURL: `${at.origin}/v1` },
      maxRetries: 0,
      useResponsesApi,
      ...(useResponsesApi
        ? { zdrEnabled: true, modelKwargs: { include: ['reasoning.encrypted_content'] } }
        : {}),
      ...(ask.limit ? { maxTokens: ask.limit } : {}),
      ...(ask.think
        ? { reasoning: { effort: 'low', ...(useResponsesApi ? { summary: 'auto' } : {}) } }
        : {}),
    }),
  imagePart: (png) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }),
});

const langchainAnthropic = (at) => ({
  chatModel: (ask) =>
    new ChatAnthropic({
      model: at.model,
      apiKey: at.key,
      anthropicApiUrl: at.origin,
      maxRetries: 0,
      maxTokens: ask.limit ?? 4096,
      ...(ask.think ? { thinking: ADAPTIVE } : {}),
    }),
  imagePart: (data) => ({
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data },
  }),
  miscounts: true,
});

const openai = (at) => createOpenAI({ baseURL: `${at.origin}/v1`, apiKey: at.key });

/**
 * A row of the matrix: `dialect` is what it speaks, `connect(at)` gives its driver, `habits` are
 * what its users should know of it.
 */
const client = (id, dialect, packages, connect, habits = []) => ({
  id,
  dialect,
  model: MODEL_OF[dialect],
  packages: versionsOf(packages),
  connect,
  habits,
});

export const CLIENTS = [
  client('openai chat', 'chat', ['openai'], chat.connect),
  client('openai responses', 'responses', ['openai'], responses.connect, [
    'its stream helper adds `parsed` and `parsed_arguments` to items, which the provider refuses ' +
      'when they are sent back',
    'throws nothing when `response.status` is "failed"',
  ]),
  client('anthropic 1', 'anthropic', ['@anthropic-ai/sdk'], (at) =>
    anthropic.connect({
      ...at,
      sdk: Anthropic1,
      zodOutputFormat: zodOutputFormat1,
      thinking: ADAPTIVE,
    }),
  ),
  client('anthropic 0', 'anthropic', ['anthropic-0'], (at) =>
    anthropic.connect({
      ...at,
      sdk: Anthropic0,
      zodOutputFormat: zodOutputFormat0,
      thinking: BUDGET,
    }),
  ),
  client('genai v1', 'gemini', ['@google/genai'], gemini.connect, [
    'takes an error within a stream for an empty answer unless its `code` is a number',
  ]),
  client('genai v1beta', 'gemini', ['@google/genai'], (at) =>
    gemini.connect({ ...at, apiVersion: 'v1beta' }),
  ),
  client('ai openai responses', 'responses', ['ai', '@ai-sdk/openai'], (at) =>
    ai.connect({
      ...at,
      provider: (model) => openai(at).responses(model),
      providerOptions: { openai: { store: false, reasoningSummary: 'auto' } },
    }),
  ),
  client('ai openai chat', 'chat', ['ai', '@ai-sdk/openai'], (at) =>
    ai.connect({ ...at, provider: (model) => openai(at).chat(model) }),
  ),
  client('ai openai-compatible', 'chat', ['ai', '@ai-sdk/openai-compatible'], (at) =>
    ai.connect({
      ...at,
      provider: createOpenAICompatible({
        name: 'gateway',
        baseURL: `${at.origin}/v1`,
        apiKey: at.key,
        includeUsage: true,
        supportsStructuredOutputs: true,
      }),
    }),
  ),
  client('ai anthropic', 'anthropic', ['ai', '@ai-sdk/anthropic'], (at) =>
    ai.connect({
      ...at,
      provider: createAnthropic({ baseURL: `${at.origin}/v1`, apiKey: at.key }),
      thinking: { anthropic: { thinking: ADAPTIVE } },
    }),
  ),
  client('ai google', 'gemini', ['ai', '@ai-sdk/google'], (at) =>
    ai.connect({
      ...at,
      provider: createGoogle({ baseURL: `${at.origin}/v1beta`, apiKey: at.key }),
      thinking: { google: { thinkingConfig: { includeThoughts: true } } },
    }),
  ),
  client('langchain openai chat', 'chat', ['@langchain/core', '@langchain/openai'], (at) =>
    langchain.connect(langchainOpenAI(false)(at)),
  ),
  client(
    'langchain openai responses',
    'responses',
    ['@langchain/core', '@langchain/openai'],
    (at) => langchain.connect(langchainOpenAI(true)(at)),
    ['asks for encrypted reasoning only where `include` is set, and loses it otherwise'],
  ),
  client(
    'langchain anthropic',
    'anthropic',
    ['@langchain/core', '@langchain/anthropic'],
    (at) => langchain.connect(langchainAnthropic(at)),
    ['counts too many output tokens of a stream: it adds up what is cumulative'],
  ),
  client('agents chat', 'chat', ['@openai/agents'], (at) =>
    agents.connect({ ...at, useResponses: false }),
  ),
  client(
    'agents responses',
    'responses',
    ['@openai/agents'],
    (at) => agents.connect({ ...at, useResponses: true }),
    ['throws where a limit cuts the answer', 'does not say why a model stopped'],
  ),
];
