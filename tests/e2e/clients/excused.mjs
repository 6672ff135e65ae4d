// What may differ between the native stream and the translated one, and why. The only place where
// the differential test looks away.
//
// `path` names members, `*` any one of them; `dialect`, `upstream` and `scene` narrow it down.
// `as` says how both sides are compared instead: 'type' (default) by kind, 'gone' not at all.

export const EXCUSED = [
  // ---- what differs from call to call
  { dialect: 'chat', path: 'id', why: 'per call' },
  { dialect: 'chat', path: 'created', why: 'per call' },
];

const matches = (pattern, path) => {
  const wanted = pattern.split('.');
  return (
    wanted.length === path.length &&
    wanted.every((part, i) => part === '*' || part === String(path[i]))
  );
};

const applies = (excuse, where) =>
  ['dialect', 'upstream', 'scene'].every(
    (name) => excuse[name] === undefined || [excuse[name]].flat().includes(where[name]),
  );

function kindOf(value) {
  if (Array.isArray(value)) return '<list>';
  return value === null ? null : `<${typeof value}>`;
}

function walk(value, other, path, excuses, needed) {
  const excuse = excuses.find((each) => matches(each.path, path));
  if (excuse) {
    if (JSON.stringify(value) !== JSON.stringify(other)) needed.add(excuse);
    return excuse.as === 'gone' ? undefined : kindOf(value);
  }
  if (Array.isArray(value)) {
    return value.map((each, i) => walk(each, other?.[i], [...path, i], excuses, needed));
  }
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([key, each]) => [
    key,
    walk(each, other?.[key], [...path, key], excuses, needed),
  ]);
  return Object.fromEntries(members.filter(([, each]) => each !== undefined));
}

/** Both values without what is excused there; excuses that made a difference join `needed`. */
export function settled(actual, expected, where, needed) {
  const excuses = EXCUSED.filter((each) => applies(each, where));
  const plain = (value) => JSON.parse(JSON.stringify(value));
  const [a, b] = [plain(actual), plain(expected)];
  return [walk(a, b, [], excuses, needed), walk(b, a, [], excuses, needed)];
}
