// An OTLP collector for one test: takes requests in both encodings and gives their spans, protobuf
// decoded by OpenTelemetry's own code.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';

const require = createRequire(import.meta.url);
const root = require('otlp-transformer-0/build/src/generated/root.js');
const Request = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;

function plain(value) {
  if (value === null || value === undefined) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  if (value.kvlistValue !== undefined) return attributes(value.kvlistValue.values);
  return null;
}

const attributes = (list) =>
  Object.fromEntries((list ?? []).map(({ key, value }) => [key, plain(value)]));

// Of protobuf as bytes, of OTLP/JSON as hexadecimal.
const hex = (bytes) => Buffer.from(bytes ?? []).toString('hex');
const id = (value) => (typeof value === 'string' ? value : hex(value));

function spansOf(request) {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: id(span.traceId),
        spanId: id(span.spanId),
        parentId: id(span.parentSpanId),
        name: span.name,
        kind: span.kind,
        status: span.status?.code ?? 0,
        attributes: attributes(span.attributes),
        events: (span.events ?? []).map((each) => ({
          name: each.name,
          attributes: attributes(each.attributes),
        })),
        resource: attributes(resource?.attributes),
      })),
    ),
  );
}

function decode(body, type) {
  if (type === 'application/json') return JSON.parse(body.toString());
  // oneofs and missing members stay away, numbers that fit no double come as strings.
  return Request.toObject(Request.decode(body), { longs: String });
}

export async function startReceiver() {
  const spans = [];
  const server = createServer(async (request, reply) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    let body = Buffer.concat(pieces);
    if (request.headers['content-encoding'] === 'gzip') body = gunzipSync(body);
    spans.push(...spansOf(decode(body, request.headers['content-type'])));
    reply.writeHead(200, { 'content-type': request.headers['content-type'] });
    reply.end(request.headers['content-type'] === 'application/json' ? '{}' : '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    spans,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
