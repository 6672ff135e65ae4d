#include "gateway/delivery/route_decision.h"

#include <algorithm>

#include "base/async/loop.h"
#include "base/json/writer.h"

namespace headgate::gateway {
namespace {

// Why an attempt was made, where it is not the first.
std::string_view why_made(const Attempt& attempt) {
  for (const auto& attribute : attempt.attributes) {
    if (attribute.key == "why") return attribute.value;
  }
  return {};
}

std::string why_failed(const Attempt& attempt, const Call& call) {
  if (attempt.is_lost()) return "slower";
  if (!attempt.failure.empty()) return "failed: " + std::string(attempt.failure);
  return call.error ? "failed: " + std::string(base::row(call.error->code).name) : "";
}

}  // namespace

RouteDecision::RouteDecision(const Call& call) : id_(base::SpanId::random(call.ctx.loop.random())) {
  list_candidates(call);
  choose(call);
  reject(call);
}

void RouteDecision::list_candidates(const Call& call) {
  base::json::Writer json(candidates_);
  json.begin_array();
  json.string(call.asked_model->name);
  for (const std::string& model : call.route->fallback) {
    if (model != call.asked_model->name) json.string(model);
  }
  json.end_array();
}

void RouteDecision::choose(const Call& call) {
  chosen_ = "none";
  const bool has_answer = call.answering() != nullptr && !call.error;
  if (has_answer) {
    chosen_ = call.answering()->model.name;
    const std::string_view why = why_made(*call.answering());
    reason_ = !why.empty() ? why : call.skipped.empty() ? "first" : "fallback";
  } else if (!call.degraded.empty()) {
    chosen_ = call.degraded;
    reason_ = "no model has answered";
  } else if (call.error) {
    reason_ = base::row(call.error->code).name;
  }
}

// Of a model that was tried more than once, why the last time.
void RouteDecision::reject(const Call& call) {
  base::json::Writer json(rejected_);
  json.begin_object();
  const Attempt* const answering = call.error ? nullptr : call.answering();
  for (std::size_t i = 0; i < call.attempts.size(); ++i) {
    const Attempt& one = *call.attempts[i];
    const bool is_last = std::none_of(
        call.attempts.begin() + static_cast<std::ptrdiff_t>(i) + 1, call.attempts.end(),
        [&](const auto& later) { return &later->model == &one.model; });
    const bool answers = answering != nullptr && &answering->model == &one.model;
    if (is_last && !answers) json.member(one.model.name, why_failed(one, call));
  }
  for (std::size_t i = 0; i < call.skipped.size(); ++i) {
    const Call::Skip& skip = call.skipped[i];
    const bool was_tried = std::any_of(call.attempts.begin(), call.attempts.end(),
                                       [&](const auto& one) { return &one->model == skip.model; });
    const bool is_last =
        std::none_of(call.skipped.begin() + static_cast<std::ptrdiff_t>(i) + 1, call.skipped.end(),
                     [&](const auto& later) { return later.model == skip.model; });
    if (is_last && !was_tried) json.member(skip.model->name, skip.why);
  }
  json.end_object();
}

void RouteDecision::fill(const Call& call, telemetry::Span& span) {
  attributes_ = {{{"candidates", candidates_, true},
                  {"chosen", chosen_},
                  {"reason", reason_},
                  {"rejected", rejected_, true}}};
  span.kind = telemetry::SpanKind::decision;
  span.id = id_;
  span.parent = call.ctx.trace.span;
  span.name = "route";
  span.start_unix_us = call.begun_unix_us;
  const base::MonoTime made =
      call.answering() != nullptr ? call.answering()->begun : call.ctx.loop.now();
  span.duration_us = std::chrono::duration_cast<base::microseconds>(made - call.begun).count();
  span.attributes = attributes_;
}

std::optional<RouteDecision> route_decision(const Call& call) {
  if (call.route == nullptr || call.asked_model == nullptr) return std::nullopt;
  const bool had_choice = !call.route->fallback.empty() || !call.skipped.empty() ||
                          !call.hedge.empty() || !call.degraded.empty();
  if (!had_choice || !call.idempotent.empty()) return std::nullopt;
  return RouteDecision(call);
}

std::string skipped_text(const Call& call) {
  std::string out;
  for (const auto& [model, why] : call.skipped) {
    if (!out.empty()) out += ", ";
    out += model->provider->name + "/" + model->upstream_model;
    out.append(" (").append(why).append(")");
  }
  return out;
}

}  // namespace headgate::gateway
