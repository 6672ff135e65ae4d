#include "agents/mcp/param_headers.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "agents/mcp/header_value.h"
#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/text/strings.h"

namespace headgate::agents::mcp {

namespace json = boost::json;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kDepthMax = 128;
constexpr std::size_t kHeadersMax = 64;
constexpr std::int64_t kSafeMax = (std::int64_t{1} << 53) - 1;
constexpr std::string_view kAnnotation = "x-mcp-header";
constexpr std::array<std::string_view, 11> kSchemas{"items",
                                                    "additionalItems",
                                                    "additionalProperties",
                                                    "contains",
                                                    "not",
                                                    "if",
                                                    "then",
                                                    "unevaluatedProperties",
                                                    "propertyNames",
                                                    "else",
                                                    "unevaluatedItems"};
constexpr std::array<std::string_view, 4> kSchemaMaps{"patternProperties", "$defs", "definitions",
                                                      "dependentSchemas"};
constexpr std::array<std::string_view, 5> kSchemaLists{"anyOf", "oneOf", "allOf", "prefixItems",
                                                       "items"};

template <class List>
bool holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// "null" beside another type only says that the argument may be null.
bool is_mirrored_type(const json::value* type) {
  constexpr std::array<std::string_view, 3> kTypes{"string", "integer", "boolean"};
  if (type == nullptr) return false;
  if (type->is_string()) return holds(kTypes, std::string_view(type->get_string()));
  if (!type->is_array()) return false;
  std::size_t mirrored = 0;
  for (const json::value& one : type->get_array()) {
    if (!one.is_string()) return false;
    const std::string_view word = one.get_string();
    if (word == "null") continue;
    if (!holds(kTypes, word)) return false;
    ++mirrored;
  }
  return mirrored == 1;
}

/// Walks a schema keyword by keyword; the parser has bounded its depth.
class Annotations {
 public:
  Result<std::vector<ParamHeader>> read(const json::value& schema) {
    Path root;
    visit(schema, &root);
    if (!wrong_.empty()) return fail(Errc::invalid_request, "x-mcp-header " + wrong_);
    return std::move(found_);
  }

 private:
  using Path = std::vector<std::string>;

  void refuse(const std::string& what) {
    if (wrong_.empty()) wrong_ = what;
  }
  // `path` null: an annotation from here on stands where none may.
  void visit(const json::value& schema, Path* path) {
    if (!schema.is_object()) return;
    for (const auto& [name, value] : schema.get_object()) keyword(schema, name, value, path);
  }
  void keyword(const json::value& schema, std::string_view name, const json::value& value,
               Path* path) {
    if (name == kAnnotation) return annotation(schema, value, path);
    if (name == "properties" && value.is_object()) {
      for (const auto& [property, sub] : value.get_object()) {
        if (path != nullptr) path->push_back(std::string(property));
        visit(sub, path);
        if (path != nullptr) path->pop_back();
      }
      return;
    }
    if (holds(kSchemas, name)) visit(value, nullptr);
    if (holds(kSchemaMaps, name) && value.is_object()) {
      for (const auto& member : value.get_object()) visit(member.value(), nullptr);
    }
    if (holds(kSchemaLists, name) && value.is_array()) {
      for (const json::value& each : value.get_array()) visit(each, nullptr);
    }
  }
  void annotation(const json::value& schema, const json::value& value, const Path* path) {
    if (path == nullptr || path->empty()) {
      return refuse("may only stand on properties that are reached by `properties` alone");
    }
    if (!value.is_string()) return refuse("must be a string, on '" + path->back() + "'");
    const std::string_view word = value.get_string();
    const std::string of = " (on '" + path->back() + "')";
    if (!is_token(word)) return refuse("must be a token of HTTP" + of);
    if (!is_mirrored_type(schema.get_object().if_contains("type"))) {
      return refuse("may only stand on strings, integers and booleans" + of);
    }
    const std::string header = "Mcp-Param-" + std::string(word);
    for (const ParamHeader& other : found_) {
      if (base::iequals(other.header, header)) return refuse("names a header twice" + of);
    }
    if (found_.size() >= kHeadersMax) return refuse("stands on more than 64 properties");
    found_.push_back({header, *path});
  }

  std::vector<ParamHeader> found_;
  std::string wrong_;
};

// As written; empty when it is absent or null.
std::string_view value_at(std::string_view arguments, const std::vector<std::string>& path) {
  std::string_view at = arguments;
  for (const std::string& name : path) {
    ObjectView view(at);
    at = view.raw(name);
    if (at.empty()) break;
  }
  return at;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

bool is_safe(double value) {
  return value >= -static_cast<double>(kSafeMax) && value <= static_cast<double>(kSafeMax) &&
         value == static_cast<double>(static_cast<std::int64_t>(value));
}

// What a header says of a scalar; nothing when it cannot say it.
std::optional<std::string> text_of(std::string_view value) {
  base::json::Cursor cursor(value);
  base::json::Text text;
  switch (cursor.kind()) {
    case base::json::Kind::string:
      if (!cursor.string(text)) return std::nullopt;
      return text.decode();
    case base::json::Kind::boolean: return std::string(value);
    case base::json::Kind::number: break;
    default: return std::nullopt;
  }
  const auto as_number = number(value);
  if (!as_number || !is_safe(*as_number)) return std::nullopt;
  return std::to_string(static_cast<std::int64_t>(*as_number));
}

bool is_number(std::string_view value) {
  base::json::Cursor cursor(value);
  return cursor.kind() == base::json::Kind::number;
}

}  // namespace

Result<ParamHeaders> ParamHeaders::read(std::string_view input_schema) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  const json::value schema = json::parse(input_schema, error, {}, options);
  if (error) return fail(Errc::invalid_request, "the schema is no JSON: " + error.message());
  auto found = Annotations().read(schema);
  if (!found) return found.error();
  ParamHeaders out;
  out.all_ = std::move(*found);
  return out;
}

Result<std::vector<HeaderLine>> ParamHeaders::of_call(std::string_view arguments) const {
  std::vector<HeaderLine> out;
  for (const ParamHeader& one : all_) {
    const std::string_view value = value_at(arguments, one.path);
    if (value.empty()) continue;
    const auto text = text_of(value);
    if (!text) {
      return fail(Errc::invalid_request, "the argument '" + one.path.back() +
                                             "' is mirrored in a header and must be a string, a "
                                             "boolean or an integer within 2^53");
    }
    out.push_back({one.header, to_header_value(*text)});
  }
  return out;
}

std::string ParamHeaders::compare(const ParamHeader& one, std::string_view arguments,
                                  const std::optional<std::string_view>& header) {
  const std::string_view value = value_at(arguments, one.path);
  if (value.empty()) {
    return header ? one.header + " is sent, but the body has no '" + one.path.back() + "'" : "";
  }
  if (!header) return one.header + " is missing, but the body has '" + one.path.back() + "'";
  const auto said = from_header_value(*header);
  if (!said) return one.header + " is not encoded as it must be";
  const auto text = text_of(value);
  bool same = text == said;
  if (!same && is_number(value)) same = number(value) == number(*said);
  return same ? std::string() : one.header + " does not match the body's '" + one.path.back() + "'";
}

}  // namespace headgate::agents::mcp
