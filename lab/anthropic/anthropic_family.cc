#include "lab/anthropic/anthropic_family.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"
#include "lab/anthropic/message_answer.h"
#include "lab/anthropic/message_request.h"
#include "lab/anthropic/models.h"
#include "lab/formats/times.h"

namespace headgate::lab::anthropic {
namespace {

constexpr std::string_view kMessagesPath = "/v1/messages";
constexpr std::string_view kCountPath = "/v1/messages/count_tokens";
constexpr std::string_view kModelsPath = "/v1/models";
constexpr std::string_view kModelPrefix = "/v1/models/";
constexpr std::string_view kVersion2023 = "2023-06-01";
constexpr std::string_view kVersion2026 = "2026-10-21";
constexpr std::size_t kBodyBytesMax = 32 * 1024 * 1024;

std::string request_id_of(const RequestContext& context) {
  return "req_011C" + context.request_id.substr(0, 20);
}

class MessageCall final : public Call {
 public:
  MessageCall(Prompt prompt, std::string request_id, RecentSet& thought_calls)
      : Call(std::move(prompt)),
        request_id_(std::move(request_id)),
        thought_calls_(thought_calls) {}

  void given(const Completion& completion) override {
    for (const auto& choice : completion.choices) {
      if (!choice.thought) continue;
      for (const auto& call : choice.calls) thought_calls_.insert(tool_use_id(call));
    }
  }
  std::string body(const Completion& completion) const override {
    if (prompt().endpoint == Endpoint::count_tokens) {
      return fmt::format(R"({{"input_tokens":{}}})", completion.usage.prompt);
    }
    return message_body(completion);
  }
  std::vector<StreamEvent> stream(const Completion& completion,
                                  const StreamOptions& options) const override {
    return message_stream(completion, options);
  }
  std::string error_event(int status) const override {
    return anthropic::error_event(status, request_id_);
  }

 private:
  const std::string request_id_;
  RecentSet& thought_calls_;
};

/// Where both headers come, x-api-key counts.
Problem check_key(const LabRequest& request, const std::vector<std::string>& keys) {
  if (keys.empty()) return std::nullopt;
  const bool by_header = has_header(request, "x-api-key");
  const auto sent = by_header ? header_of(request, "x-api-key") : bearer_of(request);
  if (sent.empty()) return ApiError{401, "x-api-key header is required"};
  if (std::find(keys.begin(), keys.end(), sent) != keys.end()) return std::nullopt;
  return ApiError{401, by_header ? "invalid x-api-key" : "Invalid bearer token"};
}

Problem check_version(const LabRequest& request) {
  if (!has_header(request, "anthropic-version")) {
    return ApiError{400, "anthropic-version: header is required"};
  }
  const auto version = header_of(request, "anthropic-version");
  if (version == kVersion2023 || version == kVersion2026) return std::nullopt;
  return ApiError{400, fmt::format("anthropic-version: \"{}\" is not a valid version", version)};
}

Problem check_target(const LabRequest& request) {
  const bool posted = request.path == kMessagesPath || request.path == kCountPath;
  const bool got = request.path == kModelsPath || request.path.starts_with(kModelPrefix);
  if (!posted && !got) return ApiError{404, "Not Found"};
  if (request.method == (posted ? "POST" : "GET")) return std::nullopt;
  return ApiError{405, "Method Not Allowed"};
}

}  // namespace

bool AnthropicFamily::owns(std::string_view path) const {
  return path == kMessagesPath || path.starts_with(fmt::format("{}/", kMessagesPath));
}

bool AnthropicFamily::is_meant(const LabRequest& request) const {
  return has_header(request, "anthropic-version");
}

Reading AnthropicFamily::read(const LabRequest& request, const RequestContext& context) {
  if (const auto problem = check_key(request, context.keys)) return refuse(*problem, context);
  if (const auto problem = check_target(request)) return refuse(*problem, context);
  if (const auto problem = check_version(request)) return refuse(*problem, context);
  if (request.method == "GET") return models(request, context);
  return messages(request, context);
}

Reading AnthropicFamily::messages(const LabRequest& request, const RequestContext& context) {
  const bool is_2026 = header_of(request, "anthropic-version") == kVersion2026;
  const RequestRules rules{is_2026, request.path == kCountPath,
                           has_header(request, "anthropic-beta"), thought_calls_};
  if (request.body.size() > kBodyBytesMax) {
    return refuse({413, "Request exceeds the maximum size"}, context);
  }
  auto prompt = read_message_request(request.body, rules);
  if (!prompt) return refuse(prompt.error(), context);
  if (!serves(context.script, prompt->model)) {
    return refuse({404, fmt::format("model: {}", prompt->model)}, context);
  }
  return std::make_unique<MessageCall>(*std::move(prompt), request_id_of(context), thought_calls_);
}

Reply AnthropicFamily::models(const LabRequest& request, const RequestContext& context) const {
  if (request.path == kModelsPath) {
    return reply(200, models_body(request, context.script), context);
  }
  const std::string id = base::percent_decode(request.path.substr(kModelPrefix.size()));
  for (const auto& model : context.script.models) {
    if (model.id == id) return reply(200, model_body(model), context);
  }
  return refuse({404, fmt::format("model: {}", id)}, context);
}

Reply AnthropicFamily::reply(int status, std::string body, const RequestContext& context) const {
  HeaderList all = headers({}, context);
  all.emplace(all.begin(), "content-type", json_type());
  return {status, std::move(all), std::move(body)};
}

Reply AnthropicFamily::refuse(const ApiError& error, const RequestContext& context) const {
  return reply(error.status, error_body(error, request_id_of(context)), context);
}

Reply AnthropicFamily::failure(const Failure& failure, const RequestContext& context) const {
  ApiError error = error_of_status(failure.status);
  if (!failure.message.empty()) error.message = failure.message;
  error.code = failure.code;
  Reply out = refuse(error, context);
  add_retry_headers(out.headers, failure);
  return out;
}

HeaderList AnthropicFamily::headers(const CompletionUsage& usage,
                                    const RequestContext& context) const {
  constexpr std::int64_t kRequestsLimit = 4'000;
  constexpr std::int64_t kInputLimit = 2'000'000;
  constexpr std::int64_t kOutputLimit = 400'000;
  // What is read from the cache does not count.
  const auto input = usage.prompt - usage.cached;
  HeaderList out{{"request-id", request_id_of(context)},
                 {"anthropic-organization-id", "00000000-0000-4000-8000-000000000001"},
                 {"anthropic-workspace-id", "wrkspc_01HeadgateLab"}};
  const auto add = [&](std::string_view what, std::int64_t limit, std::int64_t used) {
    const auto name = [&](std::string_view end) {
      return fmt::format("anthropic-ratelimit-{}-{}", what, end);
    };
    out.emplace_back(name("limit"), std::to_string(limit));
    out.emplace_back(name("remaining"), std::to_string(std::max<std::int64_t>(limit - used, 0)));
    out.emplace_back(name("reset"), rfc3339(context.unix_s + used * 60 / limit));
  };
  add("requests", kRequestsLimit, 1);
  add("tokens", kInputLimit + kOutputLimit, input + usage.completion);
  add("input-tokens", kInputLimit, input);
  add("output-tokens", kOutputLimit, usage.completion);
  return out;
}

std::pair<std::string, std::string> AnthropicFamily::timing_header(std::int64_t ms) const {
  return {"x-envoy-upstream-service-time", std::to_string(ms)};
}

}  // namespace headgate::lab::anthropic
