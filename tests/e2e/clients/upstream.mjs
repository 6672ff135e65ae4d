// What a provider was asked, read from the lab's journal out of its own dialect: the check that a
// request arrived whole does not trust the answer alone.

const list = (value) => (Array.isArray(value) ? value : value == null ? [] : [value]);
/** A message's content as parts, a plain string as one of them. */
const parts = (content) =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
const textOf = (content) =>
  parts(content)
    .map((part) => part.text ?? '')
    .join('');
const dataUrl = (url) => {
  const [, type, data] = /^data:([^;]+);base64,(.*)$/.exec(url) ?? [];
  return { type, data };
};

function chat({ messages, tools, response_format: format }) {
  const calls = messages.flatMap((message) => list(message.tool_calls));
  const nameOf = (id) => calls.find((call) => call.id === id)?.function.name;
  return {
    system: messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map(({ content }) => textOf(content)),
    results: messages
      .filter(({ role }) => role === 'tool')
      .map(({ tool_call_id: id, content }) => [nameOf(id), asResult(textOf(content))]),
    images: messages
      .flatMap(({ content }) => parts(content))
      .filter(({ type }) => type === 'image_url')
      .map(({ image_url: image }) => dataUrl(image.url)),
    tools: list(tools).map(({ function: { name, parameters } }) => [name, parameters]),
    schema: format?.json_schema?.schema,
    signatures: 0,
  };
}

function responses({ input, instructions, tools, text }) {
  const items = typeof input === 'string' ? [] : input;
  const nameOf = (id) =>
    items.find((item) => item.type === 'function_call' && item.call_id === id)?.name;
  const messages = items.filter(({ role }) => role);
  return {
    system: [
      ...list(instructions),
      ...messages
        .filter(({ role }) => role === 'system' || role === 'developer')
        .map(({ content }) => textOf(content)),
    ],
    results: items
      .filter(({ type }) => type === 'function_call_output')
      .map(({ call_id: id, output }) => [nameOf(id), asResult(textOf(output))]),
    images: messages
      .flatMap(({ content }) => parts(content))
      .filter(({ type }) => type === 'input_image')
      .map(({ image_url: url }) => dataUrl(url)),
    tools: list(tools).map(({ name, parameters }) => [name, parameters]),
    schema: text?.format?.schema,
    signatures: items.filter(({ encrypted_content: signature }) => signature).length,
  };
}

function anthropic({ system, messages, tools, output_config: output }) {
  const blocks = messages.flatMap(({ content }) => parts(content));
  const nameOf = (id) => blocks.find((each) => each.type === 'tool_use' && each.id === id)?.name;
  return {
    system: parts(system).map(({ text }) => text),
    results: blocks
      .filter(({ type }) => type === 'tool_result')
      .map(({ tool_use_id: id, content }) => [nameOf(id), asResult(textOf(content))]),
    images: blocks
      .filter(({ type }) => type === 'image')
      .map(({ source }) => ({ type: source.media_type, data: source.data })),
    tools: list(tools).map(({ name, input_schema: schema }) => [name, schema]),
    schema: output?.format?.schema,
    signatures: blocks.filter(({ type, signature }) => type === 'thinking' && signature).length,
  };
}

/** Results have a name here; a call's id is optional. */
function gemini({ systemInstruction, contents, tools, generationConfig: config }) {
  const all = contents.flatMap((content) => content.parts);
  return {
    system: list(systemInstruction?.parts).map(({ text }) => text),
    results: all
      .filter((part) => part.functionResponse)
      .map(({ functionResponse: { name, response } }) => [name, resultText(response)]),
    images: all
      .filter((part) => part.inlineData)
      .map(({ inlineData: { mimeType, data } }) => ({ type: mimeType, data })),
    tools: list(tools)
      .flatMap((tool) => list(tool.functionDeclarations))
      .map(({ name, parametersJsonSchema, parameters }) => [
        name,
        parametersJsonSchema ?? parameters,
      ]),
    schema: config?.responseJsonSchema ?? config?.responseSchema,
    signatures: all.filter((part) => part.thoughtSignature).length,
  };
}

/** The text of a function's response, which clients put under different names. */
const resultText = ({ output, content, result }) => output ?? content ?? result;

/** A function's response that was made a text of, as it was. */
function asResult(text) {
  try {
    return resultText(JSON.parse(text)) ?? text;
  } catch {
    return text;
  }
}

const READERS = [
  [/\/chat\/completions$/, chat],
  [/\/responses$/, responses],
  [/\/messages$/, anthropic],
  [/:(streamG|g)enerateContent/, gemini],
];

/** What the request of a journal entry says. */
export function asked({ path, body }) {
  const [, read] = READERS.find(([pattern]) => pattern.test(path)) ?? [];
  if (!read) throw new Error(`no reader for ${path}`);
  return read(body);
}
