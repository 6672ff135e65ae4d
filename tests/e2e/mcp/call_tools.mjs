// Lists and calls tools by the protocol's own client, one call after the other. What came of it
// goes to standard output as JSON. A call with `abortAt` is cancelled at its so manieth progress.
//   node call_tools.mjs '{"url":…,"key":…,"era":"legacy",
//                         "calls":[{"name":…,"args":{…},"meta":{…}}]}'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const { url, key, era, calls } = JSON.parse(process.argv[2]);
const options = era === 'modern' ? { versionNegotiation: { mode: 'auto' } } : {};
const client = new Client({ name: 'test', version: '1' }, { capabilities: {}, ...options });
const requestInit = { headers: { authorization: `Bearer ${key}` } };
const sent = [];
const noting = (...request) => {
  const reply = fetch(...request);
  sent.push(reply);
  return reply;
};
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit, fetch: noting });
await client.connect(transport);
const out = { version: client.getNegotiatedProtocolVersion(), calls: [] };
out.tools = (await client.listTools()).tools;
for (const { name, args, meta, abortAt } of calls) {
  const abort = new AbortController();
  const told = { progress: [] };
  const onprogress = ({ progress, message }) => {
    told.progress.push([progress, message]);
    if (told.progress.length === abortAt) abort.abort();
  };
  try {
    const params = { name, arguments: args, ...(meta ? { _meta: meta } : {}) };
    told.result = await client.callTool(params, { onprogress, signal: abort.signal });
  } catch (error) {
    told.error = String(error.message ?? error);
  }
  out.calls.push(told);
}
await Promise.allSettled(sent); // also what says that a call is cancelled
await client.close();
console.log(JSON.stringify(out));
