// Runs an agent by the protocol's own client, as a user interface does: once for each element of
// `turns`, on one thread. What came of it goes to standard output as JSON.
//   node drive.mjs '{"url":…,"key":…,"turns":[{"say":"…"},{"resume":[{…}]}]}'
import { HttpAgent } from '@ag-ui/client';

const { url, key, thread = 'thread-1', turns } = JSON.parse(process.argv[2]);
const agent = new HttpAgent({
  url,
  threadId: thread,
  headers: { authorization: `Bearer ${key}` },
});
const out = [];
for (const turn of turns) {
  if (turn.say) agent.addMessage({ id: crypto.randomUUID(), role: 'user', content: turn.say });
  const interrupts = out.at(-1)?.interrupts ?? [];
  const resume = turn.answer?.map((payload, i) => ({
    interruptId: interrupts[i]?.id ?? 'none',
    status: payload === null ? 'cancelled' : 'resolved',
    ...(payload === null ? {} : { payload }),
  }));
  const told = { events: [] };
  try {
    const done = await agent.runAgent(resume ? { resume } : {}, {
      onEvent: ({ event }) => {
        told.events.push(event);
      },
    });
    told.result = done.result;
    told.newMessages = done.newMessages;
  } catch (error) {
    told.error = String(error.message ?? error);
  }
  const last = told.events.at(-1);
  told.interrupts = last?.outcome?.interrupts ?? [];
  out.push(told);
}
console.log(JSON.stringify(out));
