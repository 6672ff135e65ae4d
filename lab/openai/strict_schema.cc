#include "lab/openai/strict_schema.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;
using Complaint = std::optional<std::string>;

constexpr std::string_view kForbidden[] = {"allOf",
                                           "oneOf",
                                           "not",
                                           "if",
                                           "then",
                                           "else",
                                           "contains",
                                           "minContains",
                                           "maxContains",
                                           "dependentRequired",
                                           "propertyNames",
                                           "prefixItems",
                                           "uniqueItems",
                                           "dependentSchemas",
                                           "patternProperties",
                                           "minProperties",
                                           "maxProperties",
                                           "unevaluatedProperties",
                                           "unevaluatedItems"};

const json::object* object_at(const json::object& schema, std::string_view key) {
  const auto* value = schema.if_contains(key);
  return value ? value->if_object() : nullptr;
}

/// Of a schema's `type`, which may be a list; the name Python gives to none.
std::string type_text(const json::object& schema) {
  const auto* type = schema.if_contains("type");
  if (type == nullptr || type->is_null()) return "None";
  if (const auto* text = type->if_string()) return std::string(*text);
  return "array";
}

bool has_type(const json::object& schema, std::string_view wanted) {
  const auto* type = schema.if_contains("type");
  if (type == nullptr) return false;
  if (const auto* text = type->if_string()) return *text == wanted;
  const auto* list = type->if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const json::value& entry) {
           return entry.is_string() && entry.get_string() == wanted;
         });
}

/// Walks a schema and stops at the first thing that is not taken.
class Walk {
 public:
  explicit Walk(bool strict) : strict_(strict) {}

  Complaint root(const json::value& schema) {
    const auto* object = schema.if_object();
    if (object == nullptr || type_text(*object) != "object") {
      return fmt::format("schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{}\"'.",
                         object ? type_text(*object) : "None");
    }
    return node(*object);
  }

 private:
  Complaint node(const json::object& schema) {
    if (const auto* reference = schema.if_contains("$ref"); reference && strict_) {
      return check_reference(schema);
    }
    if (auto complaint = check_keywords(schema)) return complaint;
    if (has_type(schema, "object")) {
      if (auto complaint = check_object(schema)) return complaint;
    }
    if (has_type(schema, "array")) {
      if (auto complaint = check_array(schema)) return complaint;
    }
    if (auto complaint = check_branches(schema)) return complaint;
    for (const std::string_view key : {"$defs", "definitions"}) {
      if (auto complaint = check_members(schema, key)) return complaint;
    }
    return std::nullopt;
  }

  Complaint check_reference(const json::object& schema) const {
    std::string others;
    for (const auto& member : schema) {
      if (member.key() == "$ref") continue;
      others += fmt::format("{}'{}'", others.empty() ? "" : ", ", std::string_view(member.key()));
    }
    if (others.empty()) return std::nullopt;
    return fmt::format("context={}, $ref cannot have keywords {{{}}}.", context(), others);
  }

  Complaint check_keywords(const json::object& schema) const {
    if (!strict_) return std::nullopt;
    for (const auto keyword : kForbidden) {
      if (schema.contains(keyword)) return here(fmt::format("'{}' is not permitted.", keyword));
    }
    for (const std::string_view key : {"type", "anyOf", "enum", "const"}) {
      if (schema.contains(key)) return std::nullopt;
    }
    return here("schema must have a 'type' key.");
  }

  Complaint check_object(const json::object& schema) {
    const auto* properties = object_at(schema, "properties");
    if (!strict_) {
      if (properties == nullptr && path_.empty()) return here("object schema missing properties.");
      return check_members(schema, "properties");
    }
    const auto* more = schema.if_contains("additionalProperties");
    if (more == nullptr || !more->is_bool() || more->get_bool()) {
      return here("'additionalProperties' is required to be supplied and to be false.");
    }
    if (auto complaint = check_required(schema, properties)) return complaint;
    return check_members(schema, "properties");
  }

  Complaint check_required(const json::object& schema, const json::object* properties) const {
    constexpr std::string_view kRule =
        "'required' is required to be supplied and to be an array including every key in "
        "properties.";
    const auto* value = schema.if_contains("required");
    const auto* names = value ? value->if_array() : nullptr;
    const bool none = properties == nullptr || properties->empty();
    if (names == nullptr && none) return std::nullopt;
    if (names == nullptr) return here(std::string(kRule));
    const auto requires_name = [&](std::string_view key) {
      return std::any_of(names->begin(), names->end(), [&](const json::value& name) {
        return name.is_string() && name.get_string() == key;
      });
    };
    for (std::size_t i = 0; !none && i < properties->size(); ++i) {
      const std::string_view key = (properties->begin() + static_cast<std::ptrdiff_t>(i))->key();
      if (!requires_name(key)) return here(fmt::format("{} Missing '{}'.", kRule, key));
    }
    for (const auto& name : *names) {
      const auto* text = name.if_string();
      if (text && (none || !properties->contains(*text))) {
        return here(
            fmt::format("{} Extra required key '{}' supplied.", kRule, std::string_view(*text)));
      }
    }
    return std::nullopt;
  }

  Complaint check_array(const json::object& schema) {
    const auto* items = schema.if_contains("items");
    if (items == nullptr) return here("array schema missing items.");
    const auto* object = items->if_object();
    if (object == nullptr) return here("array schema items is not an object.");
    path_.emplace_back("'items'");
    auto complaint = node(*object);
    path_.pop_back();
    return complaint;
  }

  Complaint check_branches(const json::object& schema) {
    const auto* value = schema.if_contains("anyOf");
    const auto* list = value ? value->if_array() : nullptr;
    if (list == nullptr) return std::nullopt;
    path_.emplace_back("'anyOf'");
    Complaint complaint;
    for (std::size_t i = 0; !complaint && i < list->size(); ++i) {
      path_.push_back(fmt::format("'{}'", i));
      if (const auto* object = (*list)[i].if_object()) complaint = node(*object);
      path_.pop_back();
    }
    path_.pop_back();
    return complaint;
  }

  Complaint check_members(const json::object& schema, std::string_view key) {
    const auto* members = object_at(schema, key);
    if (members == nullptr) return std::nullopt;
    path_.push_back(fmt::format("'{}'", key));
    Complaint complaint;
    for (auto member = members->begin(); !complaint && member != members->end(); ++member) {
      path_.push_back(fmt::format("'{}'", std::string_view(member->key())));
      if (const auto* object = member->value().if_object()) {
        complaint = node(*object);
      } else if (strict_) {
        complaint = here("schema must have a 'type' key.");
      }
      path_.pop_back();
    }
    path_.pop_back();
    return complaint;
  }

  std::string here(std::string what) const {
    return fmt::format("In context={}, {}", context(), what);
  }

  /// Where, as a tuple in Python: the checker is written in it.
  std::string context() const {
    return fmt::format("({}{})", fmt::join(path_, ", "), path_.size() == 1 ? "," : "");
  }

  const bool strict_;
  std::vector<std::string> path_;
};

}  // namespace

std::optional<std::string> schema_problem(const json::value& schema) {
  return Walk(false).root(schema);
}

std::optional<std::string> strict_schema_problem(const json::value& schema) {
  return Walk(true).root(schema);
}

}  // namespace headgate::lab::openai
