import { CLIENTS } from './clients.mjs';
import { strays } from './loopback.mjs';
import { failure, SYSTEM } from './scenes.mjs';
const [origin, dialect, only] = process.argv.slice(2);
const show = (name, v) => console.log('  ', name, JSON.stringify(v));
for (const c of CLIENTS.filter(c => dialect.split(',').includes(c.dialect) && (!only || c.id === only))) {
  console.log('==', c.id, c.packages);
  const d = c.connect({ origin, key: 'sk-lab-0123456789abcdefghijklmnop', model: c.model });
  show('plain', await failure(() => d.answer({ text: 'say hello', system: SYSTEM })));
  show('stream', await failure(() => d.answer({ text: 'say hello', system: SYSTEM, stream: true })));
  show('length', await failure(() => d.answer({ text: 'a long story', limit: 16 })));
  for (const stream of [false, true]) {
    show('tools', await failure(() => d.tools({ text: 'weather and time', stream })));
    show('think', await failure(() => d.tools({ text: 'weather and time', stream, think: true })));
    show('structured', await failure(() => d.structured({ text: 'classify this ticket', stream })));
  }
  show('image', await failure(() => d.image({ text: 'what do you see' })));
  for (const f of ['busy', 'overloaded', 'refused', 'broken']) for (const stream of [false, true])
    show(f, await failure(() => d.answer({ text: `fault:${f} one two three four five six`, stream })));
  const c2 = new AbortController();
  show('abort', await failure(() => d.answer({ text: 'count slowly', stream: true, started: () => c2.abort() }, c2.signal)));
  const c3 = new AbortController();
  setTimeout(() => c3.abort(), 200);
  show('hang', await failure(() => d.answer({ text: 'fault:hang' }, c3.signal)));
  console.log('   disconnects', (await (await fetch(origin + '/lab/stats')).json()).client_disconnects);
}
console.log('strays', strays);
