// A LangChain program: a model with a tool, asked until it answers, observed by OpenInference's
// instrumentation.
import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain';
import * as callbacks from '@langchain/core/callbacks/manager';
import { HumanMessage } from '@langchain/core/messages';
import { RunnableLambda } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

import { GATEWAY, KEY, startTelemetry, tell } from './telemetry.mjs';

const provider = startTelemetry('langchain-agent');
new LangChainInstrumentation({ tracerProvider: provider }).manuallyInstrument(callbacks);

const getOrder = tool(async ({ id }) => `order ${id}: delivered`, {
  name: 'get_order',
  description: 'An order by its number',
  schema: z.object({ id: z.string() }),
});
const model = new ChatOpenAI({
  model: 'lab-plain',
  apiKey: KEY,
  maxRetries: 0,
  configuration: { baseURL: `${GATEWAY}/v1` },
}).bindTools([getOrder]);

const agent = RunnableLambda.from(async (question, config) => {
  const messages = [new HumanMessage(question)];
  for (;;) {
    const answer = await model.invoke(messages, config);
    messages.push(answer);
    if (!answer.tool_calls?.length) return answer.text;
    for (const call of answer.tool_calls) messages.push(await getOrder.invoke(call, config));
  }
}).withConfig({ runName: 'support' });

await tell(provider, 'langchain program', () => agent.invoke('Where is my order 7?'));
