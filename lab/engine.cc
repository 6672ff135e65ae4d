#include "lab/engine.h"

#include "lab/answer_plan.h"
#include "lab/anthropic/anthropic_family.h"
#include "lab/gemini/gemini_family.h"
#include "lab/neutral/hash.h"
#include "lab/neutral/ids.h"
#include "lab/openai/openai_family.h"
#include "lab/script/compose.h"

namespace headgate::lab {
namespace {

constexpr std::int64_t kFixedCreated = 1'767'225'600;  // 2026-01-01
constexpr std::size_t kOccurrencesMax = 100'000;

Plan plan_of(Reply reply) {
  Plan plan;
  plan.emplace_back(std::move(reply));
  return plan;
}

Plan json_reply(int status, std::string body) {
  return plan_of({status, {{"content-type", "application/json"}}, std::move(body)});
}

std::vector<std::unique_ptr<Family>> all_families() {
  std::vector<std::unique_ptr<Family>> families;
  families.push_back(std::make_unique<anthropic::AnthropicFamily>());
  families.push_back(std::make_unique<gemini::GeminiFamily>());
  families.push_back(std::make_unique<openai::OpenAiFamily>());
  return families;
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
void add_timing(Plan& plan, const Family& family) {
  const auto header = family.timing_header(planned_ms(plan));
  for (auto& action : plan) {
    if (auto* reply = std::get_if<Reply>(&action)) reply->headers.push_back(header);
    if (auto* start = std::get_if<Start>(&action)) start->headers.push_back(header);
  }
}

}  // namespace

Engine::Engine(Script script, EngineOptions options)
    : script_(std::move(script)),
      options_(std::move(options)),
      families_(all_families()),
      rules_(script_),
      ids_(options_.seed) {}

void Engine::reset() {
  rules_.reset();
  cache_.clear();
  journal_.clear();
  occurrences_.clear();
  for (auto& family : families_) family->reset();
}

Plan Engine::handle(const LabRequest& request, std::int64_t unix_s) {
  if (request.path.starts_with("/lab/")) return admin(request);
  seed_ = next_seed(request.body);
  Outcome outcome;
  Family& family = family_of(request);
  const RequestContext context = context_of(request, unix_s);
  Reading reading = family.read(request, context);
  Plan plan;
  if (auto* reply = std::get_if<Reply>(&reading)) plan = plan_of(std::move(*reply));
  if (auto* call = std::get_if<std::unique_ptr<Call>>(&reading)) {
    plan = answer(family, **call, request, context, outcome);
  }
  add_timing(plan, family);
  outcome.status = status_of(plan);
  journal_.add(request, outcome);
  return plan;
}

Reply Engine::refuse(const LabRequest& request, const Failure& failure) {
  seed_ = next_seed(request.body);
  return family_of(request).failure(failure, context_of(request, 0));
}

/// A path that only one family has decides; then the headers do.
Family& Engine::family_of(const LabRequest& request) {
  for (auto& family : families_) {
    if (family->owns(request.path)) return *family;
  }
  for (auto& family : families_) {
    if (family->is_meant(request)) return *family;
  }
  return *families_.back();
}

/// Starts the ids of a request: the same for the same seed when the lab is to repeat itself.
RequestContext Engine::context_of(const LabRequest& request, std::int64_t unix_s) {
  ids_ = base::SeededRandom(mix(seed_, options_.deterministic ? 0 : options_.id_salt + 1));
  return {script_, options_.keys, options_.deterministic ? kFixedCreated : unix_s,
          random_text(ids_, 32), &request};
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

Plan Engine::answer(Family& family, Call& call, const LabRequest& request,
                    const RequestContext& context, Outcome& outcome) {
  base::SeededRandom random(seed_);
  const Prompt& prompt = call.prompt();
  const Conversation conversation(prompt, request.headers, script_.captures);
  const Selection selection = rules_.select(conversation, seed_);
  outcome.dialect = dialect_name(prompt.dialect);
  outcome.rule = selection.rule;
  outcome.fault_rule = selection.fault_rule;
  outcome.stream = prompt.stream;
  if (selection.fault != nullptr) {
    Plan plan = plan_bare_fault(*selection.fault, selection.delay, family, context, random);
    if (!plan.empty()) return plan;
  }
  Completion completion;
  completion.usage.prompt = prompt.tokens;
  if (prompt.endpoint == Endpoint::generate) {
    const auto use =
        script_.prompt_cache ? cache_.look_up(prompt, context.unix_s) : PromptCache::Use{};
    completion =
        compose({prompt, conversation, selection.answer, use, context.unix_s}, random, ids_);
  }
  outcome.usage = completion.usage;
  call.given(completion);
  return plan_answer({family, context, call, completion, selection.delay, selection.fault}, random);
}

/// By content and how often it came before: the same however requests interleave.
std::uint64_t Engine::next_seed(std::string_view body) {
  if (occurrences_.size() > kOccurrencesMax) occurrences_.clear();
  const std::uint64_t hash = hash_bytes(kHashStart, body);
  return mix(mix(options_.seed, hash), occurrences_[hash]++);
}

}  // namespace headgate::lab
