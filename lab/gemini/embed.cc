#include "lab/gemini/embed.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <iterator>

#include "lab/formats/embedding.h"
#include "lab/gemini/contents.h"
#include "lab/gemini/generate_request.h"
#include "lab/gemini/request_messages.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

constexpr std::int64_t kDimensions = 3072;
constexpr std::size_t kBatchMax = 100;

Problem read_one(const json::object& request, std::string_view path, EmbedRequest& out) {
  const auto* content = object_in(request, "content");
  if (content == nullptr || items_in(*content, "parts").empty()) {
    return invalid(fmt::format("{}.content", path), "content is not specified");
  }
  const auto dimensions = integer_in(request, "output_dimensionality", kDimensions);
  if (dimensions < 1 || dimensions > kDimensions) {
    return invalid(fmt::format("{}.output_dimensionality", path),
                   fmt::format("must be in the range [1, {}]", kDimensions));
  }
  if (!text_in(request, "title").empty() && text_in(request, "task_type") != "RETRIEVAL_DOCUMENT") {
    return invalid(fmt::format("{}.title", path),
                   "only allowed when the task type is RETRIEVAL_DOCUMENT");
  }
  out.inputs.push_back({text_of(*content), static_cast<std::size_t>(dimensions)});
  return std::nullopt;
}

void append_values(std::string& out, const Embedding& input) {
  out += R"({"values":[)";
  bool first = true;
  for (const double value : embedding_of(input.text, input.dimensions)) {
    fmt::format_to(std::back_inserter(out), "{}{:.8g}", first ? "" : ",", value);
    first = false;
  }
  out += "]}";
}

}  // namespace

EmbedRequestResult read_embed_request(std::string_view body, std::string_view model) {
  const auto value = read_body(body, kEmbedContentRequest);
  if (!value) return value.error();
  EmbedRequest request;
  const auto& object = value->get_object();
  const std::string named = text_in(object, "model");
  if (!named.empty() && named != fmt::format("models/{}", model)) {
    return *invalid("EmbedContentRequest.model", "must be the model of the URL");
  }
  if (auto problem = read_one(object, "EmbedContentRequest", request)) return *problem;
  return request;
}

EmbedRequestResult read_batch_embed_request(std::string_view body, std::string_view model) {
  const auto value = read_body(body, kBatchEmbedContentsRequest);
  if (!value) return value.error();
  EmbedRequest request;
  request.batch = true;
  const auto requests = items_in(value->get_object(), "requests");
  constexpr std::string_view kPath = "BatchEmbedContentsRequest.requests";
  if (requests.empty()) return *invalid(kPath, "requests is not specified");
  if (requests.size() > kBatchMax) {
    return *invalid(kPath, fmt::format("at most {} requests can be in one batch", kBatchMax));
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto path = fmt::format("{}[{}]", kPath, i);
    const auto& object = requests[i]->get_object();
    if (text_in(object, "model") != fmt::format("models/{}", model)) {
      return *invalid(path + ".model", "must be the model of the URL");
    }
    if (auto problem = read_one(object, path, request)) return *problem;
  }
  return request;
}

Prompt embed_prompt(const EmbedRequest& request, std::string_view model) {
  Prompt prompt;
  prompt.dialect = Dialect::gemini;
  prompt.endpoint = Endpoint::embeddings;
  prompt.model = model;
  for (const auto& input : request.inputs) {
    prompt.tokens += count_tokens(input.text);
    prompt.messages.push_back({Role::user, input.text});
  }
  return prompt;
}

std::string embed_body(const EmbedRequest& request, std::int64_t tokens) {
  std::string out = request.batch ? R"({"embeddings":[)" : R"({"embedding":)";
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    if (i > 0) out += ",";
    append_values(out, request.inputs[i]);
  }
  out += request.batch ? "]" : "";
  out +=
      fmt::format(R"(,"usageMetadata":{{"promptTokenCount":{0},"totalTokenCount":{0}}}}})", tokens);
  return out;
}

}  // namespace headgate::lab::gemini
