#include <memory>
#include <utility>
#include <vector>

#include "base/async/loop.h"
#include "base/config/value.h"
#include "base/ids.h"
#include "base/text/strings.h"
#include "base/text/utc.h"
#include "server/admin/admin_call.h"
#include "server/admin/audited.h"

namespace headgate::server {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using resilience::ChaosEntryPtr;
using resilience::ChaosRule;

namespace {

std::string entry_json(const resilience::ChaosEntry& entry, base::MonoTime now,
                       std::int64_t unix_us) {
  const auto left = std::chrono::duration_cast<base::microseconds>(entry.until - now);
  std::string out = base::config::to_json(entry.rule);
  out.pop_back();
  return out + ", \"until\": " + base::json_string(base::utc_text(unix_us + left.count())) +
         ", \"hits\": " + std::to_string(entry.hits.load()) + "}";
}

std::string list_json(const AdminCall& call) {
  const base::MonoTime now = call.ctx.loop.now();
  const std::int64_t unix_us = call.ctx.loop.clock().unix_us();
  std::string out = "{\"object\": \"list\", \"enabled\": ";
  out += call.tools.chaos.allowed() ? "true" : "false";
  out += ", \"data\": [";
  bool first = true;
  for (const ChaosEntryPtr& entry : call.tools.chaos.list(now)) {
    if (!std::exchange(first, false)) out += ", ";
    out += entry_json(*entry, now, unix_us);
  }
  return out + "]}";
}

// A rule for a name that nobody has would wait for ever, silently.
Result<void> known(std::string_view what, const std::optional<std::string>& name,
                   const std::vector<std::string_view>& names) {
  if (!name || std::find(names.begin(), names.end(), *name) != names.end()) return {};
  const std::string key = "match." + std::string(what);
  std::string words = key + ": there is no " + std::string(what) + " " + base::json_string(*name);
  const std::string_view near = base::did_you_mean(*name, names);
  if (!near.empty()) words += "; did you mean " + base::json_string(near) + "?";
  return fail(Errc::invalid_request, words, key);
}

Result<void> check_names(const resilience::ChaosMatch& match, const gateway::Catalog& catalog) {
  std::vector<std::string_view> models;
  std::vector<std::string_view> providers;
  std::vector<std::string_view> routes{catalog.default_route.name};
  for (const auto& [name, model] : catalog.models) {
    models.push_back(name);
    providers.push_back(model.provider->name);
  }
  for (const auto& route : catalog.routes) routes.push_back(route.name);
  if (auto ok = known("model", match.model, models); !ok) return ok;
  if (auto ok = known("provider", match.provider, providers); !ok) return ok;
  return known("route", match.route, routes);
}

storage::AuditAction action(std::string name, std::string subject, std::string detail = {}) {
  storage::AuditAction out;
  out.action = std::move(name);
  out.subject = std::move(subject);
  out.detail = std::move(detail);
  return out;
}

void warn_of(base::Log& log, const ChaosRule& rule) {
  log.warn("chaos_rule_set", {{"rule", rule.id},
                              {"fault", name(rule.fault.kind())},
                              {"percent", rule.percent},
                              {"for_s", rule.for_s},
                              {"effect", "calls that it matches are made to fail"}});
}

Task<std::string> add_rule(AdminCall& call) {
  auto read = resilience::read_chaos_rule(call.body);
  if (!read) co_return read.error();
  ChaosRule& rule = *read;
  if (auto ok = check_names(rule.match, call.catalog); !ok) co_return ok.error();
  if (rule.id.empty()) {
    rule.id = std::string(name(rule.fault.kind())) + "-" +
              base::SpanId::random(call.ctx.loop.random()).hex().substr(0, 6);
  }
  resilience::ChaosRules& rules = call.tools.chaos;
  const base::MonoTime now = call.ctx.loop.now();
  if (auto ok = rules.may_add(rule, now); !ok) co_return ok.error();
  auto what = action("chaos.add", rule.id, base::config::to_json(rule));
  auto act = [&rules, &log = call.tools.log, rule, now] {
    auto added = rules.add(rule, now);
    if (added) warn_of(log, rule);
    return added;
  };
  auto done = co_await audited(call.ctx, call.tools, std::move(what), std::move(act));
  if (!done) co_return done.error();
  const resilience::ChaosEntry shown(rule, now);
  co_return entry_json(shown, now, call.ctx.loop.clock().unix_us());
}

Task<std::string> remove_rule(AdminCall& call) {
  resilience::ChaosRules& rules = call.tools.chaos;
  const std::string id = call.path.rule;
  const auto gone = [id] {
    return fail(Errc::not_found,
                "There is no rule " + base::json_string(id) + "; it may have ended by itself.");
  };
  const auto all = rules.list(call.ctx.loop.now());
  if (std::none_of(all.begin(), all.end(), [&](auto& one) { return one->rule.id == id; })) {
    co_return gone();
  }
  auto what = action("chaos.remove", id);
  auto act = [&rules, id, gone] { return rules.remove(id) ? Result<void>{} : gone(); };
  auto done = co_await audited(call.ctx, call.tools, std::move(what), std::move(act));
  if (!done) co_return done.error();
  co_return "{\"id\": " + base::json_string(id) + ", \"deleted\": true}";
}

Task<std::string> clear_rules(AdminCall& call) {
  resilience::ChaosRules& rules = call.tools.chaos;
  const auto count = std::make_shared<std::size_t>(0);  // outlives a caller who goes away
  auto what = action("chaos.clear", "all rules");
  auto act = [&rules, count] {
    *count = rules.clear();
    return Result<void>{};
  };
  auto done = co_await audited(call.ctx, call.tools, std::move(what), std::move(act));
  if (!done) co_return done.error();
  co_return "{\"deleted\": " + std::to_string(*count) + "}";
}

}  // namespace

Task<std::string> answer_chaos(AdminCall& call) {
  if (call.path.resource == AdminResource::chaos_rule) {
    auto removed = co_await remove_rule(call);
    co_return removed;
  }
  if (call.method == http::Method::post) {
    auto added = co_await add_rule(call);
    co_return added;
  }
  if (call.method == http::Method::del) {
    auto cleared = co_await clear_rules(call);
    co_return cleared;
  }
  co_return list_json(call);
}

}  // namespace headgate::server
