#include "guardrails/schema/json_schema.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

#include "guardrails/schema/checker.h"
#include "guardrails/schema/compiled.h"

namespace headgate::guardrails {

namespace json = boost::json;

struct JsonSchema::Compiled {
  std::unique_ptr<SchemaDocument> document;
};

JsonSchema::JsonSchema(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
JsonSchema::~JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;

base::Result<JsonSchema> JsonSchema::compile(std::string_view schema) {
  auto document = SchemaDocument::read(schema);
  if (!document) return document.error();
  auto compiled = std::make_unique<Compiled>();
  compiled->document = std::move(*document);
  return JsonSchema(std::move(compiled));
}

std::vector<SchemaBreach> JsonSchema::check(std::string_view text) const {
  json::parse_options options;
  options.max_depth = SchemaChecker::kDepthMax;
  json::error_code error;
  const json::value instance = json::parse(text, error, {}, options);
  if (error) return {{"", "is no valid JSON: " + error.message()}};
  SchemaChecker checker(*compiled_->document);
  return checker.run(instance);
}

std::string describe(const std::vector<SchemaBreach>& breaches) {
  std::string out;
  for (const SchemaBreach& breach : breaches) {
    if (!out.empty()) out += "; ";
    out += breach.where.empty() ? "the answer" : breach.where;
    out += ": " + breach.what;
  }
  return out;
}

}  // namespace headgate::guardrails
