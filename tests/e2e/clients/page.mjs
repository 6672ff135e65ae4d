// docs/clients.md from the cells of a run.
import { FEATURES } from './features.mjs';

const INTRO = `# Clients

Which clients work with which providers, as of the last test run. Each cell is a real run of that
client, unchanged but for its base URL and key, against the program, with the lab speaking the
provider's dialect behind it. Written by \`tests/e2e/clients/matrix.mjs --write\`; the test
\`e2e_clients\` fails when a run says anything else than this page.
`;

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const COLUMNS = `${table(
  ['column', 'what ran'],
  FEATURES.map(({ title, ran }) => [title, ran]),
)}\n`;

/** Texts below the tables, and the numbers that point to them. */
class Notes {
  texts = [];

  number(text) {
    if (!this.texts.includes(text)) this.texts.push(text);
    return this.texts.indexOf(text) + 1;
  }
}

function noteOf({ outcome, reason, dropped }) {
  if (outcome !== 'ok') return reason.split('\n')[0];
  if (dropped.length === 0) return null;
  const fields = dropped.map((each) => `\`${each}\``).join(', ');
  return `left out, as \`x-headgate-dropped\` says: ${fields}`;
}

function cellText(cell, notes) {
  const note = noteOf(cell);
  return note === null ? cell.outcome : `${cell.outcome} (${notes.number(note)})`;
}

function upstreamTable(upstream, cells, notes) {
  const clients = [...new Set(cells.map((cell) => cell.client))];
  const rows = clients.map((client) => [
    client.id,
    ...cells.filter((cell) => cell.client === client).map((cell) => cellText(cell, notes)),
  ]);
  const head = ['client', ...FEATURES.map(({ title }) => title)];
  return `## Over ${upstream.title}\n\n${table(head, rows)}\n`;
}

/** What clients do by themselves, whoever answers. */
function habits(clients) {
  const lines = clients.flatMap(({ id, habits: each }) => each.map((text) => `* ${id}: ${text}\n`));
  return `## What clients do by themselves\n\n${lines.join('')}`;
}

/** The page's text. */
export function page(cells) {
  const notes = new Notes();
  const clients = [...new Set(cells.map((cell) => cell.client))];
  const versions = table(
    ['client', 'packages', 'speaks'],
    clients.map(({ id, packages, dialect }) => [id, packages, dialect]),
  );
  const upstreams = [...new Set(cells.map((cell) => cell.upstream))].map((upstream) =>
    upstreamTable(
      upstream,
      cells.filter((cell) => cell.upstream === upstream),
      notes,
    ),
  );
  const numbered = notes.texts.map((text, index) => `${index + 1}. ${text}\n`).join('');
  const noted = numbered && `## Notes\n\n${numbered}`;
  return [INTRO, COLUMNS, `${versions}\n`, ...upstreams, noted, habits(clients)]
    .filter(Boolean)
    .join('\n');
}
