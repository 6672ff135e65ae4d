#include "gateway/config.h"

#include <algorithm>

#include "base/text/log.h"
#include "base/text/strings.h"

namespace headgate::gateway {
namespace {

using base::config::Cursor;
using base::config::Problems;

// Set by the client itself on every request.
constexpr std::array<std::string_view, 9> kOwnHeaders = {
    "connection", "content-length", "content-type",      "host",   "te",
    "trailer",    "traceparent",    "transfer-encoding", "upgrade"};

bool is_own(std::string_view name) {
  return std::any_of(kOwnHeaders.begin(), kOwnHeaders.end(),
                     [&](std::string_view own) { return base::iequals(own, name); });
}

bool is_credential(std::string_view name) {
  return base::is_secret_name(name) || base::iequals(name, "x-api-key") ||
         base::iequals(name, "api-key") || base::iequals(name, "proxy-authorization") ||
         base::iequals(name, "cookie");
}

void check_headers(const ProviderConfig& provider, const Cursor& at, Problems& problems) {
  for (const auto& [name, value] : provider.headers) {
    if (!base::config::is_header_name(name)) {
      problems.add(at[name].key_place(), "not a header name");
    } else if (is_credential(name)) {
      problems.add(at[name].key_place(), "holds a credential; give it as api_key: env:NAME");
    } else if (is_own(name)) {
      problems.add(at[name].key_place(), "is set by Headgate and cannot be given here");
    } else if (value.find_first_of("\r\n") != std::string::npos) {
      problems.add(at[name], "a header's value is one line");
    }
  }
}

void check_models(const std::vector<std::string>& names, bool may_be_all, const Models& models,
                  const Cursor& at, Problems& problems) {
  for (std::size_t i = 0; i < names.size() && !models.empty(); ++i) {
    const std::string& name = names[i];
    const Cursor place = at.child(i);
    const bool misread = name.empty() && !place.node().quoted;  // not a string: said already
    const bool is_all = may_be_all && name == "*";
    if (misread || is_all || models.find(name) != nullptr) continue;
    problems.add_unknown(place, "no such model", name, models.names());
  }
}

void check_continues(const RouteConfig& route, const Models& models, const Cursor& at,
                     Problems& problems) {
  if (route.on_break != OnBreak::continue_with) return;
  const bool one_can =
      std::any_of(route.fallback.begin(), route.fallback.end(), [&](const auto& name) {
        const ModelConfig* model = models.find(name);
        return model != nullptr && model->continues;
      });
  if (one_can) return;
  problems.add(at["on_break"], "no model of its fallback has continues: true, so none could go on");
}

void check_hedge(const HedgeConfig& hedge, const Cursor& at, Problems& problems) {
  if (!hedge.after_ms || !hedge.after_percentile) return;
  problems.add(at["after_percentile"], "after_ms is given too; one of them says when");
}

void check_degraded(const DegradedConfig& degraded, const Models& models, const Cursor& at,
                    Problems& problems) {
  if (degraded.uses(Degraded::smaller) && degraded.smaller.empty()) {
    problems.add(at["use"], "smaller needs a model: degraded.smaller");
  }
  if (degraded.uses(Degraded::canned) && degraded.canned.text.empty()) {
    problems.add(at["use"], "canned needs a text: degraded.canned.text");
  }
  if (degraded.smaller.empty() || models.empty()) return;
  if (models.find(degraded.smaller) != nullptr) return;
  problems.add_unknown(at["smaller"], "no such model", degraded.smaller, models.names());
}

void warn_of_hedge(const RouteConfig& route, const Cursor& at, Problems& warnings) {
  if (at.present() && !route.hedge.is_on()) {
    warnings.add(at, "does nothing without after_ms or after_percentile");
  }
  const bool next = route.hedge.is_on() && route.hedge.targets == HedgeTargets::next;
  if (next && route.fallback.empty()) {
    warnings.add(at, "the route has no fallback to go to; give it one, or targets: same");
  }
}

}  // namespace

void check(const Providers& providers, const Models& models, const Routes& routes,
           const Cursor& root, Problems& problems) {
  for (const auto& [name, provider] : providers) {
    check_headers(provider, root["providers"][name]["headers"], problems);
  }
  for (const auto& [name, model] : models) {
    const Cursor at = root["models"][name]["provider"];
    if (providers.empty() || model.provider.empty()) continue;  // said already
    if (providers.find(model.provider) != nullptr) continue;
    problems.add_unknown(at, "no such provider", model.provider, providers.names());
  }
  for (const auto& [name, route] : routes) {
    const Cursor at = root["routes"][name];
    check_models(route.models, true, models, at["models"], problems);
    check_models(route.fallback, false, models, at["fallback"], problems);
    check_models(route.larger_context, false, models, at["larger_context"], problems);
    check_continues(route, models, at, problems);
    check_hedge(route.hedge, at["hedge"], problems);
    check_degraded(route.degraded, models, at["degraded"], problems);
  }
}

void warn(const Routes& routes, const Cursor& root, Problems& warnings) {
  for (const auto& [name, route] : routes) {
    warn_of_hedge(route, root["routes"][name]["hedge"], warnings);
  }
}

}  // namespace headgate::gateway
