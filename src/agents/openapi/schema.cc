#include "agents/openapi/schema.h"

#include <algorithm>
#include <array>
#include <utility>

namespace headgate::agents::openapi {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 9> kSchemas = {
    "items", "additionalProperties", "not", "propertyNames", "contains", "if", "then",
    "else",  "additionalItems"};
constexpr std::array<std::string_view, 6> kCollections = {
    "allOf", "anyOf", "oneOf", "prefixItems", "patternProperties", "dependentSchemas"};
// Said in other words, of no use to a model, or found by references to them.
constexpr std::array<std::string_view, 14> kLeftOut = {
    "$ref",         "nullable", "readOnly", "writeOnly",   "example",  "discriminator", "xml",
    "externalDocs", "$schema",  "$defs",    "definitions", "$comment", "$anchor",       "$id"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_annotation(std::string_view name) {
  return name == "description" || name == "title" || name == "default" || name == "deprecated" ||
         name == "examples";
}

// About as many bytes as it is in memory and in JSON.
std::size_t size_of(const json::value& value) {
  constexpr std::size_t kEach = 16;
  std::size_t out = kEach;
  if (value.is_string()) return out + value.get_string().size();
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) out += size_of(one);
  }
  if (value.is_object()) {
    for (const auto& one : value.get_object()) out += one.key().size() + size_of(one.value());
  }
  return out;
}

// 3.0 has `nullable` where JSON Schema has one more type.
json::value with_null(json::object schema) {
  json::value* type = schema.if_contains("type");
  if (type == nullptr || !type->is_string()) {
    return {{"anyOf", {std::move(schema), {{"type", "null"}}}}};
  }
  *type = json::array{*type, "null"};
  json::value* values = schema.if_contains("enum");
  if (values == nullptr || !values->is_array()) return schema;
  json::array& list = values->get_array();
  if (std::find(list.begin(), list.end(), json::value(nullptr)) == list.end()) {
    list.emplace_back(nullptr);
  }
  return schema;
}

// 3.0 has a flag where JSON Schema has a bound of its own.
void mend_bound(json::object& schema, std::string_view bound, std::string_view exclusive) {
  json::value* flag = schema.if_contains(exclusive);
  if (flag == nullptr || !flag->is_bool()) return;
  const bool excludes = flag->get_bool();
  const json::value* limit = schema.if_contains(bound);
  if (excludes && limit != nullptr) {
    *flag = *limit;
    schema.erase(bound);
  } else {
    schema.erase(exclusive);
  }
}

}  // namespace

// False: there is too much of it, which is said once.
bool SchemaWriter::spend(const Spot& schema, std::size_t bytes) {
  bytes_ += bytes;
  if (is_too_large_) return false;
  if (schemas_ <= kSchemasMax && bytes_ <= kBytesMax && depth_ <= kDepthMax) return true;
  is_too_large_ = true;
  remarks_.fail(schema,
                "the schemas are too large, with all that they refer to: more than 2000 of them, "
                "64 KiB or 64 levels; give the tool an `input` of its own");
  return false;
}

json::value SchemaWriter::write(const Spot& schema) {
  ++schemas_;
  ++depth_;
  Value out = spend(schema, 0) ? unbounded(schema) : Value(true);
  --depth_;
  return out;
}

json::value SchemaWriter::unbounded(const Spot& schema) {
  if (schema.present() && schema.value->is_bool()) return *schema.value;
  if (!schema.is_object()) {
    remarks_.fail(schema, "is no schema");
    return true;
  }
  if (schema["$ref"].present()) return reference(schema);
  Object out = object(schema);
  if (!document_.has_old_schemas()) return out;
  mend_bound(out, "minimum", "exclusiveMinimum");
  mend_bound(out, "maximum", "exclusiveMaximum");
  return schema["nullable"].flag() ? with_null(std::move(out)) : Value(std::move(out));
}

json::value SchemaWriter::reference(const Spot& schema) {
  const auto target = document_.follow(schema, remarks_);
  if (!target) return true;
  Value out;
  if (must_define(target->pointer)) {
    out = {{"$ref", "#/$defs/" + name_of(target->pointer)}};
  } else {
    within_.push_back(target->pointer);
    out = write(*target);
    within_.pop_back();
  }
  if (document_.has_old_schemas()) return out;  // where nothing counts beside a reference
  Object beside = object(schema);
  const bool only_words = std::all_of(beside.begin(), beside.end(),
                                      [](const auto& one) { return is_annotation(one.key()); });
  if (beside.empty()) return out;
  if (!only_words || !out.is_object()) return {{"allOf", {std::move(out), std::move(beside)}}};
  for (auto& one : beside) out.get_object()[one.key()] = one.value();
  return out;
}

bool SchemaWriter::must_define(const std::string& pointer) const {
  const bool is_much = schemas_ > kSchemasMax / 2 || bytes_ > kBytesMax / 2;
  return defines_ || is_much || within_.size() >= kWithinMax || is_one_of(pointer, within_);
}

json::object SchemaWriter::object(const Spot& schema) {
  Object out;
  for (const std::string_view name : schema.keys()) keyword(schema, name, out);
  return out;
}

void SchemaWriter::keyword(const Spot& schema, std::string_view name, Object& out) {
  const Spot value = schema[name];
  if (!spend(schema, name.size())) return;
  if (name == "properties") {
    properties(schema, out);
  } else if (name == "required") {
    required(schema, out);
  } else if (name == "example") {
    if (spend(value, size_of(*value.value))) out["examples"] = json::array{*value.value};
  } else if (is_one_of(name, kSchemas)) {
    const bool list = name == "items" && value.value->is_array();
    out[name] = list ? each(value) : write(value);
  } else if (is_one_of(name, kCollections)) {
    out[name] = each(value);
  } else if (!is_one_of(name, kLeftOut) && !name.starts_with("x-")) {
    if (spend(value, size_of(*value.value))) out[name] = *value.value;
  }
}

json::value SchemaWriter::each(const Spot& schemas) {
  if (schemas.is_object()) {
    Object out;
    for (const std::string_view key : schemas.keys()) {
      if (spend(schemas, key.size())) out[key] = write(schemas[key]);
    }
    return out;
  }
  json::array out;
  for (std::size_t i = 0; i < schemas.size(); ++i) out.push_back(write(schemas.at(i)));
  return out;
}

void SchemaWriter::properties(const Spot& schema, Object& out) {
  const Spot all = schema["properties"];
  Object kept;
  for (const std::string_view name : all.keys()) {
    if (spend(all, name.size()) && !is_hidden(all[name])) kept[name] = write(all[name]);
  }
  out["properties"] = std::move(kept);
}

void SchemaWriter::required(const Spot& schema, Object& out) {
  const Spot names = schema["required"];
  const Spot all = schema["properties"];
  json::array kept;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Spot property = all[names.at(i).text()];
    if (!property.present() || !is_hidden(property)) kept.push_back(*names.at(i).value);
  }
  if (!kept.empty()) out["required"] = std::move(kept);
}

bool SchemaWriter::is_hidden(const Spot& property) {
  const std::string_view word = side_ == Side::request ? "readOnly" : "writeOnly";
  if (property[word].flag()) return true;
  Remarks ignored;  // said where the property is written
  const auto target = document_.follow(property, ignored);
  return target && (*target)[word].flag();
}

std::string SchemaWriter::name_of(const std::string& pointer) {
  if (const auto known = named_.find(pointer); known != named_.end()) return known->second;
  std::string name = pointer.substr(pointer.rfind('/') + 1);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '~' || c == '%' || c == ' '; }, '_');
  while (!names_.insert(name).second) name += '_';
  named_[pointer] = name;
  defined_.push_back(pointer);
  return name;
}

json::object SchemaWriter::definitions() {
  Object out;
  defines_ = true;
  // Writing one may find more of them.
  for (std::size_t i = 0; i < defined_.size() && !is_too_large_; ++i) {
    const std::string pointer = defined_[i];
    out[named_[pointer]] = write(document_.at(pointer));
  }
  return out;
}

}  // namespace headgate::agents::openapi
