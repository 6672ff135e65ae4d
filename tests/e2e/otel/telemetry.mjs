// What the programs here have in common: OpenTelemetry's SDK exporting to the gateway, with the
// trace context sent along by every fetch.
import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

export const GATEWAY = process.env.GATEWAY;
export const KEY = process.env.HEADGATE_E2E_CLIENT_KEY;

export function startTelemetry(service) {
  const exporter = new OTLPTraceExporter({
    url: `${GATEWAY}/v1/traces`,
    headers: { authorization: `Bearer ${KEY}` },
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [new UndiciInstrumentation()],
  });
  return provider;
}

/** Runs the program in a root span, exports, and prints what the test wants to know. */
export async function tell(provider, name, program) {
  const span = trace.getTracer(name).startSpan(name);
  const answer = await context.with(trace.setSpan(context.active(), span), program);
  span.end();
  await provider.shutdown();
  const { traceId, spanId } = span.spanContext();
  console.log(JSON.stringify({ traceId, spanId, answer }));
}
