#include "lab/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"
#include "lab/chat_plan.h"
#include "lab/hash.h"
#include "lab/script/compose.h"
#include "lab/script/template.h"

namespace headgate::lab {
namespace {

constexpr std::int64_t kFixedCreated = 1'767'225'600;  // 2026-01-01
constexpr std::size_t kOccurrencesMax = 100'000;
constexpr std::string_view kChatPath = "/v1/chat/completions";
constexpr std::string_view kModelsPath = "/v1/models";

Plan json_reply(int status, std::string body, HeaderList headers = {}) {
  headers.emplace(headers.begin(), "content-type", "application/json");
  Plan plan;
  plan.emplace_back(Reply{status, std::move(headers), std::move(body)});
  return plan;
}

std::string model_object(const ServedModel& model) {
  return fmt::format(R"({{"id":{},"object":"model","created":{},"owned_by":{}}})",
                     base::json_string(model.id), model.created, base::json_string(model.owned_by));
}

bool is_glob(std::string_view id) { return id.find_first_of("*?") != id.npos; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// "%2F" and the like; anything malformed stays as it is.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

ApiError model_not_found(const std::string& model) {
  ApiError error;
  error.status = 404;
  error.message =
      fmt::format("The model `{}` does not exist or you do not have access to it.", model);
  error.code = "model_not_found";
  return error;
}

/// Enough of a key to recognise it, not to use it.
std::string masked_key(std::string_view key) {
  if (key.size() < 12) return std::string(key.size(), '*');
  return fmt::format("{}{}{}", key.substr(0, 3), std::string(key.size() - 7, '*'),
                     key.substr(key.size() - 4));
}

std::int64_t planned_ms(const Plan& plan) {
  base::microseconds sum{0};
  for (const auto& action : plan) {
    if (const auto* wait = std::get_if<Wait>(&action)) sum += wait->time;
    if (!std::holds_alternative<Wait>(action)) break;
  }
  return sum.count() / 1000;
}

int status_of(const Plan& plan) {
  for (const auto& action : plan) {
    if (const auto* reply = std::get_if<Reply>(&action)) return reply->status;
    if (const auto* start = std::get_if<Start>(&action)) return start->status;
    if (std::holds_alternative<Raw>(action)) return 200;
  }
  return 0;
}

/// How long the provider says it took is only known once the plan stands.
void add_processing_ms(Plan& plan) {
  const auto ms = std::to_string(planned_ms(plan));
  for (auto& action : plan) {
    if (auto* reply = std::get_if<Reply>(&action)) {
      reply->headers.emplace_back("openai-processing-ms", ms);
    }
    if (auto* start = std::get_if<Start>(&action)) {
      start->headers.emplace_back("openai-processing-ms", ms);
    }
  }
}

}  // namespace

Engine::Engine(Script script, EngineOptions options)
    : script_(std::move(script)),
      options_(std::move(options)),
      rules_(script_),
      ids_(options_.seed) {}

void Engine::reset() {
  rules_.reset();
  cache_.clear();
  journal_.clear();
  occurrences_.clear();
}

Plan Engine::handle(const LabRequest& request, std::int64_t unix_s) {
  if (request.path.starts_with("/lab/")) return admin(request);
  seed_ = next_seed(request.body);
  ids_ = base::SeededRandom(mix(seed_, options_.deterministic ? 0 : options_.id_salt + 1));
  Outcome outcome;
  Plan plan = api(request, outcome, options_.deterministic ? kFixedCreated : unix_s);
  add_processing_ms(plan);
  outcome.status = status_of(plan);
  journal_.add(request, outcome);
  return plan;
}

Plan Engine::admin(const LabRequest& request) {
  if (request.path == "/lab/requests") return json_reply(200, journal_.requests_json());
  if (request.path == "/lab/stats") return json_reply(200, journal_.stats_json());
  if (request.path == "/lab/reset" && request.method == "POST") {
    reset();
    return json_reply(200, R"({"reset":true})");
  }
  return json_reply(404, R"({"error":"GET /lab/requests, GET /lab/stats, POST /lab/reset"})");
}

Plan Engine::api(const LabRequest& request, Outcome& outcome, std::int64_t unix_s) {
  if (const auto problem = check_key(request)) return refuse(*problem);
  const bool is_chat = request.path == kChatPath;
  const bool is_models =
      request.path == kModelsPath || request.path.starts_with(fmt::format("{}/", kModelsPath));
  ApiError error;
  if (!is_chat && !is_models) {
    error.status = 404;
    error.message = fmt::format("Invalid URL ({} {})", request.method, request.path);
    return refuse(error);
  }
  if (request.method != (is_chat ? "POST" : "GET")) {
    error.status = 405;
    error.message = fmt::format("Not allowed to {} on {}.", request.method, request.path);
    error.code = "method_not_supported";
    return refuse(error);
  }
  return is_chat ? chat(request, outcome, unix_s) : models(request);
}

Plan Engine::models(const LabRequest& request) {
  if (request.path == kModelsPath) {
    std::string list;
    for (const auto& model : script_.models) {
      if (!is_glob(model.id)) list += (list.empty() ? "" : ",") + model_object(model);
    }
    return json_reply(200, R"({"object":"list","data":[)" + list + "]}", headers(0));
  }
  const std::string id = percent_decoded(request.path.substr(kModelsPath.size() + 1));
  for (const auto& model : script_.models) {
    if (model.id == id) return json_reply(200, model_object(model), headers(0));
  }
  return refuse(model_not_found(id));
}

Plan Engine::chat(const LabRequest& request, Outcome& outcome, std::int64_t unix_s) {
  const auto chat = read_chat_request(request.body);
  if (!chat) return refuse(chat.error());
  if (!serves(chat->model)) return refuse(model_not_found(chat->model));
  return answer(*chat, request, outcome, unix_s);
}

Plan Engine::answer(const ChatRequest& chat, const LabRequest& request, Outcome& outcome,
                    std::int64_t unix_s) {
  base::SeededRandom random(seed_);
  const Conversation conversation(chat, request.headers, script_.captures);
  const Selection selection = rules_.select(conversation, seed_);
  outcome.rule = selection.rule;
  outcome.fault_rule = selection.fault_rule;
  outcome.stream = chat.stream;
  if (selection.fault != nullptr) {
    Plan plan = plan_bare_fault(*selection.fault, selection.delay, headers(0), random);
    if (!plan.empty()) return plan;
  }
  const auto cached = script_.prompt_cache ? cache_.look_up(prompt_text(chat)) : 0;
  const Completion completion =
      compose({chat, conversation, selection.answer, cached, unix_s}, random, ids_);
  outcome.usage = completion.usage;
  return plan_chat({completion, chat, selection.delay, selection.fault,
                    headers(completion.usage.prompt), script_.obfuscation},
                   random);
}

Plan Engine::refuse(const ApiError& error) {
  return json_reply(error.status, error_body(error), headers(0));
}

Problem Engine::check_key(const LabRequest& request) const {
  if (options_.keys.empty()) return std::nullopt;
  ApiError error;
  error.status = 401;
  std::string_view sent;
  for (const auto& [name, value] : request.headers) {
    if (base::iequals(name, "authorization")) sent = value;
  }
  constexpr std::string_view kBearer = "bearer ";
  if (sent.size() <= kBearer.size() || !base::iequals(sent.substr(0, kBearer.size()), kBearer)) {
    error.message =
        "You didn't provide an API key. Send it in an Authorization header using Bearer "
        "auth (i.e. Authorization: Bearer YOUR_KEY).";
    return error;
  }
  sent.remove_prefix(kBearer.size());
  if (std::find(options_.keys.begin(), options_.keys.end(), sent) != options_.keys.end()) {
    return std::nullopt;
  }
  error.message = fmt::format("Incorrect API key provided: {}.", masked_key(sent));
  error.code = "invalid_api_key";
  return error;
}

bool Engine::serves(const std::string& model) const {
  return std::any_of(script_.models.begin(), script_.models.end(),
                     [&](const ServedModel& served) { return glob_match(served.id, model); });
}

/// By content and how often it came before: the same however requests interleave.
std::uint64_t Engine::next_seed(std::string_view body) {
  if (occurrences_.size() > kOccurrencesMax) occurrences_.clear();
  const std::uint64_t hash = hash_bytes(kHashStart, body);
  return mix(mix(options_.seed, hash), occurrences_[hash]++);
}

HeaderList Engine::headers(std::int64_t prompt_tokens) {
  constexpr std::int64_t kRequestsLimit = 10'000;
  constexpr std::int64_t kTokensLimit = 2'000'000;
  const auto left = std::max<std::int64_t>(kTokensLimit - prompt_tokens, 0);
  return {{"x-request-id", "req_" + base::to_lower(random_text(ids_, 32))},
          {"openai-version", "2020-10-01"},
          {"openai-organization", "org-headgate-lab"},
          {"x-ratelimit-limit-requests", std::to_string(kRequestsLimit)},
          {"x-ratelimit-remaining-requests", std::to_string(kRequestsLimit - 1)},
          {"x-ratelimit-reset-requests", "6ms"},
          {"x-ratelimit-limit-tokens", std::to_string(kTokensLimit)},
          {"x-ratelimit-remaining-tokens", std::to_string(left)},
          {"x-ratelimit-reset-tokens", fmt::format("{}ms", prompt_tokens * 60'000 / kTokensLimit)}};
}

}  // namespace headgate::lab
