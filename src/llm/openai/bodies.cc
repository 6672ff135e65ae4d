#include "llm/openai/bodies.h"

#include "base/text/strings.h"

namespace headgate::llm::openai {
namespace {

void append_string_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    base::append_json_string(out, text);
  }
}

}  // namespace

std::string error_body(const base::Error& error) {
  const base::ErrcRow& row = base::row(error.code);
  std::string out = "{\"error\":{\"message\":";
  base::append_json_string(out, error.detail.empty() ? row.name : std::string_view(error.detail));
  out += ",\"type\":";
  base::append_json_string(out, row.openai_type);
  out += ",\"param\":";
  append_string_or_null(out, error.param);
  out += ",\"code\":";
  append_string_or_null(out, row.openai_code);
  out += "}}";
  return out;
}

std::string provider_error_body(const chat::ProviderError& error) {
  std::string out = "{\"error\":{\"message\":";
  base::append_json_string(out, error.message.empty() ? "the provider failed" : error.message);
  out += ",\"type\":";
  base::append_json_string(out, error.type.empty() ? "upstream_error" : error.type);
  out += ",\"param\":";
  append_string_or_null(out, error.param);
  out += ",\"code\":";
  append_string_or_null(out, error.code);
  out += "}}";
  return out;
}

std::string stream_error_event(const base::Error& error) {
  return "data: " + error_body(error) + "\n\n";
}

std::string model_body(const ModelEntry& model) {
  std::string out = "{\"id\":";
  base::append_json_string(out, model.id);
  out += ",\"object\":\"model\",\"created\":" + std::to_string(model.created_s) + ",\"owned_by\":";
  base::append_json_string(out, model.owned_by);
  out += "}";
  return out;
}

std::string models_body(std::span<const ModelEntry> models) {
  std::string out = "{\"object\":\"list\",\"data\":[";
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (i > 0) out += ",";
    out += model_body(models[i]);
  }
  out += "]}";
  return out;
}

}  // namespace headgate::llm::openai
