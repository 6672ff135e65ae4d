#include "guardrails/schema/compiled.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>

#include "base/text/strings.h"

namespace headgate::guardrails {

namespace json = boost::json;
using base::Errc;
using base::Result;

namespace {

constexpr std::size_t kDepthMax = 128;
constexpr std::size_t kSchemasMax = 20'000;
constexpr std::int64_t kPatternBytesMax = 4 << 20;  // of RE2's memory, for each

enum class Holds : std::uint8_t {
  schema,
  schemas,
  list,
  count,
  number,
  flag,
  text,
  strings,
  refused,  // would change what is valid, and is not understood
  any
};

struct Keyword {
  std::string_view name;
  Holds holds;
};
constexpr std::array kKeywords = {
    Keyword{"additionalProperties", Holds::schema},
    Keyword{"propertyNames", Holds::schema},
    Keyword{"additionalItems", Holds::schema},
    Keyword{"contains", Holds::schema},
    Keyword{"not", Holds::schema},
    Keyword{"if", Holds::schema},
    Keyword{"then", Holds::schema},
    Keyword{"else", Holds::schema},
    Keyword{"properties", Holds::schemas},
    Keyword{"patternProperties", Holds::schemas},
    Keyword{"$defs", Holds::schemas},
    Keyword{"definitions", Holds::schemas},
    Keyword{"anyOf", Holds::list},
    Keyword{"oneOf", Holds::list},
    Keyword{"allOf", Holds::list},
    Keyword{"prefixItems", Holds::list},
    Keyword{"minLength", Holds::count},
    Keyword{"maxLength", Holds::count},
    Keyword{"minItems", Holds::count},
    Keyword{"maxItems", Holds::count},
    Keyword{"minProperties", Holds::count},
    Keyword{"maxProperties", Holds::count},
    Keyword{"minContains", Holds::count},
    Keyword{"maxContains", Holds::count},
    Keyword{"minimum", Holds::number},
    Keyword{"maximum", Holds::number},
    Keyword{"exclusiveMinimum", Holds::number},
    Keyword{"exclusiveMaximum", Holds::number},
    Keyword{"multipleOf", Holds::number},
    Keyword{"uniqueItems", Holds::flag},
    Keyword{"pattern", Holds::text},
    Keyword{"$ref", Holds::text},
    Keyword{"required", Holds::strings},
    Keyword{"dependentSchemas", Holds::schemas},
    Keyword{"$dynamicRef", Holds::refused},
    Keyword{"unevaluatedItems", Holds::refused},
    Keyword{"unevaluatedProperties", Holds::refused},
};

Holds kind_of(std::string_view name) {
  const auto found = std::find_if(kKeywords.begin(), kKeywords.end(),
                                  [&](const Keyword& k) { return k.name == name; });
  return found == kKeywords.end() ? Holds::any : found->holds;
}

base::Error wrong(const std::string& where, std::string what) {
  return base::fail(
      Errc::invalid_request,
      "the JSON Schema cannot be used: " + (where.empty() ? "it" : where) + " " + std::move(what));
}

bool is_number(const json::value& value) {
  return value.is_int64() || value.is_uint64() || value.is_double();
}

bool is_count(const json::value& value) {
  if (value.is_int64()) return value.get_int64() >= 0;
  if (value.is_uint64()) return true;
  return value.is_double() && value.get_double() >= 0 &&
         value.get_double() == static_cast<double>(static_cast<std::int64_t>(value.get_double()));
}

bool are_strings(const json::value& value) {
  return value.is_array() && std::all_of(value.get_array().begin(), value.get_array().end(),
                                         [](const json::value& v) { return v.is_string(); });
}

bool is_type(const json::value& value) {
  constexpr std::array<std::string_view, 7> kTypes{"null",   "boolean", "object", "array",
                                                   "string", "number",  "integer"};
  return value.is_string() && std::find(kTypes.begin(), kTypes.end(),
                                        std::string_view(value.get_string())) != kTypes.end();
}

// One step of a JSON pointer, "~1" and "~0" undone.
std::string unescape(std::string_view step) {
  std::string out = base::percent_decode(step);
  for (std::size_t at = out.find('~'); at != std::string::npos; at = out.find('~', at + 1)) {
    if (at + 1 < out.size() && (out[at + 1] == '0' || out[at + 1] == '1')) {
      out.replace(at, 2, out[at + 1] == '0' ? "~" : "/");
    }
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<SchemaDocument>> SchemaDocument::read(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  std::unique_ptr<SchemaDocument> out(new SchemaDocument());
  out->root_ = json::parse(text, error, {}, options);
  if (error) return wrong({}, "is no JSON (" + error.message() + ")");
  if (auto ok = out->visit(out->root_, {}); !ok) return ok.error();
  if (auto ok = out->resolve_all(); !ok) return ok.error();
  return out;
}

// A reference may lead to a place that no keyword makes a schema, and that to further references.
Result<void> SchemaDocument::resolve_all() {
  for (bool found = true; found;) {
    found = false;
    for (auto& [ref, target] : targets_) {
      if (target != nullptr) continue;
      target = resolve(ref);
      if (target == nullptr) return wrong("'$ref'", "leads nowhere in the document: '" + ref + "'");
      if (auto ok = visit(*target, ref); !ok) return ok;
      found = true;
      break;  // visiting may have added some
    }
  }
  return {};
}

const RE2& SchemaDocument::pattern(std::string_view text) const {
  return *patterns_.find(std::string(text))->second;
}

const json::value& SchemaDocument::target(std::string_view ref) const {
  return *targets_.find(std::string(ref))->second;
}

Result<void> SchemaDocument::visit(const json::value& schema, const std::string& where) {
  if (!visited_.insert(&schema).second) return {};
  if (visited_.size() > kSchemasMax) return wrong(where, "has too many schemas");
  if (schema.is_bool()) return {};
  if (!schema.is_object()) return wrong(where, "is neither an object nor a boolean");
  for (const auto& member : schema.get_object()) {
    const std::string_view name = member.key();
    auto ok = keyword(name, member.value(), where + "/" + std::string(name));
    if (!ok) return ok;
  }
  return {};
}

Result<void> SchemaDocument::keyword(std::string_view name, const json::value& value,
                                     const std::string& where) {
  switch (kind_of(name)) {
    case Holds::schema: return visit(value, where);
    case Holds::schemas:
      if (!value.is_object()) return wrong(where, "is no object");
      if (name == "patternProperties") {
        for (const auto& member : value.get_object()) {
          if (auto ok = add_pattern(member.key(), where); !ok) return ok;
        }
      }
      return visit_each(value, where);
    case Holds::list:
      if (!value.is_array()) return wrong(where, "is no array");
      return visit_each(value, where);
    case Holds::count: return is_count(value) ? Result<void>{} : wrong(where, "is no count");
    case Holds::number:
      if (!is_number(value)) return wrong(where, "is no number");
      if (name == "multipleOf" && value.to_number<double>() <= 0) return wrong(where, "is not > 0");
      return {};
    case Holds::flag: return value.is_bool() ? Result<void>{} : wrong(where, "is no boolean");
    case Holds::strings:
      return are_strings(value) ? Result<void>{} : wrong(where, "is no array of strings");
    case Holds::text:
      if (!value.is_string()) return wrong(where, "is no string");
      return name == "$ref" ? add_target(value, where) : add_pattern(value.get_string(), where);
    case Holds::refused: return wrong(where, "is a keyword that is not understood here");
    case Holds::any: break;
  }
  if (name == "items") {
    return value.is_array() ? visit_each(value, where) : visit(value, where);
  }
  if (name == "type") {
    const bool list = value.is_array() && !value.get_array().empty() &&
                      std::all_of(value.get_array().begin(), value.get_array().end(), is_type);
    if (!list && !is_type(value)) return wrong(where, "is no JSON type");
  }
  if (name == "enum" && !value.is_array()) return wrong(where, "is no array");
  if (name == "$anchor" && !value.is_string()) return wrong(where, "is no string");
  if (name == "dependentRequired") {
    const auto fits = [](const auto& member) { return are_strings(member.value()); };
    if (!value.is_object() ||
        !std::all_of(value.get_object().begin(), value.get_object().end(), fits)) {
      return wrong(where, "is no object of arrays of strings");
    }
  }
  return {};
}

Result<void> SchemaDocument::visit_each(const json::value& schemas, const std::string& where) {
  if (schemas.is_array()) {
    for (std::size_t i = 0; i < schemas.get_array().size(); ++i) {
      auto ok = visit(schemas.get_array()[i], where + "/" + std::to_string(i));
      if (!ok) return ok;
    }
    return {};
  }
  for (const auto& member : schemas.get_object()) {
    auto ok = visit(member.value(), where + "/" + std::string(member.key()));
    if (!ok) return ok;
  }
  return {};
}

Result<void> SchemaDocument::add_pattern(std::string_view text, const std::string& where) {
  auto& slot = patterns_[std::string(text)];
  if (slot) return {};
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytesMax);
  slot = std::make_unique<RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (slot->ok()) return {};
  return wrong(where, "is a pattern that cannot be used: " + slot->error());
}

Result<void> SchemaDocument::add_target(const json::value& ref, const std::string& where) {
  const std::string_view text = ref.get_string();
  if (!text.starts_with('#'))
    return wrong(where, "leads out of the document, which is not followed");
  targets_.emplace(text, nullptr);
  return {};
}

const json::value* SchemaDocument::resolve(std::string_view ref) const {
  ref.remove_prefix(1);
  const json::value* at = &root_;
  if (!ref.empty() && !ref.starts_with('/')) return nullptr;
  while (!ref.empty()) {
    ref.remove_prefix(1);
    const std::string step = unescape(ref.substr(0, ref.find('/')));
    ref.remove_prefix(std::min(ref.find('/'), ref.size()));
    if (at->is_object()) {
      at = at->get_object().if_contains(step);
    } else if (at->is_array()) {
      const auto index = base::parse_u64(step);
      at = index && *index < at->get_array().size() ? &at->get_array()[*index] : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace headgate::guardrails
