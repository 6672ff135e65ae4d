#include "lab/gemini/gemini_family.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text/strings.h"
#include "lab/gemini/embed.h"
#include "lab/gemini/generate_answer.h"
#include "lab/gemini/generate_request.h"

namespace headgate::lab::gemini {
namespace {

constexpr std::string_view kStreamMethod = "streamGenerateContent";
constexpr auto kMethods = std::to_array<std::string_view>(
    {"generateContent", kStreamMethod, "countTokens", "embedContent", "batchEmbedContents"});
constexpr std::uint64_t kPageSize = 50;
constexpr std::uint64_t kPageSizeMax = 1000;
constexpr auto kBases = std::to_array<std::string_view>({"/v1beta", "/v1"});

bool is_method(std::string_view name) {
  return std::find(kMethods.begin(), kMethods.end(), name) != kMethods.end();
}

/// The path below "/v1" or "/v1beta"; nothing when it is below neither.
std::optional<std::string_view> below_base(std::string_view path) {
  for (const auto base : kBases) {
    if (path.starts_with(base) && path.substr(base.size()).starts_with('/')) {
      return path.substr(base.size());
    }
  }
  return std::nullopt;
}

std::optional<Target> target_of(std::string_view path) {
  constexpr std::string_view kModels = "/models";
  auto rest = below_base(path);
  if (!rest || !rest->starts_with(kModels)) return std::nullopt;
  rest->remove_prefix(kModels.size());
  if (rest->empty()) return Target{};
  if (!rest->starts_with('/')) return std::nullopt;
  rest->remove_prefix(1);
  const auto colon = rest->rfind(':');
  const bool called = colon != rest->npos && is_method(rest->substr(colon + 1));
  Target target;
  target.model = base::percent_decode(called ? rest->substr(0, colon) : *rest);
  if (called) target.method = rest->substr(colon + 1);
  return target;
}

Framing framing_of(const LabRequest& request) {
  return query_value(request, "alt") == "sse" ? Framing::events : Framing::array;
}

class GenerateCall final : public Call {
 public:
  GenerateCall(Prompt prompt, Framing framing, RecentSet& signed_calls)
      : Call(std::move(prompt)), framing_(framing), signed_calls_(signed_calls) {}

  void given(const Completion& completion) override {
    for (const auto& call : signed_calls(completion)) signed_calls_.insert(call);
  }
  std::string body(const Completion& completion) const override {
    if (prompt().endpoint == Endpoint::generate) return response_body(completion);
    return fmt::format(R"({{"totalTokens":{0},"promptTokensDetails":[{{"modality":"TEXT",)"
                       R"("tokenCount":{0}}}]}})",
                       completion.usage.prompt);
  }
  std::vector<StreamEvent> stream(const Completion& completion,
                                  const StreamOptions& options) const override {
    return response_stream(completion, options, framing_);
  }
  std::string_view stream_type() const override {
    return framing_ == Framing::events ? "text/event-stream" : "application/json; charset=UTF-8";
  }
  std::string error_event(int status) const override {
    return last_in_stream(error_body(error_of_status(status)), framing_);
  }

 private:
  const Framing framing_;
  RecentSet& signed_calls_;
};

class EmbedCall final : public Call {
 public:
  EmbedCall(EmbedRequest request, std::string_view model)
      : Call(embed_prompt(request, model)), request_(std::move(request)) {}

  std::string body(const Completion& completion) const override {
    return embed_body(request_, completion.usage.prompt);
  }

 private:
  const EmbedRequest request_;
};

std::string model_body(const ServedModel& model) {
  const bool embeds = model.id.find("embedding") != model.id.npos;
  const std::string_view methods =
      embeds ? R"("embedContent","countTokens")" : R"("generateContent","countTokens")";
  return fmt::format(R"({{"name":{},"version":"001","displayName":{},"inputTokenLimit":1048576,)"
                     R"("outputTokenLimit":65536,"supportedGenerationMethods":[{}],)"
                     R"("temperature":1,"topP":0.95,"topK":64,"maxTemperature":2}})",
                     base::json_string("models/" + model.id), base::json_string(model.id), methods);
}

/// A page token is the place where the page begins.
std::string models_body(const LabRequest& request, const Script& script) {
  std::vector<const ServedModel*> models;
  for (const auto& model : script.models) {
    if (!is_glob(model.id)) models.push_back(&model);
  }
  const auto count = static_cast<std::uint64_t>(models.size());
  const auto asked = base::parse_u64(query_value(request, "pageSize")).value_or(0);
  const auto size = asked == 0 ? kPageSize : std::min(asked, kPageSizeMax);
  const auto token = base::parse_u64(query_value(request, "pageToken")).value_or(0);
  const auto begin = std::min(token, count);
  const auto end = begin + std::min(size, count - begin);
  std::string list;
  for (auto i = begin; i < end; ++i) list += (list.empty() ? "" : ",") + model_body(*models[i]);
  const std::string next = end < count ? fmt::format(R"(,"nextPageToken":"{}")", end) : "";
  return fmt::format(R"({{"models":[{}]{}}})", list, next);
}

std::string sent_key(const LabRequest& request) {
  const auto header = header_of(request, "x-goog-api-key");
  return header.empty() ? query_value(request, "key") : std::string(header);
}

Problem check_key(const LabRequest& request, const std::vector<std::string>& keys) {
  if (keys.empty()) return std::nullopt;
  const auto sent = sent_key(request);
  if (sent.empty()) {
    return ApiError{403,
                    "Method doesn't allow unregistered callers (callers without established "
                    "identity). Please use API Key or other form of API consumer identity to call "
                    "this API."};
  }
  if (std::find(keys.begin(), keys.end(), sent) != keys.end()) return std::nullopt;
  ApiError error{400, "API key not valid. Please pass a valid API key."};
  error.reason = "API_KEY_INVALID";
  return error;
}

ApiError model_not_found(const Target& target, std::string_view path) {
  const std::string_view version = path.starts_with("/v1beta/") ? "v1beta" : "v1";
  if (target.method.empty()) {
    return {404,
            fmt::format("Model is not found: models/{} for api version {}", target.model, version)};
  }
  const std::string_view method =
      target.method == kStreamMethod ? std::string_view("generateContent") : target.method;
  return {404, fmt::format("models/{} is not found for API version {}, or is not supported for {}. "
                           "Call ListModels to see the list of available models and their "
                           "supported methods.",
                           target.model, version, method)};
}

/// "2" seconds or a number of milliseconds as "2s", "0.05s"; empty for anything else.
std::string retry_delay(const Failure& failure) {
  if (failure.retry_after_ms) {
    return fmt::format("{:g}s", static_cast<double>(*failure.retry_after_ms) / 1000);
  }
  const auto seconds = base::parse_u64(failure.retry_after);
  return seconds ? fmt::format("{}s", *seconds) : std::string();
}

}  // namespace

bool GeminiFamily::owns(std::string_view path) const {
  const auto target = target_of(path);
  return path.starts_with("/v1beta/") || (target && !target->method.empty());
}

bool GeminiFamily::is_meant(const LabRequest& request) const {
  return has_header(request, "x-goog-api-key") || has_header(request, "x-goog-api-client") ||
         !query_value(request, "key").empty();
}

Reading GeminiFamily::read(const LabRequest& request, const RequestContext& context) {
  if (const auto problem = check_key(request, context.keys)) return refuse(*problem, context);
  const auto target = target_of(request.path);
  if (!target || request.method != (target->method.empty() ? "GET" : "POST")) {
    return refuse(
        {404, fmt::format("The requested URL {} was not found on this server.", request.path)},
        context);
  }
  if (target->method.empty()) return models(request, *target, context);
  if (!serves(context.script, target->model)) {
    return refuse(model_not_found(*target, request.path), context);
  }
  return call(request, *target, context);
}

Reading GeminiFamily::call(const LabRequest& request, const Target& target,
                           const RequestContext& context) {
  const bool embeds = target.method == "embedContent" || target.method == "batchEmbedContents";
  return embeds ? embed(request, target, context) : generate(request, target, context);
}

Reading GeminiFamily::generate(const LabRequest& request, const Target& target,
                               const RequestContext& context) {
  auto prompt = target.method == "countTokens" ? read_count_request(request.body, signed_calls_)
                                               : read_generate_request(request.body, signed_calls_);
  if (!prompt) return refuse(prompt.error(), context);
  prompt->model = target.model;
  prompt->stream = target.method == kStreamMethod;
  return std::make_unique<GenerateCall>(*std::move(prompt), framing_of(request), signed_calls_);
}

Reading GeminiFamily::embed(const LabRequest& request, const Target& target,
                            const RequestContext& context) {
  auto read = target.method == "embedContent"
                  ? read_embed_request(request.body, target.model)
                  : read_batch_embed_request(request.body, target.model);
  if (!read) return refuse(read.error(), context);
  return std::make_unique<EmbedCall>(*std::move(read), target.model);
}

Reply GeminiFamily::models(const LabRequest& request, const Target& target,
                           const RequestContext& context) const {
  if (target.model.empty()) return reply(200, models_body(request, context.script), context);
  for (const auto& model : context.script.models) {
    if (model.id == target.model) return reply(200, model_body(model), context);
  }
  return refuse(model_not_found(target, request.path), context);
}

Reply GeminiFamily::reply(int status, std::string body, const RequestContext& context) const {
  HeaderList all = headers({}, context);
  all.emplace(all.begin(), "content-type", json_type());
  return {status, std::move(all), std::move(body)};
}

/// What would have been an array of responses is refused as one.
Reply GeminiFamily::refuse(const ApiError& error, const RequestContext& context) const {
  std::string body = error_body(error);
  const auto* request = context.request;
  const auto target = request ? target_of(request->path) : std::nullopt;
  const bool in_array =
      target && target->method == kStreamMethod && framing_of(*request) == Framing::array;
  if (in_array) body = fmt::format("[{}\n]\n", body);
  return reply(error.status, std::move(body), context);
}

/// Google tells in the body when to come back.
Reply GeminiFamily::failure(const Failure& failure, const RequestContext& context) const {
  ApiError error = error_of_status(failure.status);
  if (!failure.message.empty()) error.message = failure.message;
  error.reason = failure.code;
  error.retry_delay = retry_delay(failure);
  return refuse(error, context);
}

HeaderList GeminiFamily::headers(const CompletionUsage&, const RequestContext&) const {
  return {{"vary", "Origin, X-Origin, Referer"},
          {"x-content-type-options", "nosniff"},
          {"x-frame-options", "SAMEORIGIN"}};
}

std::pair<std::string, std::string> GeminiFamily::timing_header(std::int64_t ms) const {
  return {"server-timing", fmt::format("gfet4t7; dur={}", ms)};
}

}  // namespace headgate::lab::gemini
