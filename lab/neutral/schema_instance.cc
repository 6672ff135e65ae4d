#include "lab/neutral/schema_instance.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace headgate::lab {
namespace {

namespace json = boost::json;

/// A schema may refer to itself; an instance this deep takes null instead of the next level.
constexpr int kDepthMax = 12;
/// Bounds what minItems and minLength may ask for, and the whole instance: branches multiply.
constexpr std::int64_t kRepeatMax = 1000;
constexpr std::int64_t kNodesMax = 10'000;

class Instance {
 public:
  explicit Instance(const json::value& root) : root_(root) {}

  json::value of(const json::value& schema, int depth) {
    const auto* object = schema.if_object();
    if (object == nullptr || depth > kDepthMax || ++nodes_ > kNodesMax) return nullptr;
    if (const auto* value = object->if_contains("const")) return *value;
    if (const auto* value = first(*object, "enum")) return *value;
    if (const auto* reference = object->if_contains("$ref")) return referred(*reference, depth);
    for (const std::string_view key : {"anyOf", "oneOf"}) {
      if (const auto* option = first(*object, key)) return of(*option, depth + 1);
    }
    if (const auto* parts = object->if_contains("allOf")) return merged(*parts, depth);
    return of_type(type_name(*object), *object, depth);
  }

 private:
  static const json::value* first(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* list = value ? value->if_array() : nullptr;
    return list == nullptr || list->empty() ? nullptr : &list->front();
  }

  static std::string type_name(const json::object& object) {
    if (const auto* type = first(object, "type")) {
      return type->is_string() ? std::string(type->as_string()) : "null";
    }
    const auto* type = object.if_contains("type");
    if (type != nullptr && type->is_string()) return std::string(type->as_string());
    if (object.contains("properties")) return "object";
    return object.contains("items") ? "array" : "string";
  }

  static std::int64_t count(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* number = value ? value->if_int64() : nullptr;
    return number ? std::clamp<std::int64_t>(*number, 0, kRepeatMax) : 0;
  }

  json::value of_type(const std::string& type, const json::object& object, int depth) {
    if (type == "object") return of_object(object, depth);
    if (type == "array") return of_array(object, depth);
    if (type == "string") return of_string(object);
    if (type == "integer" || type == "number") return of_number(object);
    if (type == "boolean") return false;
    return nullptr;
  }

  json::value of_object(const json::object& object, int depth) {
    json::object out;
    const auto* properties = object.if_contains("properties");
    const auto* known = properties ? properties->if_object() : nullptr;
    const auto* required = object.if_contains("required");
    const auto* names = required ? required->if_array() : nullptr;
    if (names == nullptr) return out;
    for (const auto& name : *names) {
      const auto* text = name.if_string();
      if (text == nullptr) continue;
      const auto* schema = known ? known->if_contains(*text) : nullptr;
      out[*text] = schema ? of(*schema, depth + 1) : json::value("text");
    }
    return out;
  }

  json::value of_array(const json::object& object, int depth) {
    json::array out;
    const auto* items = object.if_contains("items");
    const auto wanted = count(object, "minItems");
    for (std::int64_t i = 0; i < wanted && nodes_ < kNodesMax; ++i) {
      out.push_back(items ? of(*items, depth + 1) : json::value("text"));
    }
    return out;
  }

  static json::value of_string(const json::object& object) {
    const auto* format = object.if_contains("format");
    std::string_view name;
    if (format && format->is_string()) name = format->as_string();
    if (name == "date-time") return "2026-01-01T00:00:00Z";
    if (name == "date") return "2026-01-01";
    if (name == "time") return "00:00:00Z";
    if (name == "email") return "user@example.com";
    if (name == "uri") return "https://example.com/";
    if (name == "uuid") return "00000000-0000-4000-8000-000000000000";
    std::string text = "text";
    const auto shortest = static_cast<std::size_t>(count(object, "minLength"));
    if (text.size() < shortest) text.resize(shortest, 'x');
    const auto* longest = object.if_contains("maxLength");
    if (longest && longest->is_int64()) {
      text.resize(std::min(text.size(), static_cast<std::size_t>(count(object, "maxLength"))));
    }
    return json::value(text);
  }

  static json::value of_number(const json::object& object) {
    for (const std::string_view key : {"minimum", "maximum"}) {
      const auto* bound = object.if_contains(key);
      if (bound == nullptr || !bound->is_number()) continue;
      const double limit = bound->to_number<double>();
      if ((key == "minimum" && limit > 0) || (key == "maximum" && limit < 0)) return *bound;
    }
    return 0;
  }

  json::value merged(const json::value& parts, int depth) {
    json::object out;
    const auto* list = parts.if_array();
    if (list == nullptr) return out;
    for (const auto& part : *list) {
      const json::value value = of(part, depth + 1);
      if (!value.is_object()) return value;
      for (const auto& [key, item] : value.get_object()) out[key] = item;
    }
    return out;
  }

  json::value referred(const json::value& reference, int depth) {
    const auto* text = reference.if_string();
    if (text == nullptr || text->empty() || text->front() != '#') return nullptr;
    boost::system::error_code error;
    const auto* target = root_.find_pointer(std::string_view(*text).substr(1), error);
    return target ? of(*target, depth + 1) : json::value(nullptr);
  }

  const json::value& root_;
  std::int64_t nodes_ = 0;
};

}  // namespace

json::value schema_instance(const json::value& schema) { return Instance(schema).of(schema, 0); }

}  // namespace headgate::lab
