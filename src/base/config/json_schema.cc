#include "base/config/json_schema.h"

namespace headgate::base::config {
namespace {

// Writes an indented JSON object member by member; values are JSON already.
class Object {
 public:
  explicit Object(int depth) : indent_(static_cast<std::size_t>(depth) * 2 + 2, ' ') {}

  void add(std::string_view key, std::string_view json) {
    out_ += out_.empty() ? "{\n" : ",\n";
    out_ += indent_ + json_string(key) + ": ";
    out_ += json;
  }
  void add_text(std::string_view key, std::string_view text) { add(key, json_string(text)); }
  std::string take() {
    if (out_.empty()) return "{}";
    return out_ + "\n" + indent_.substr(2) + "}";
  }

 private:
  std::string indent_;
  std::string out_;
};

template <class Range>
std::string string_array(const Range& range) {
  std::string out = "[";
  for (const auto& item : range) out += (out.size() > 1 ? ", " : "") + json_string(item);
  return out + "]";
}

std::string_view type_name(Kind kind) {
  switch (kind) {
    case Kind::boolean: return "boolean";
    case Kind::integer: return "integer";
    case Kind::number:
    case Kind::dollars: return "number";
    case Kind::list: return "array";
    case Kind::map:
    case Kind::record: return "object";
    default: return "string";
  }
}

std::string_view pattern(Kind kind) {
  switch (kind) {
    case Kind::url: return "^https?://[^@?#]+$";
    case Kind::address: return "^.+:[0-9]{1,5}$";
    case Kind::secret: return "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$";
    case Kind::path: return "^[^~]";
    default: return {};
  }
}

void add_bounds(Object& object, Kind kind, const Meta& meta) {
  std::string_view least = "minimum";
  std::string_view most = "maximum";
  if (kind == Kind::list) {
    least = "minItems";
    most = "maxItems";
  } else if (kind == Kind::map) {
    least = "minProperties";
    most = "maxProperties";
  } else if (type_name(kind) == "string") {
    least = "minLength";
    most = "maxLength";
  }
  if (meta.min) object.add(least, std::to_string(*meta.min));
  if (meta.max) object.add(most, std::to_string(*meta.max));
}

std::string schema_of(const Description& type, const Meta& meta, int depth);

void add_fields(Object& object, const Description& type, int depth) {
  Object properties(depth + 1);
  std::vector<std::string_view> required;
  for (const FieldDescription& field : type.fields) {
    properties.add(field.name, schema_of(field.type, field.meta, depth + 2));
    if (field.meta.required) required.push_back(field.name);
  }
  object.add("properties", properties.take());
  if (!required.empty()) object.add("required", string_array(required));
  object.add("additionalProperties", "false");
}

void add_body(Object& object, const Description& type, const Meta& meta, int depth) {
  if (type.kind == Kind::json) return;  // anything
  object.add_text("type", type_name(type.kind));
  if (!type.choices.empty()) object.add("enum", string_array(type.choices));
  if (!pattern(type.kind).empty()) object.add_text("pattern", pattern(type.kind));
  add_bounds(object, type.kind, meta);
  if (type.kind == Kind::record) add_fields(object, type, depth);
  if (type.kind == Kind::list) object.add("items", schema_of(type.element[0], {}, depth + 1));
  if (type.kind == Kind::map) {
    object.add("propertyNames", R"({"pattern": "^[!-~]{1,200}$"})");
    object.add("additionalProperties", schema_of(type.element[0], {}, depth + 1));
  }
}

std::string schema_of(const Description& type, const Meta& meta, int depth) {
  Object object(depth);
  if (!meta.doc.empty()) object.add_text("description", meta.doc);
  add_body(object, type, meta, depth);
  const bool shown = type.kind != Kind::record && !meta.required && meta.default_note.empty();
  if (shown && !type.value.empty() && depth > 0 && !meta.doc.empty()) {
    object.add("default", type.value);
  }
  return object.take();
}

}  // namespace

std::string json_schema(const Description& root, std::string_view title) {
  Object object(0);
  object.add_text("$schema", "https://json-schema.org/draft/2020-12/schema");
  object.add_text("title", title);
  add_body(object, root, {}, 0);
  return object.take() + "\n";
}

}  // namespace headgate::base::config
