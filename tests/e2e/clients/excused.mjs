// What may differ between the native stream and the translated one, and why. The only place where
// the differential test looks away.
//
// `paths` name members, `*` any one of them; `dialect`, `upstream`, `across` (any but the dialect's
// own) and `scene` narrow it down. Excused members are compared by kind; with `absent` they may be
// missing, or there, as well.

const COUNTED_APART = 'the model that answered, and its own count of a prompt; e2e_clients has it';
const UNASKED = 'whether a model thinks that nobody asked to differs by provider';
const REFUSED = 'refusals have another form: a stop reason with an explanation, or a text';

const TABLE = [
  // ---- the chat stream
  {
    dialect: 'chat',
    why: 'made for each call',
    paths: ['id', 'created', 'choices.*.message.tool_calls.*.id'],
  },
  {
    dialect: 'chat',
    across: true,
    why: COUNTED_APART,
    paths: ['model', 'usage.prompt_tokens', 'usage.total_tokens'],
  },
  {
    dialect: 'chat',
    across: true,
    absent: true,
    why: "what only OpenAI's own servers know",
    paths: ['service_tier', 'system_fingerprint'],
  },
  {
    dialect: 'chat',
    upstream: 'anthropic',
    scene: 'two tool calls',
    why: UNASKED,
    paths: ['usage.completion_tokens', 'usage.completion_tokens_details.reasoning_tokens'],
  },
  {
    dialect: 'chat',
    upstream: 'gemini',
    absent: true,
    why: "Gemini's signatures, where Google's own chat API has them",
    paths: ['choices.*.message.tool_calls.*.extra_content'],
  },
  {
    dialect: 'chat',
    upstream: 'anthropic',
    scene: 'thinking and tools',
    absent: true,
    why: 'thoughts, in the customary member; the accumulator keeps its last piece only',
    paths: ['choices.*.message.reasoning_content'],
  },
  {
    dialect: 'chat',
    across: true,
    scene: 'a refusal',
    absent: true,
    why: REFUSED,
    paths: ['choices.*.message.content', 'choices.*.message.refusal', 'choices.*.finish_reason'],
  },

  // ---- the responses stream
  {
    dialect: 'responses',
    why: 'made for each call',
    paths: ['id', 'created_at', 'output.*.id', 'output.*.call_id', 'thoughts.*.id'],
  },
  {
    dialect: 'responses',
    upstream: 'responses',
    why: 'made for each call',
    paths: ['thoughts.*.encrypted_content'],
  },
  {
    dialect: 'responses',
    across: true,
    why: COUNTED_APART,
    paths: ['model', 'usage.input_tokens', 'usage.total_tokens'],
  },
  {
    dialect: 'responses',
    across: true,
    absent: true,
    why: "settings of OpenAI's own servers, and members without a meaning elsewhere",
    paths: [
      'completed_at',
      'conversation',
      'frequency_penalty',
      'moderation',
      'output.*.phase',
      'presence_penalty',
      'prompt_cache_options',
      'prompt_cache_retention',
      'reasoning.effort',
      'temperature',
      'text.format.description',
      'text.verbosity',
      'tool_usage',
      'top_p',
      'user',
    ],
  },
  {
    dialect: 'responses',
    across: true,
    scene: 'two tool calls',
    absent: true,
    why: UNASKED,
    paths: ['thoughts.*', 'usage.output_tokens', 'usage.output_tokens_details.reasoning_tokens'],
  },
  {
    dialect: 'responses',
    upstream: 'chat',
    scene: 'thinking and tools',
    absent: true,
    why: 'chat completions show no thoughts',
    paths: ['thoughts.*'],
  },
  {
    dialect: 'responses',
    upstream: ['anthropic', 'gemini'],
    scene: 'thinking and tools',
    absent: true,
    why: 'what is signed: all thoughts by Anthropic, calls by Gemini',
    paths: ['thoughts.*.encrypted_content'],
  },
  {
    dialect: 'responses',
    upstream: 'gemini',
    absent: true,
    why: "Gemini's signatures, where Google's own chat API has them",
    paths: ['output.*.extra_content'],
  },
  {
    dialect: 'responses',
    upstream: ['anthropic', 'gemini'],
    scene: 'a refusal',
    absent: true,
    why: REFUSED,
    paths: ['output.*', 'status', 'incomplete_details'],
  },

  // ---- the Anthropic stream
  {
    dialect: 'anthropic',
    why: 'made for each call',
    paths: ['id', 'content.*.id', 'thoughts.*.signature'],
  },
  {
    dialect: 'anthropic',
    across: true,
    why: COUNTED_APART,
    paths: ['model', 'usage.input_tokens'],
  },
  {
    dialect: 'anthropic',
    across: true,
    absent: true,
    why: "what only Anthropic's own servers know",
    paths: [
      'container',
      'content.*.caller',
      'content.*.citations',
      'diagnostics',
      'usage.inference_geo',
    ],
  },
  {
    dialect: 'anthropic',
    across: true,
    scene: 'two tool calls',
    absent: true,
    why: UNASKED,
    paths: ['thoughts.*', 'usage.output_tokens', 'usage.output_tokens_details.thinking_tokens'],
  },
  {
    dialect: 'anthropic',
    upstream: 'chat',
    scene: 'thinking and tools',
    absent: true,
    why: 'chat completions show no thoughts',
    paths: ['thoughts.*'],
  },
  {
    dialect: 'anthropic',
    across: true,
    scene: 'a refusal',
    absent: true,
    why: REFUSED,
    paths: ['content.*', 'stop_details'],
  },

  // ---- the Gemini stream
  { dialect: 'gemini', why: 'made for each call', paths: ['parts.*.functionCall.id'] },
  {
    dialect: 'gemini',
    upstream: 'gemini',
    why: 'made for each call',
    paths: ['parts.*.thoughtSignature'],
  },
  {
    dialect: 'gemini',
    across: true,
    why: COUNTED_APART,
    paths: ['modelVersions.*', 'usageMetadata.promptTokenCount', 'usageMetadata.totalTokenCount'],
  },
  {
    dialect: 'gemini',
    across: true,
    absent: true,
    why: 'tokens by modality, and signatures, which only Gemini has',
    paths: ['usageMetadata.promptTokensDetails', 'parts.*.thoughtSignature'],
  },
  {
    dialect: 'gemini',
    upstream: 'anthropic',
    scene: 'two tool calls',
    absent: true,
    why: UNASKED,
    paths: ['usageMetadata.thoughtsTokenCount'],
  },
  {
    dialect: 'gemini',
    upstream: 'chat',
    scene: 'thinking and tools',
    absent: true,
    why: 'chat completions show no thoughts',
    paths: ['thoughts.*'],
  },
  {
    dialect: 'gemini',
    across: true,
    scene: 'a refusal',
    absent: true,
    why: REFUSED,
    paths: ['parts.*', 'roles.*'],
  },
];

export const EXCUSED = TABLE.flatMap(({ paths, ...each }) =>
  paths.map((path) => ({ ...each, path })),
);

function matches(pattern, path) {
  const wanted = pattern.split('.');
  return (
    wanted.length === path.length &&
    wanted.every((part, i) => part === '*' || part === String(path[i]))
  );
}

function applies(excuse, where) {
  if (excuse.across && where.upstream === where.dialect) return false;
  return ['dialect', 'upstream', 'scene'].every(
    (name) => excuse[name] === undefined || [excuse[name]].flat().includes(where[name]),
  );
}

const kindOf = (value) => (value === null ? null : `<${typeof value}>`);

function walk(value, other, path, excuses, needed) {
  const excuse = excuses.find((each) => matches(each.path, path));
  if (excuse) {
    if (JSON.stringify(value) !== JSON.stringify(other)) needed.add(excuse);
    return excuse.absent ? undefined : kindOf(value);
  }
  if (Array.isArray(value)) {
    return value
      .map((each, i) => walk(each, other?.[i], [...path, i], excuses, needed))
      .filter((each) => each !== undefined);
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
