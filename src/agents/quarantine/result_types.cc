#include "agents/quarantine/result_types.h"

#include <algorithm>

#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/text/strings.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

// "~1" is '/', "~0" is '~'. Nothing: another '~'.
std::optional<std::string> unescape(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      out += step[i];
      continue;
    }
    const char next = i + 1 < step.size() ? step[++i] : ' ';
    if (next != '0' && next != '1') return std::nullopt;
    out += next == '0' ? '~' : '/';
  }
  return out;
}

std::optional<std::string_view> member_of(std::string_view object, std::string_view name) {
  json::Cursor cursor(object);
  json::Members members;
  if (cursor.kind() != json::Kind::object || !members.read(cursor, object)) return std::nullopt;
  std::optional<std::string_view> out;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members.at(i).name != name) continue;
    if (out) return std::nullopt;
    out = members.at(i).raw;
  }
  return out;
}

std::optional<std::string_view> element_of(std::string_view array, std::string_view index) {
  const auto wanted = base::parse_u64(index);
  json::Cursor cursor(array);
  if (!wanted || !cursor.enter_array()) return std::nullopt;
  for (std::uint64_t i = 0; cursor.next_element(); ++i) {
    if (!cursor.skip()) return std::nullopt;
    if (i == *wanted) return cursor.value_text();
  }
  return std::nullopt;
}

bool is_null(std::string_view value) {
  json::Cursor cursor(value);
  return cursor.kind() == json::Kind::null;
}

bool is_array(std::string_view value) {
  json::Cursor cursor(value);
  return cursor.kind() == json::Kind::array;
}

bool is_pointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  }
  return true;
}

TypedValue typed(const ResultField& field, std::optional<std::string_view> raw) {
  TypedValue out;
  out.name = field.name;
  out.is_text = field.type.kind() == ValueKind::string;
  out.endorsed = field.endorsed;
  if (!raw || is_null(*raw)) return out;
  auto value = field.type.read(*raw);
  out.dropped = !value;
  if (value) out.json = std::move(*value);
  return out;
}

bool is_endorsed(const ResultTypeConfig& config) {
  if (config.type == ValueKind::string) return false;
  // Whoever wrote the text chose the id: it is only as good as he is.
  const bool chosen = config.type == ValueKind::id && config.from.empty();
  return config.endorsed.value_or(!chosen);
}

}  // namespace

std::optional<std::string_view> at_pointer(std::string_view json, std::string_view pointer) {
  if (!json::valid(json)) return std::nullopt;
  std::optional<std::string_view> at = json;
  while (at && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    const auto step = unescape(pointer.substr(0, end));
    pointer.remove_prefix(end);
    if (!step) return std::nullopt;
    at = is_array(*at) ? element_of(*at, *step) : member_of(*at, *step);
  }
  if (!at || is_null(*at)) return std::nullopt;
  return at;
}

ResultTypes ResultTypes::compile(const ResultTypeConfigs& config, std::vector<Wrong>& wrongs) {
  ResultTypes out;
  for (const auto& [name, field] : config) {
    std::vector<TypeWrong> found;
    ValueType type = ValueType::compile(field, found);
    if (!field.from.empty() && !is_pointer(field.from)) {
      found.push_back({"from", "must be a JSON pointer such as /order/id"});
    }
    for (TypeWrong& one : found) wrongs.push_back({name, std::move(one)});
    out.fields_.push_back({name, std::move(type), field.from, is_endorsed(field)});
  }
  return out;
}

bool ResultTypes::needs_reader() const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [](const ResultField& field) { return field.from.empty(); });
}

TypedValues ResultTypes::found_in(std::string_view result) const {
  TypedValues out;
  for (const ResultField& field : fields_) {
    if (!field.from.empty()) out.push_back(typed(field, at_pointer(result, field.from)));
  }
  return out;
}

TypedValues ResultTypes::read_of(std::string_view answer) const {
  const bool is_valid = json::valid(answer);
  TypedValues out;
  for (const ResultField& field : fields_) {
    if (!field.from.empty()) continue;
    out.push_back(typed(field, is_valid ? member_of(answer, field.name) : std::nullopt));
  }
  return out;
}

std::string ResultTypes::reader_schema() const {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("type", "object");
  writer.object("properties");
  for (const ResultField& field : fields_) {
    if (!field.from.empty()) continue;
    writer.key(field.name);
    field.type.write_schema(writer);
  }
  writer.end_object();
  writer.array("required");
  for (const ResultField& field : fields_) {
    if (field.from.empty()) writer.string(field.name);
  }
  writer.end_array();
  writer.member("additionalProperties", false);
  writer.end_object();
  return out;
}

}  // namespace headgate::agents
