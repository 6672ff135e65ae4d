#include "llm/anthropic/blocks.h"

#include <algorithm>

#include "base/text/base64.h"
#include "base/text/strings.h"

namespace headgate::llm::anthropic {

using base::json::Cursor;
using base::json::Kind;
using base::json::Member;
using base::json::Members;
using chat::Part;

namespace {

constexpr std::string_view kEscaped = "hgx_";  // begins a name that wire_name() had to change
constexpr std::size_t kNameBytesMax = 1024;    // longer ones are nobody's: they pass as they are

Wrong required(std::string_view member) { return {std::string(member), "Field required"}; }

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool fits_alphabet(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return is_plain(c) || c == '_'; });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string escaped(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : name) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'_', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

// The name that escaped() made `text` of, if there is one.
std::optional<std::string> unescaped(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      if (!is_plain(text[i])) return std::nullopt;
      name += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || is_plain(static_cast<char>(high << 4 | low))) return std::nullopt;
    name += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return name;
}

std::optional<std::string> made_of(std::string_view wire);

// A name that fits but reads like an escaped one has to be escaped too, or the way back is lost.
bool needs_escape(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  return !fits_alphabet(name) || made_of(name).has_value();
}

std::optional<std::string> made_of(std::string_view wire) {
  if (!wire.starts_with(kEscaped) || wire.size() > 3 * kNameBytesMax + kEscaped.size()) {
    return std::nullopt;
  }
  auto name = unescaped(wire.substr(kEscaped.size()));
  if (!name || !needs_escape(*name)) return std::nullopt;
  return name;
}

// "source" of an image or a document. True in `opaque`: it has no word in the neutral model.
std::optional<Wrong> read_source(const Member& member, const chat::Limits& limits,
                                 chat::Media& media, bool& opaque) {
  if (member.kind != Kind::object) return Wrong{"source", "Input should be an object"};
  Cursor cursor(member.raw, limits.depth_max);
  Members source;
  if (!source.read(cursor, member.raw)) return Wrong{"source", "Input should be an object"};
  const std::string type = source.take_string("type").value_or("");
  const auto field = [&source](std::string_view name, std::string& out) -> std::optional<Wrong> {
    auto value = source.take_string(name);
    if (!value) return required("source." + std::string(name));
    out = *std::move(value);
    return std::nullopt;
  };
  std::optional<Wrong> wrong;
  if (type == "base64") {
    wrong = field("data", media.data);
    if (!wrong)
      media.mime = source.take_string("media_type").value_or(std::string(image_type(media.data)));
  } else if (type == "url") {
    wrong = field("url", media.url);
  } else if (type == "file") {
    wrong = field("file_id", media.file_id);
  } else if (type == "text" && media.kind == chat::MediaKind::document) {
    wrong = field("data", media.data);
    if (!wrong) media.data = base::base64(media.data);
    media.mime = "text/plain";
    source.take("media_type");
  } else if (type.empty()) {
    return required("source.type");
  } else {
    opaque = true;
  }
  chat::Extras unknown;
  rest_of(source, unknown);
  opaque = opaque || !unknown.empty();
  return wrong;
}

void make_opaque(const Members& block, std::string type, Part& part) {
  part.value = chat::Opaque{chat::Dialect::anthropic, std::move(type), std::string(block.raw())};
  part.extras.clear();
}

std::optional<Wrong> read_media(Members& block, const std::string& type, const chat::Limits& limits,
                                Part& part) {
  const Member* source = block.take("source");
  if (source == nullptr) return required("source");
  chat::Media media;
  media.kind = type == "image" ? chat::MediaKind::image : chat::MediaKind::document;
  if (media.kind == chat::MediaKind::document) {
    media.filename = block.take_string("title").value_or("");
  }
  bool opaque = false;
  if (auto wrong = read_source(*source, limits, media, opaque)) return wrong;
  if (opaque) {
    make_opaque(block, type, part);
  } else {
    part.value = std::move(media);
  }
  return std::nullopt;
}

std::optional<Wrong> read_text(Members& block, Part& part) {
  auto text = block.take_string("text");
  if (!text) return required("text");
  chat::Text& value = part.value.emplace<chat::Text>();
  value.text = *std::move(text);
  const Member* citations = block.take("citations");
  if (citations != nullptr && citations->kind == Kind::array && has_elements(citations->raw)) {
    value.annotations = citations->raw;
  }
  return std::nullopt;
}

std::optional<Wrong> read_thinking(Members& block, bool redacted, Part& part) {
  chat::Reasoning& value = part.value.emplace<chat::Reasoning>();
  value.redacted = redacted;
  auto text = block.take_string(redacted ? "data" : "thinking");
  if (!text) return required(redacted ? "data" : "thinking");
  if (redacted) {
    read_signature(*text, value);
    return std::nullopt;
  }
  value.text = *std::move(text);
  read_signature(block.take_string("signature").value_or(""), value);
  return std::nullopt;
}

std::optional<Wrong> read_tool_use(Members& block, Part& part) {
  auto id = block.take_string("id");
  if (!id || id->empty()) return required("id");
  auto name = block.take_string("name");
  if (!name) return required("name");
  const Member* input = block.take("input");
  if (input != nullptr && input->kind != Kind::object) {
    return Wrong{"input", "Input should be an object"};
  }
  chat::ToolCall& call = part.value.emplace<chat::ToolCall>();
  call.id = plain_name(*id);
  call.name = plain_name(*name);
  call.arguments = input == nullptr ? std::string_view("{}") : input->raw;
  return std::nullopt;
}

// Blocks that only a turn can hold, not a tool's result.
bool is_turn_only(std::string_view type) {
  return type == "tool_result" || type == "tool_use" || type == "thinking" ||
         type == "redacted_thinking";
}

std::optional<Wrong> read_result_block(Cursor& cursor, std::string_view text,
                                       const chat::Limits& limits, Part& part) {
  Members block;
  if (!block.read(cursor, text)) return Wrong{"", "Input should be an object"};
  const Member* type = block.take("type");
  if (type != nullptr && type->kind == Kind::string && is_turn_only(type->text.raw)) {
    return Wrong{"type", "Input tag '" + std::string(type->text.raw) + "' is not expected here"};
  }
  return read_part(block, limits, part);
}

std::optional<Wrong> read_tool_result(Members& block, const chat::Limits& limits, Part& part) {
  auto id = block.take_string("tool_use_id");
  if (!id || id->empty()) return required("tool_use_id");
  chat::ToolResult& result = part.value.emplace<chat::ToolResult>();
  result.call_id = plain_name(*id);
  const Member* error = block.take("is_error");
  result.is_error = error != nullptr && error->raw == "true";
  const Member* content = block.take("content");
  if (content == nullptr) return std::nullopt;
  if (content->kind == Kind::string) {
    result.content.push_back(chat::text_part(content->text.decode()));
    return std::nullopt;
  }
  if (content->kind != Kind::array) return Wrong{"content", "Input should be a string or a list"};
  Cursor cursor(content->raw, limits.depth_max);
  cursor.enter_array();
  while (cursor.next_element()) {
    if (result.content.size() == limits.parts_max) return Wrong{"content", "Too many blocks"};
    Part& inner = result.content.emplace_back();
    if (auto wrong = read_result_block(cursor, content->raw, limits, inner)) {
      const std::string at = "content[" + std::to_string(result.content.size() - 1) + "]";
      return Wrong{wrong->where.empty() ? at : at + "." + wrong->where, wrong->what};
    }
  }
  return std::nullopt;
}

bool is_citation(std::string_view element) {
  Cursor cursor(element);
  if (cursor.kind() != Kind::object) return false;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "cited_text") return cursor.kind() == Kind::string;
  }
  return false;
}

// "output_config.format"
std::optional<Wrong> read_format(const Member& member, chat::Request& request) {
  Cursor cursor(member.raw, Cursor::kDepthMax);
  Members format;
  if (member.kind != Kind::object || !format.read(cursor, member.raw)) {
    return Wrong{"format", "Input should be an object"};
  }
  if (format.take_string("type") != "json_schema") {
    return Wrong{"format.type", "Input should be 'json_schema'"};
  }
  const Member* schema = format.take("schema");
  if (schema == nullptr) return required("format.schema");
  if (schema->kind != Kind::object) return Wrong{"format.schema", "Input should be an object"};
  chat::OutputFormat& out = request.format.emplace();
  out.kind = chat::FormatKind::json_schema;
  out.schema = schema->raw;
  rest_of(format, request.extras, "output_config.format.");
  return std::nullopt;
}

}  // namespace

void rest_of(const Members& members, chat::Extras& extras, std::string_view prefix) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = members.at(i);
    if (member.taken) continue;
    extras.push_back({std::string(prefix) += member.name, std::string(member.raw)});
  }
}

std::optional<Wrong> read_cache_mark(Members& of, std::optional<chat::CacheMark>& mark,
                                     chat::Extras& extras) {
  const Member* control = of.take("cache_control");
  if (control == nullptr) return std::nullopt;
  Cursor cursor(control->raw, Cursor::kDepthMax);
  Members members;
  if (control->kind != Kind::object || !members.read(cursor, control->raw)) {
    return Wrong{"cache_control", "Input should be an object"};
  }
  const auto type = members.take_string("type");
  mark = chat::CacheMark{members.take_string("ttl").value_or("")};
  chat::Extras unknown;
  rest_of(members, unknown);
  if (type != "ephemeral" || !unknown.empty()) {
    extras.push_back({"cache_control", std::string(control->raw)});
  }
  return std::nullopt;
}

std::optional<Wrong> read_part(Members& block, const chat::Limits& limits, Part& part) {
  const auto type = block.take_string("type");
  if (!type) return required("type");
  if (auto wrong = read_cache_mark(block, part.cache, part.extras)) return wrong;
  std::optional<Wrong> wrong;
  if (*type == "text") {
    wrong = read_text(block, part);
  } else if (*type == "image" || *type == "document") {
    wrong = read_media(block, *type, limits, part);
  } else if (*type == "thinking" || *type == "redacted_thinking") {
    wrong = read_thinking(block, *type == "redacted_thinking", part);
  } else if (*type == "tool_use") {
    wrong = read_tool_use(block, part);
  } else if (*type == "tool_result") {
    wrong = read_tool_result(block, limits, part);
  } else {
    make_opaque(block, *type, part);
  }
  if (!wrong && part.as<chat::Opaque>() == nullptr) rest_of(block, part.extras);
  return wrong;
}

std::optional<Wrong> read_tool(Members& members, chat::Tool& tool) {
  const auto type = members.take_string("type");
  if (auto wrong = read_cache_mark(members, tool.cache, tool.extras)) return wrong;
  if (type && *type != "custom") {
    tool.kind = chat::ToolKind::builtin;
    tool.name = *type;
    tool.format = members.raw();
    tool.extras.clear();
    return std::nullopt;
  }
  const auto name = members.take_string("name");
  if (!name) return required("name");
  tool.name = plain_name(*name);
  tool.description = members.take_string("description").value_or("");
  const Member* schema = members.take("input_schema");
  if (schema == nullptr) return required("input_schema");
  if (schema->kind != Kind::object) return Wrong{"input_schema", "Input should be an object"};
  tool.schema = schema->raw;
  const Member* strict = members.take("strict");
  if (strict != nullptr && strict->kind == Kind::boolean) tool.strict = strict->raw == "true";
  rest_of(members, tool.extras);
  return std::nullopt;
}

std::optional<Wrong> read_tool_choice(Members& members, chat::Request& request) {
  const auto type = members.take_string("type");
  if (!type) return required("type");
  chat::ToolChoice& choice = request.tool_choice.emplace();
  if (*type == "any") {
    choice.mode = chat::ToolMode::required;
  } else if (*type == "none") {
    choice.mode = chat::ToolMode::none;
  } else if (*type == "tool") {
    choice.mode = chat::ToolMode::named;
    const auto name = members.take_string("name");
    if (!name) return required("name");
    choice.names.push_back(plain_name(*name));
  } else if (*type != "auto") {
    return Wrong{"type", "Input tag '" + *type + "' is none of the expected tags"};
  }
  if (const Member* off = members.take("disable_parallel_tool_use")) {
    if (off->kind != Kind::boolean) {
      return Wrong{"disable_parallel_tool_use", "Input should be a valid boolean"};
    }
    request.parallel_tool_calls = off->raw == "false";
  }
  rest_of(members, request.extras, "tool_choice.");
  return std::nullopt;
}

std::optional<Wrong> read_thinking_config(Members& members, chat::Request& request) {
  auto type = members.take_string("type");
  if (!type || type->empty()) return required("type");
  if (!request.reasoning) request.reasoning.emplace();
  request.reasoning->mode = *std::move(type);
  if (const Member* budget = members.take("budget_tokens")) {
    Cursor number(budget->raw);
    request.reasoning->budget_tokens = number.maybe_integer();
    if (!request.reasoning->budget_tokens) {
      return Wrong{"budget_tokens", "Input should be a valid integer"};
    }
  }
  if (const auto display = members.take_string("display")) {
    if (*display != "summarized" && *display != "omitted") {
      return Wrong{"display", "Input should be 'summarized' or 'omitted'"};
    }
    request.reasoning->show = *display == "summarized";
  }
  rest_of(members, request.extras, "thinking.");
  return std::nullopt;
}

std::optional<Wrong> read_output_config(Members& members, chat::Request& request) {
  if (const Member* effort = members.take("effort")) {
    if (effort->kind != Kind::string) return Wrong{"effort", "Input should be a valid string"};
    if (!request.reasoning) request.reasoning.emplace();
    request.reasoning->effort = effort->text.decode();
  }
  if (const Member* format = members.take("format")) {
    if (auto wrong = read_format(*format, request)) return wrong;
  }
  rest_of(members, request.extras, "output_config.");
  return std::nullopt;
}

bool has_elements(std::string_view array) {
  return array.size() > 2 && array.find_first_not_of(" \t\r\n", 1) != array.size() - 1;
}

std::vector<std::string_view> citations_in(std::string_view annotations, std::size_t& others) {
  std::vector<std::string_view> found;
  others = 0;
  Cursor cursor(annotations, Cursor::kDepthMax);
  const auto take = [&](std::string_view element) {
    if (is_citation(element)) {
      found.push_back(element);
    } else {
      ++others;
    }
  };
  if (cursor.kind() != Kind::array) {
    if (cursor.skip()) take(cursor.value_text());
    return found;
  }
  cursor.enter_array();
  while (cursor.next_element()) {
    if (cursor.skip()) take(cursor.value_text());
  }
  return found;
}

std::string_view image_type(std::string_view base64) {
  if (base64.starts_with("/9j/")) return "image/jpeg";
  if (base64.starts_with("iVBORw0KGgo")) return "image/png";
  if (base64.starts_with("R0lGOD")) return "image/gif";
  if (base64.starts_with("UklGR")) return "image/webp";
  return {};
}

bool write_input(base::json::Writer& out, const chat::ToolCall& call) {
  if (!call.custom) {
    Cursor cursor(call.arguments, Cursor::kDepthMax);
    if (cursor.kind() == Kind::object && cursor.finish()) {
      out.raw(call.arguments);
      return true;
    }
  }
  const bool blank = call.arguments.find_first_not_of(" \t\r\n") == std::string::npos;
  out.begin_object();
  if (call.custom || !blank) out.member(call.custom ? kCustomInput : "arguments", call.arguments);
  out.end_object();
  return call.custom || blank;
}

std::string wire_name(std::string_view name) {
  if (!needs_escape(name)) return std::string(name);
  return std::string(kEscaped) += escaped(name);
}

std::string plain_name(std::string_view name) {
  auto made = made_of(name);
  return made ? *std::move(made) : std::string(name);
}

std::string signature_text(const chat::Reasoning& reasoning) {
  const chat::Signature& signature = reasoning.signature;
  if (signature.origin == chat::Dialect::anthropic) return signature.value;
  std::string out(kForeignMark);
  out += name(signature.origin);
  out += reasoning.is_summary ? ".s." : ".-.";
  out += escaped(reasoning.id);
  out += '.';
  return out += signature.value;
}

void read_signature(std::string_view text, chat::Reasoning& reasoning) {
  reasoning.signature = {chat::Dialect::anthropic, std::string(text)};
  if (!text.starts_with(kForeignMark)) return;
  text.remove_prefix(kForeignMark.size());
  for (std::size_t i = 0; i < chat::kDialectCount; ++i) {
    const auto dialect = static_cast<chat::Dialect>(i);
    const std::string_view word = name(dialect);
    if (dialect == chat::Dialect::anthropic || !text.starts_with(word)) continue;
    const std::string_view rest = text.substr(word.size());
    const bool is_summary = rest.starts_with(".s.");
    if (!is_summary && !rest.starts_with(".-.")) continue;
    const std::size_t dot = rest.find('.', 3);
    if (dot == std::string_view::npos) return;
    const auto id = unescaped(rest.substr(3, dot - 3));
    if (!id) return;
    reasoning.is_summary = is_summary;
    reasoning.id = *id;
    reasoning.signature = {dialect, std::string(rest.substr(dot + 1))};
    return;
  }
}

}  // namespace headgate::llm::anthropic
