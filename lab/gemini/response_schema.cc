#include "lab/gemini/response_schema.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "base/text/strings.h"
#include "lab/gemini/proto.h"

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

constexpr int kDepthMax = 50;

json::value converted(const json::value& schema, int depth) {
  const auto* object = schema.if_object();
  if (object == nullptr || depth > kDepthMax) return schema;
  json::object out;
  for (const std::string_view name :
       {"format", "title", "description", "enum", "required", "minimum", "maximum", "pattern"}) {
    if (const auto* value = field(*object, name)) out[name] = *value;
  }
  const auto rename = [&](std::string_view from, std::string_view to) {
    if (field(*object, from)) out[to] = integer_in(*object, from, 0);
  };
  rename("min_items", "minItems");
  rename("max_items", "maxItems");
  rename("min_length", "minLength");
  rename("max_length", "maxLength");
  const std::string type = base::to_lower(text_in(*object, "type"));
  if (!type.empty()) out["type"] = type;
  if (!type.empty() && flag_in(*object, "nullable")) out["type"] = json::array{type, "null"};
  if (const auto* items = field(*object, "items")) out["items"] = converted(*items, depth + 1);
  if (const auto* known = object_in(*object, "properties")) {
    json::object properties;
    for (const auto& [name, value] : *known) properties[name] = converted(value, depth + 1);
    out["properties"] = std::move(properties);
  }
  json::array options;
  for (const auto* option : items_in(*object, "any_of")) {
    options.push_back(converted(*option, depth + 1));
  }
  if (!options.empty()) out["anyOf"] = std::move(options);
  return out;
}

void add_problems(const json::value& schema, const std::string& path, int depth,
                  std::vector<std::string>& out) {
  const auto* object = schema.if_object();
  if (object == nullptr || depth > kDepthMax) return;
  const std::string type = base::to_lower(text_in(*object, "type"));
  const auto* properties = object_in(*object, "properties");
  if (type == "object" && (properties == nullptr || properties->empty())) {
    out.push_back(fmt::format("{}.properties: should be non-empty for OBJECT type", path));
  }
  if (type == "array" && object_in(*object, "items") == nullptr) {
    out.push_back(fmt::format("{}.items: missing field.", path));
  }
  if (!items_in(*object, "enum").empty() && type != "string") {
    out.push_back(fmt::format("{}.enum: only allowed for STRING type", path));
  }
  for (const auto* name : items_in(*object, "required")) {
    const auto text = std::string_view(name->get_string());
    if (properties != nullptr && !properties->contains(text)) {
      out.push_back(fmt::format("{}.required: property '{}' is not defined", path, text));
    }
  }
  if (properties != nullptr) {
    for (const auto& [name, value] : *properties) {
      add_problems(value, fmt::format("{}.properties[{}]", path, std::string_view(name)), depth + 1,
                   out);
    }
  }
  if (const auto* items = field(*object, "items")) {
    add_problems(*items, fmt::format("{}.items", path), depth + 1, out);
  }
  std::size_t index = 0;
  for (const auto* option : items_in(*object, "any_of")) {
    add_problems(*option, fmt::format("{}.any_of[{}]", path, index++), depth + 1, out);
  }
}

}  // namespace

json::value json_schema_of(const json::value& schema) { return converted(schema, 0); }

std::vector<std::string> schema_problems(const json::value& schema, const std::string& path) {
  std::vector<std::string> out;
  add_problems(schema, path, 0, out);
  return out;
}

}  // namespace headgate::lab::gemini
