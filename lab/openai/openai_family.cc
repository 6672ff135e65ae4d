#include "lab/openai/openai_family.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"
#include "lab/openai/chat_answer.h"
#include "lab/openai/chat_request.h"
#include "lab/openai/embeddings.h"
#include "lab/openai/moderations.h"
#include "lab/openai/parameters.h"
#include "lab/openai/wording.h"

namespace headgate::lab::openai {
namespace {

constexpr std::string_view kChatPath = "/v1/chat/completions";
constexpr std::string_view kEmbeddingsPath = "/v1/embeddings";
constexpr std::string_view kModerationsPath = "/v1/moderations";
constexpr std::string_view kModelsPath = "/v1/models";
constexpr std::string_view kPostPaths[] = {kChatPath, kEmbeddingsPath, kModerationsPath};

class ChatCall final : public Call {
 public:
  explicit ChatCall(ChatRequest request)
      : Call(std::move(request.prompt)), request_(std::move(request)) {}

  std::string body(const Completion& completion) const override { return chat_body(completion); }
  std::vector<StreamEvent> stream(const Completion& completion,
                                  const StreamOptions& options) const override {
    return chat_stream(completion, request_, options);
  }
  std::string error_event(int status) const override {
    return "data: " + error_body(error_of_status(status)) + "\n\n";
  }

 private:
  const ChatRequest request_;  // its prompt has moved to prompt()
};

class EmbeddingCall final : public Call {
 public:
  EmbeddingCall(EmbeddingRequest request, Prompt prompt)
      : Call(std::move(prompt)), request_(std::move(request)) {}

  std::string body(const Completion&) const override { return embedding_body(request_); }

 private:
  const EmbeddingRequest request_;
};

/// One whose answer stands already.
class FinishedCall final : public Call {
 public:
  FinishedCall(Prompt prompt, std::string body) : Call(std::move(prompt)), body_(std::move(body)) {}

  std::string body(const Completion&) const override { return body_; }

 private:
  const std::string body_;
};

std::string model_object(const ServedModel& model) {
  return fmt::format(R"({{"id":{},"object":"model","created":{},"owned_by":{}}})",
                     base::json_string(model.id), model.created, base::json_string(model.owned_by));
}

ApiError model_not_found(const std::string& model) {
  ApiError error;
  error.status = 404;
  error.message =
      fmt::format("The model `{}` does not exist or you do not have access to it.", model);
  error.code = "model_not_found";
  return error;
}

Problem check_key(const LabRequest& request, const std::vector<std::string>& keys) {
  if (keys.empty()) return std::nullopt;
  ApiError error;
  error.status = 401;
  const auto sent = bearer_of(request);
  if (sent.empty()) {
    error.message =
        "You didn't provide an API key. Send it in an Authorization header using Bearer "
        "auth (i.e. Authorization: Bearer YOUR_KEY).";
    return error;
  }
  if (std::find(keys.begin(), keys.end(), sent) != keys.end()) return std::nullopt;
  error.message = fmt::format("Incorrect API key provided: {}.", masked_key(sent));
  error.code = "invalid_api_key";
  return error;
}

bool is_models(std::string_view path) {
  return path == kModelsPath || path.starts_with(fmt::format("{}/", kModelsPath));
}

/// Where the API has no such path, or not for this method.
Problem check_target(const LabRequest& request) {
  const bool posts = contains(kPostPaths, request.path);
  ApiError error;
  if (!posts && !is_models(request.path)) {
    error.status = 404;
    error.message = fmt::format("Invalid URL ({} {})", request.method, request.path);
    return error;
  }
  if (request.method == (posts ? "POST" : "GET")) return std::nullopt;
  error.status = 405;
  error.message = fmt::format("Not allowed to {} on {}.", request.method, request.path);
  error.code = "method_not_supported";
  return error;
}

}  // namespace

bool OpenAiFamily::owns(std::string_view path) const {
  return contains(kPostPaths, path) || responses::ResponsesEndpoint::owns(path);
}

Reading OpenAiFamily::read(const LabRequest& request, const RequestContext& context) {
  if (const auto problem = check_key(request, context.keys)) return refuse(*problem, context);
  if (responses::ResponsesEndpoint::owns(request.path)) return respond(request, context);
  if (const auto problem = check_target(request)) return refuse(*problem, context);
  if (request.path == kChatPath) return chat(request, context);
  if (request.path == kEmbeddingsPath) return embed(request, context);
  if (request.path == kModerationsPath) return moderate(request, context);
  return models(request, context);
}

Reading OpenAiFamily::respond(const LabRequest& request, const RequestContext& context) {
  auto answer = responses_.serve(request, context);
  if (auto* call = std::get_if<std::unique_ptr<Call>>(&answer)) return std::move(*call);
  if (const auto* error = std::get_if<ApiError>(&answer)) return refuse(*error, context);
  auto& document = std::get<responses::Document>(answer);
  Reply out = reply(200, std::move(document.body), context);
  out.headers.front().second = document.type;
  return out;
}

Reading OpenAiFamily::embed(const LabRequest& request, const RequestContext& context) const {
  auto read = read_embedding_request(request.body);
  if (!read) return refuse(read.error(), context);
  if (!serves(context.script, read->model)) return refuse(model_not_found(read->model), context);
  Prompt prompt = embedding_prompt(*read);
  return std::make_unique<EmbeddingCall>(*std::move(read), std::move(prompt));
}

Reading OpenAiFamily::moderate(const LabRequest& request, const RequestContext& context) const {
  auto read = read_moderation_request(request.body, context.script);
  if (!read) return refuse(read.error(), context);
  Prompt prompt = moderation_prompt(*read);
  auto body = moderation_body(*read, context.script, base::to_lower(context.request_id));
  return std::make_unique<FinishedCall>(std::move(prompt), std::move(body));
}

Reading OpenAiFamily::chat(const LabRequest& request, const RequestContext& context) {
  auto read = read_chat_request(request.body);
  if (!read) return refuse(read.error(), context);
  const auto& model = read->prompt.model;
  if (!serves(context.script, model)) return refuse(model_not_found(model), context);
  return std::make_unique<ChatCall>(*std::move(read));
}

Reply OpenAiFamily::models(const LabRequest& request, const RequestContext& context) const {
  if (request.path == kModelsPath) {
    std::string list;
    for (const auto& model : context.script.models) {
      if (!is_glob(model.id)) list += (list.empty() ? "" : ",") + model_object(model);
    }
    return reply(200, R"({"object":"list","data":[)" + list + "]}", context);
  }
  const std::string id = base::percent_decode(request.path.substr(kModelsPath.size() + 1));
  for (const auto& model : context.script.models) {
    if (model.id == id) return reply(200, model_object(model), context);
  }
  return refuse(model_not_found(id), context);
}

Reply OpenAiFamily::reply(int status, std::string body, const RequestContext& context) const {
  HeaderList all = headers({}, context);
  all.emplace(all.begin(), "content-type", json_type());
  return {status, std::move(all), std::move(body)};
}

Reply OpenAiFamily::refuse(const ApiError& error, const RequestContext& context) const {
  return reply(error.status, error_body(error), context);
}

Reply OpenAiFamily::failure(const Failure& failure, const RequestContext& context) const {
  ApiError error = error_of_status(failure.status);
  if (!failure.message.empty()) error.message = failure.message;
  if (!failure.code.empty()) error.code = failure.code;
  Reply out = refuse(error, context);
  add_retry_headers(out.headers, failure);
  return out;
}

HeaderList OpenAiFamily::headers(const CompletionUsage& usage,
                                 const RequestContext& context) const {
  constexpr std::int64_t kRequestsLimit = 10'000;
  constexpr std::int64_t kTokensLimit = 2'000'000;
  const auto left = std::max<std::int64_t>(kTokensLimit - usage.prompt, 0);
  const auto reset_ms = usage.prompt * 60'000 / kTokensLimit;
  return {{"x-request-id", "req_" + base::to_lower(context.request_id)},
          {"openai-version", "2020-10-01"},
          {"openai-organization", "org-headgate-lab"},
          {"x-ratelimit-limit-requests", std::to_string(kRequestsLimit)},
          {"x-ratelimit-remaining-requests", std::to_string(kRequestsLimit - 1)},
          {"x-ratelimit-reset-requests", "6ms"},
          {"x-ratelimit-limit-tokens", std::to_string(kTokensLimit)},
          {"x-ratelimit-remaining-tokens", std::to_string(left)},
          {"x-ratelimit-reset-tokens", fmt::format("{}ms", reset_ms)}};
}

std::pair<std::string, std::string> OpenAiFamily::timing_header(std::int64_t ms) const {
  return {"openai-processing-ms", std::to_string(ms)};
}

}  // namespace headgate::lab::openai
