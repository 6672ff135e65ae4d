// A program of the OpenAI Agents SDK: triage hands over to the agent for orders, which has a tool;
// observed by OpenInference's instrumentation.
import { OpenAIAgentsInstrumentation } from '@arizeai/openinference-instrumentation-openai-agents';
import * as agents from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';

import { GATEWAY, KEY, startTelemetry, tell } from './telemetry.mjs';

const provider = startTelemetry('openai-agent');
new OpenAIAgentsInstrumentation({ tracerProvider: provider }).manuallyInstrument(agents);
agents.setDefaultOpenAIClient(
  new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 0 }),
);
agents.setOpenAIAPI(process.env.OPENAI_API ?? 'chat_completions');

const getOrder = agents.tool({
  name: 'get_order',
  description: 'An order by its number',
  parameters: z.object({ id: z.string() }),
  execute: async ({ id }) => `order ${id}: delivered`,
});
const agent = new agents.Agent({
  name: 'support',
  instructions: 'Help with orders.',
  model: 'lab-plain',
  tools: [getOrder],
});

await tell(provider, 'openai program', async () => {
  const result = await agents.run(agent, 'Where is my order 7?');
  return result.finalOutput;
});
