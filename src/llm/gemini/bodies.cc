#include "llm/gemini/bodies.h"

#include "base/json/writer.h"
#include "llm/gemini/errors.h"
#include "llm/gemini/request_decode.h"
#include "llm/gemini/request_encode.h"
#include "llm/gemini/request_scan.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using base::json::Cursor;
using base::json::Writer;

void write_model(Writer& out, const ModelEntry& model) {
  out.begin_object();
  out.member("name", "models/" + std::string(model.id));
  out.member("baseModelId", model.id);
  out.member("version", "001");
  out.member("displayName", model.display_name.empty() ? model.id : model.display_name);
  if (!model.description.empty()) out.member("description", model.description);
  if (model.input_tokens_max > 0) out.member("inputTokenLimit", model.input_tokens_max);
  if (model.output_tokens_max > 0) out.member("outputTokenLimit", model.output_tokens_max);
  out.array("supportedGenerationMethods");
  if (model.embeds) {
    out.string("embedContent");
    out.string("batchEmbedContents");
  } else {
    out.string("generateContent");
    out.string("streamGenerateContent");
    out.string("countTokens");
  }
  out.end_array();
  out.end_object();
}

}  // namespace

base::Result<chat::Request> decode_count_request(std::string_view body, const chat::Source& source,
                                                 const chat::Limits& limits) {
  Reading reading(body, limits, Errc::invalid_request);
  std::string_view whole;
  std::string_view name;
  if (reading.enter()) {
    while (reading.member(name)) {
      const bool found = name == "generateContentRequest";
      if (reading.cursor.skip() && found) whole = reading.cursor.value_text();
    }
  }
  if (!reading.finish()) return reading.error();
  auto request = decode_request(whole.empty() ? body : whole, source, limits);
  if (request || whole.empty() || request.error().param.empty()) return request;
  base::Error error = request.error();
  error.param.insert(0, "generateContentRequest.");
  return error;
}

std::string encode_count_request(const chat::Request& request, const chat::Target& target,
                                 chat::Losses& losses) {
  std::string whole = encode_request(request, target, losses);
  std::string body = R"({"generateContentRequest":{"model":)";
  base::append_json_string(body, "models/" + std::string(bare_model(target.model)));
  body += ',';
  body.append(whole, 1);
  return body + "}";
}

base::Result<TokenCount> decode_token_count(std::string_view body) {
  TokenCount count;
  Cursor cursor(body);
  std::optional<std::int64_t> total;
  std::optional<chat::ProviderError> error;
  std::string_view key;
  if (cursor.enter_object()) {
    while (cursor.next_key(key)) {
      if (key == "totalTokens") {
        total = cursor.maybe_integer();
      } else if (key == "cachedContentTokenCount") {
        count.cached = cursor.maybe_integer().value_or(0);
      } else if (key == "error") {
        read_error(cursor, error);
      }
    }
  }
  if (!cursor.finish()) return cursor.error(Errc::upstream_malformed);
  if (error) return base::fail(Errc::upstream_status, "the provider answered: " + error->message);
  count.total = total.value_or(0);
  if (!total || count.total < 0 || count.cached < 0 || count.cached > count.total) {
    return base::fail(Errc::upstream_malformed, "the provider's answer counts no tokens");
  }
  return count;
}

std::string encode_token_count(const TokenCount& count) {
  std::string body;
  Writer out(body);
  out.begin_object();
  out.member("totalTokens", count.total);
  if (count.cached > 0) out.member("cachedContentTokenCount", count.cached);
  out.end_object();
  return body;
}

std::string models_body(std::span<const ModelEntry> models, std::string_view next_page_token) {
  std::string body;
  Writer out(body);
  out.begin_object();
  out.array("models");
  for (const ModelEntry& model : models) write_model(out, model);
  out.end_array();
  if (!next_page_token.empty()) out.member("nextPageToken", next_page_token);
  out.end_object();
  return body;
}

std::string model_body(const ModelEntry& model) {
  std::string body;
  Writer out(body);
  write_model(out, model);
  return body;
}

}  // namespace headgate::llm::gemini
