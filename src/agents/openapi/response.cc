#include "agents/openapi/response.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <optional>

#include "agents/openapi/schema.h"
#include "guardrails/schema/json_schema.h"

namespace headgate::agents::openapi {

namespace json = boost::json;

namespace {

std::optional<Spot> success_of(const Document& document, const Spot& responses, Remarks& remarks) {
  constexpr std::array<std::string_view, 6> kStatuses = {"200", "201", "202", "203", "204", "2XX"};
  for (const std::string_view status : kStatuses) {
    const Spot response = responses[status];
    if (response.present()) return document.follow(response, remarks);
  }
  return std::nullopt;
}

}  // namespace

std::string response_schema(const Document& document, const Operation& operation,
                            Remarks& remarks) {
  const Spot responses = operation.spot["responses"];
  const auto success = success_of(document, responses, remarks);
  const Spot schema = success ? (*success)["content"]["application/json"]["schema"] : Spot{};
  if (!schema.present()) {
    remarks.fail(responses.present() ? responses : operation.spot,
                 "says nothing of a successful answer as application/json, which check_output "
                 "needs");
    return {};
  }
  SchemaWriter writer(document, Side::response, remarks);
  json::value written = writer.write(schema);
  json::object definitions = writer.definitions();
  if (written.is_bool()) return {};
  if (!definitions.empty()) written.get_object()["$defs"] = std::move(definitions);
  std::string out = json::serialize(written);
  const auto compiled = guardrails::JsonSchema::compile(out);
  if (!compiled) remarks.fail(schema, "cannot be checked: " + compiled.error().detail);
  return out;
}

}  // namespace headgate::agents::openapi
