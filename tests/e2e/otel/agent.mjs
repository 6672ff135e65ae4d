// A program that traces itself: an agent's run with one model call, which goes through the gateway
// with its trace context, and a tool that fails.
import { SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import OpenAI from 'openai';

import { CLIENT_KEY } from '../harness.mjs';

export class Agent {
  constructor(gateway, Exporter) {
    this.gateway = gateway;
    const exporter = new Exporter({
      url: `${gateway}/v1/traces`,
      headers: { authorization: `Bearer ${CLIENT_KEY}` },
      compression: 'gzip',
    });
    this.provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'support-agent' }),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    this.provider.register();
    this.tracer = trace.getTracer('support-agent', '1.0');
  }

  async stop() {
    await this.provider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  }

  in(name, options, run) {
    return this.tracer.startActiveSpan(name, options, async (span) => {
      try {
        return await run(span);
      } finally {
        span.end();
      }
    });
  }

  /** The ids of what it did. */
  async run(question) {
    const ids = {};
    const agent = {
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'triage',
        'gen_ai.conversation.id': 'conversation-7',
        'user.id': 'ada',
        retries: 0,
      },
    };
    await this.in('invoke_agent triage', agent, async (span) => {
      ids.trace = span.spanContext().traceId;
      ids.agent = span.spanContext().spanId;
      await this.ask(question, ids);
      await this.useTool(ids);
    });
    await this.provider.forceFlush();
    return ids;
  }

  ask(question, ids) {
    const call = {
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'lab',
        'gen_ai.request.model': 'lab-plain',
      },
    };
    return this.in('chat lab-plain', call, async (span) => {
      ids.call = span.spanContext().spanId;
      const headers = {};
      propagation.inject(context.active(), headers);
      const client = new OpenAI({ baseURL: `${this.gateway}/v1`, apiKey: CLIENT_KEY });
      const messages = [{ role: 'user', content: question }];
      const answer = await client.chat.completions.create(
        { model: 'lab-plain', messages },
        { headers },
      );
      span.setAttributes({
        'gen_ai.response.id': answer.id,
        'gen_ai.usage.input_tokens': answer.usage.prompt_tokens,
        'gen_ai.usage.output_tokens': answer.usage.completion_tokens,
      });
    });
  }

  useTool(ids) {
    const tool = {
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'get_order',
        'gen_ai.tool.call.arguments': '{"id":7}',
      },
    };
    return this.in('execute_tool get_order', tool, async (span) => {
      ids.tool = span.spanContext().spanId;
      span.recordException(new RangeError('no order 7'));
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'no order 7' });
    });
  }
}
