// LangChain's chat models over OpenAI chat, OpenAI responses and Anthropic.
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';

import { PNG, TOOLS, Ticket, facts, runTool, stopOf, tokens } from '../scenes.mjs';

const STOPS = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
};

const tools = TOOLS.map(({ name, description, schema }) => ({ name, description, schema }));

/** Chat and Anthropic give their provider's word, responses a status. */
function stopWord(message) {
  const said = message.response_metadata;
  if (said.status === undefined) {
    const word = said.finish_reason ?? said.stop_reason ?? message.additional_kwargs.stop_reason;
    return stopOf(STOPS, word);
  }
  if (said.incomplete_details?.reason === 'max_output_tokens') return 'length';
  if (said.status !== 'completed') return `unknown: ${said.status}`;
  return message.tool_calls.length > 0 ? 'tool_calls' : 'stop';
}

function factsOf(message, pieces, miscounts) {
  const usage = message.usage_metadata;
  const blocks = message.contentBlocks;
  return facts({
    text: message.text,
    reasoning: blocks
      .filter((block) => block.type === 'reasoning')
      .map((block) => block.reasoning)
      .join(''),
    calls: message.tool_calls.map(({ name, args }) => ({ name, arguments: args })),
    stop: stopWord(message),
    usage:
      usage &&
      tokens(
        usage.input_tokens,
        miscounts && pieces !== undefined ? undefined : usage.output_tokens,
        usage.input_token_details?.cache_read,
        usage.output_token_details?.reasoning,
      ),
    pieces,
  });
}

/**
 * `chatModel(ask)` makes the model, set up for what is asked. `miscounts`: it sums up what a stream
 * says of its output tokens, which is cumulative.
 */
export function connect({ chatModel, imagePart, miscounts = false }) {
  async function complete(ask, signal) {
    const base = chatModel(ask);
    const model = ask.tools ? base.bindTools(tools) : base;
    const input = ask.messages ?? [
      ...(ask.system ? [new SystemMessage(ask.system)] : []),
      new HumanMessage({ content: ask.content ?? ask.text }),
    ];
    if (!ask.stream) return { message: await model.invoke(input, { signal }) };
    let message;
    let pieces = 0;
    for await (const piece of await model.stream(input, { signal })) {
      message = message ? message.concat(piece) : piece;
      if (piece.text && ++pieces === 3) ask.started?.();
    }
    return { message, pieces };
  }

  async function answer(ask, signal) {
    const { message, pieces } = await complete(ask, signal);
    return factsOf(message, pieces, miscounts);
  }

  return {
    answer,
    image: ({ text, ...ask }) =>
      answer({ ...ask, content: [{ type: 'text', text }, imagePart(PNG)] }),

    async tools(ask) {
      const first = await complete({ ...ask, tools: true });
      const results = first.message.tool_calls.map(
        ({ id, name, args }) => new ToolMessage({ tool_call_id: id, content: runTool(name, args) }),
      );
      const messages = [new HumanMessage(ask.text), first.message, ...results];
      const second = await complete({ ...ask, tools: true, messages });
      return [first, second].map(({ message, pieces }) => factsOf(message, pieces, miscounts));
    },

    async structured(ask) {
      const model = chatModel(ask).withStructuredOutput(Ticket, {
        name: 'ticket',
        method: 'jsonSchema',
      });
      if (!ask.stream) return await model.invoke(ask.text);
      let last;
      for await (const value of await model.stream(ask.text)) last = value;
      return last;
    },
  };
}
