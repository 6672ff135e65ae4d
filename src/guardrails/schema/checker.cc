#include "guardrails/schema/checker.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text/utf8.h"

namespace headgate::guardrails {

namespace json = boost::json;

namespace {

bool is_number(const json::value& value) {
  return value.is_int64() || value.is_uint64() || value.is_double();
}

// Exact for every 64-bit integer and every double.
long double to_number(const json::value& value) {
  if (value.is_int64()) return static_cast<long double>(value.get_int64());
  if (value.is_uint64()) return static_cast<long double>(value.get_uint64());
  return static_cast<long double>(value.get_double());
}

bool is_integer(const json::value& value) {
  return !value.is_double() || std::floor(value.get_double()) == value.get_double();
}

bool is_type(const json::value& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_bool();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  return is_number(value) && (type == "number" || is_integer(value));
}

std::string_view type_of(const json::value& value) {
  for (const std::string_view type : {"null", "boolean", "object", "array", "string"}) {
    if (is_type(value, type)) return type;
  }
  return is_integer(value) ? "integer" : "number";
}

// As JSON values: 1 is 1.0, members have no order.
bool equal(const json::value& a, const json::value& b) {
  if (is_number(a) && is_number(b)) return to_number(a) == to_number(b);
  if (a.is_array() && b.is_array()) {
    return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(),
                      b.get_array().end(), equal);
  }
  if (!a.is_object() || !b.is_object()) return a == b;
  const auto& other = b.get_object();
  return a.get_object().size() == other.size() &&
         std::all_of(a.get_object().begin(), a.get_object().end(), [&](const auto& member) {
           const json::value* found = other.if_contains(member.key());
           return found != nullptr && equal(member.value(), *found);
         });
}

std::string shown(const json::value& value) {
  constexpr std::size_t kBytesMax = 120;
  std::string text = json::serialize(value);
  if (text.size() > kBytesMax) text = text.substr(0, kBytesMax) + "...";
  return text;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::vector<SchemaBreach> SchemaChecker::run(const Value& instance) {
  check(document_.root(), instance);
  return std::move(breaches_);
}

void SchemaChecker::breach(std::string what) {
  if (breaches_.size() < JsonSchema::kBreachesMax) breaches_.push_back({where_, std::move(what)});
}

template <class Check>
void SchemaChecker::within(std::string_view step, Check check) {
  const std::size_t before = where_.size();
  where_ += '/';
  where_ += step;
  check();
  where_.resize(before);
}

bool SchemaChecker::passes(const Value& schema, const Value& instance) {
  std::vector<SchemaBreach> kept = std::exchange(breaches_, {});
  check(schema, instance);
  const bool passed = breaches_.empty();
  breaches_ = std::move(kept);
  return passed;
}

void SchemaChecker::check(const Value& schema, const Value& instance) {
  if (schema.is_bool()) {
    if (!schema.get_bool()) breach("must not be there");
    return;
  }
  if (++depth_ > kDepthMax || ++steps_ > kStepsMax) {
    breach("cannot be checked: schema and answer are nested too deeply");
    --depth_;
    return;
  }
  const Object& keywords = schema.get_object();
  if (const Value* ref = keywords.if_contains("$ref")) {
    check(document_.target(ref->get_string()), instance);
  }
  any_kind(keywords, instance);
  combined(keywords, instance);
  if (instance.is_object()) {
    object(keywords, instance.get_object());
    dependents(keywords, instance);
  }
  if (instance.is_array()) array(keywords, instance.get_array());
  if (instance.is_string()) string(keywords, instance.get_string());
  if (is_number(instance)) number(keywords, instance);
  --depth_;
}

void SchemaChecker::any_kind(const Object& schema, const Value& instance) {
  if (const Value* type = schema.if_contains("type")) {
    const auto fits = [&](const Value& t) { return is_type(instance, t.get_string()); };
    const bool ok = type->is_array()
                        ? std::any_of(type->get_array().begin(), type->get_array().end(), fits)
                        : fits(*type);
    if (!ok) breach("is of type " + std::string(type_of(instance)) + ", must be " + shown(*type));
  }
  if (const Value* list = schema.if_contains("enum")) {
    const auto& values = list->get_array();
    const bool ok = std::any_of(values.begin(), values.end(),
                                [&](const Value& value) { return equal(value, instance); });
    if (!ok) breach("is " + shown(instance) + ", must be one of " + shown(*list));
  }
  if (const Value* value = schema.if_contains("const"); value && !equal(*value, instance)) {
    breach("is " + shown(instance) + ", must be " + shown(*value));
  }
}

void SchemaChecker::combined(const Object& schema, const Value& instance) {
  const auto count = [&](const Value& list) {
    return std::count_if(list.get_array().begin(), list.get_array().end(),
                         [&](const Value& one) { return passes(one, instance); });
  };
  if (const Value* all = schema.if_contains("allOf")) {
    for (const Value& one : all->get_array()) check(one, instance);
  }
  if (const Value* any = schema.if_contains("anyOf"); any && count(*any) == 0) {
    // With one possibility left, its own words say more.
    if (any->get_array().size() == 1) check(any->get_array().front(), instance);
    if (any->get_array().size() != 1) breach("fits none of the schemas of 'anyOf'");
  }
  if (const Value* one = schema.if_contains("oneOf")) {
    const auto fitting = count(*one);
    if (fitting != 1) {
      breach("fits " + std::to_string(fitting) +
             " of the schemas of 'oneOf', must fit exactly one");
    }
  }
  if (const Value* no = schema.if_contains("not"); no && passes(*no, instance)) {
    breach("fits the schema of 'not'");
  }
  if (const Value* condition = schema.if_contains("if")) {
    const Value* then = schema.if_contains(passes(*condition, instance) ? "then" : "else");
    if (then != nullptr) check(*then, instance);
  }
}

void SchemaChecker::bound(const Object& schema, std::string_view keyword, std::size_t size,
                          std::string_view unit) {
  const Value* limit = schema.if_contains(keyword);
  if (limit == nullptr) return;
  const bool least = keyword.starts_with("min");
  const auto has = static_cast<long double>(size);
  const bool ok = least ? has >= to_number(*limit) : has <= to_number(*limit);
  if (ok) return;
  breach("has " + std::to_string(size) + " " + std::string(unit) + ", must have at " +
         (least ? "least " : "most ") + shown(*limit));
}

void SchemaChecker::object(const Object& schema, const Object& instance) {
  bound(schema, "minProperties", instance.size(), "properties");
  bound(schema, "maxProperties", instance.size(), "properties");
  const auto require = [&](const Value& names) {
    for (const Value& name : names.get_array()) {
      if (instance.contains(name.get_string())) continue;
      breach("lacks the required property " + shown(name));
    }
  };
  if (const Value* required = schema.if_contains("required")) require(*required);
  if (const Value* dependent = schema.if_contains("dependentRequired")) {
    for (const auto& [name, names] : dependent->get_object()) {
      if (instance.contains(name)) require(names);
    }
  }
  members(schema, instance);
}

void SchemaChecker::dependents(const Object& schema, const Value& instance) {
  const Value* dependent = schema.if_contains("dependentSchemas");
  if (dependent == nullptr) return;
  for (const auto& [name, one] : dependent->get_object()) {
    if (instance.get_object().contains(name)) check(one, instance);
  }
}

void SchemaChecker::members(const Object& schema, const Object& instance) {
  const Value* properties = schema.if_contains("properties");
  const Value* patterns = schema.if_contains("patternProperties");
  const Value* others = schema.if_contains("additionalProperties");
  const Value* names = schema.if_contains("propertyNames");
  for (const auto& [name, value] : instance) {
    if (++steps_ > kStepsMax) return breach("cannot be checked: it is too large");
    const Value& member = value;
    const std::string_view key = name;
    within(key, [&] {
      bool known = false;
      if (const Value* own = properties ? properties->get_object().if_contains(key) : nullptr) {
        known = true;
        check(*own, member);
      }
      if (patterns != nullptr) {
        for (const auto& [pattern, one] : patterns->get_object()) {
          if (!RE2::PartialMatch(piece(key), document_.pattern(pattern))) continue;
          known = true;
          check(one, member);
        }
      }
      if (others != nullptr && !known) {
        const bool refused = others->is_bool() && !others->get_bool();
        refused ? breach("is a property that the schema does not allow") : check(*others, member);
      }
      if (names != nullptr) check(*names, Value(key));
    });
  }
}

void SchemaChecker::array(const Object& schema, const Array& instance) {
  bound(schema, "minItems", instance.size(), "items");
  bound(schema, "maxItems", instance.size(), "items");
  elements(schema, instance);
  if (schema.contains("contains")) contained(schema, instance);
  const Value* unique = schema.if_contains("uniqueItems");
  if (unique == nullptr || !unique->get_bool()) return;
  for (std::size_t i = 0; i < instance.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (++steps_ > kStepsMax) return breach("cannot be checked: it is too large");
      if (equal(instance[i], instance[j])) {
        return breach("has equal items, " + std::to_string(j) + " and " + std::to_string(i));
      }
    }
  }
}

void SchemaChecker::elements(const Object& schema, const Array& instance) {
  const Value* prefix = schema.if_contains("prefixItems");
  const Value* rest = schema.if_contains("items");
  if (rest != nullptr && rest->is_array()) {  // draft 7
    prefix = rest;
    rest = schema.if_contains("additionalItems");
  }
  for (std::size_t i = 0; i < instance.size(); ++i) {
    const bool in_prefix = prefix != nullptr && i < prefix->get_array().size();
    const Value* own = in_prefix ? &prefix->get_array()[i] : rest;
    if (own == nullptr) continue;
    within(std::to_string(i), [&] { check(*own, instance[i]); });
  }
}

void SchemaChecker::contained(const Object& schema, const Array& instance) {
  const Value& wanted = schema.at("contains");
  const auto found = static_cast<long double>(std::count_if(
      instance.begin(), instance.end(), [&](const Value& item) { return passes(wanted, item); }));
  const Value* least = schema.if_contains("minContains");
  const Value* most = schema.if_contains("maxContains");
  if (found < (least ? to_number(*least) : 1)) breach("has too few items that fit 'contains'");
  if (most && found > to_number(*most)) breach("has too many items that fit 'contains'");
}

void SchemaChecker::string(const Object& schema, std::string_view instance) {
  const std::size_t length = base::utf8_characters(instance);
  bound(schema, "minLength", length, "characters");
  bound(schema, "maxLength", length, "characters");
  const Value* pattern = schema.if_contains("pattern");
  if (pattern == nullptr) return;
  if (RE2::PartialMatch(piece(instance), document_.pattern(pattern->get_string()))) return;
  breach("does not match the pattern " + shown(*pattern));
}

void SchemaChecker::number(const Object& schema, const Value& instance) {
  const long double is = to_number(instance);
  const auto limit = [&](std::string_view keyword, auto ok, std::string_view words) {
    const Value* value = schema.if_contains(keyword);
    if (value == nullptr || ok(to_number(*value))) return;
    breach("is " + shown(instance) + ", must be " + std::string(words) + " " + shown(*value));
  };
  limit(
      "minimum", [&](long double l) { return is >= l; }, "at least");
  limit(
      "maximum", [&](long double l) { return is <= l; }, "at most");
  limit(
      "exclusiveMinimum", [&](long double l) { return is > l; }, "greater than");
  limit(
      "exclusiveMaximum", [&](long double l) { return is < l; }, "less than");
  limit(
      "multipleOf",
      [&](long double step) {  // 0.07 is a multiple of 0.01, whatever binary fractions say
        const long double times = is / step;
        return std::fabs(times - std::round(times)) <= 1e-9L * std::max(1.0L, std::fabs(times));
      },
      "a multiple of");
}

}  // namespace headgate::guardrails
