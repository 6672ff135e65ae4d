#include "resilience/chaos/rule.h"

#include <algorithm>
#include <utility>

#include "base/config/load.h"

namespace headgate::resilience {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// Safe in a path, a log and a metric.
bool is_id(std::string_view id) {
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

struct Given {
  ChaosKind kind;
  bool given;
};
std::array<Given, kChaosKindCount> given(const ChaosFault& fault) {
  return {{{ChaosKind::delay, fault.delay_ms.has_value()},
           {ChaosKind::status, fault.status.has_value()},
           {ChaosKind::reset, fault.reset.has_value()},
           {ChaosKind::first_token_delay, fault.first_token_delay_ms.has_value()},
           {ChaosKind::cut, fault.cut_after_bytes.has_value()},
           {ChaosKind::stall, fault.stall_after_bytes.has_value()},
           {ChaosKind::malformed, fault.malformed_after_bytes.has_value()}}};
}

Result<void> check(const ChaosFault& fault) {
  const auto all = given(fault);
  const auto count = std::count_if(all.begin(), all.end(), [](auto& one) { return one.given; });
  if (count != 1) {
    return fail(Errc::invalid_request,
                "fault: exactly one of delay_ms, status, reset, first_token_delay_ms, "
                "cut_after_bytes, stall_after_bytes and malformed_after_bytes is needed; more "
                "faults are more rules",
                "fault");
  }
  if (fault.reset && !*fault.reset) {
    return fail(Errc::invalid_request, "fault.reset: must be true, or not given", "fault.reset");
  }
  if ((fault.retry_after_s || fault.message) && !fault.status) {
    const std::string key = fault.retry_after_s ? "fault.retry_after_s" : "fault.message";
    return fail(Errc::invalid_request, key + ": needs fault.status", key);
  }
  return {};
}

// FNV-1a, then mixed: its high bits alone are poor for short texts that differ at their ends.
std::uint64_t hash_of(std::string_view first, std::string_view second) {
  std::uint64_t hash = 0xCBF29CE484222325;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001B3; };
  for (const char c : first) add(static_cast<unsigned char>(c));
  add(0);
  for (const char c : second) add(static_cast<unsigned char>(c));
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
  return hash ^ (hash >> 31);
}

}  // namespace

std::string_view name(ChaosKind kind) {
  constexpr std::array<std::string_view, kChaosKindCount> kNames{
      "delay", "status", "reset", "first_token_delay", "cut", "stall", "malformed"};
  return kNames[static_cast<std::size_t>(kind)];
}

ChaosKind ChaosFault::kind() const {
  const auto all = given(*this);
  return std::find_if(all.begin(), all.end() - 1, [](auto& one) { return one.given; })->kind;
}

Result<ChaosRule> read_chaos_rule(std::string_view json) {
  auto rule = base::config::read_json<ChaosRule>(json);
  if (!rule) return rule.error();
  if (!is_id(rule->id)) {
    return fail(Errc::invalid_request,
                "id: up to 64 letters, digits, dots, hyphens and underscores", "id");
  }
  if (auto ok = check(rule->fault); !ok) return ok.error();
  return rule;
}

bool matches(const ChaosMatch& match, const ChaosCall& call) {
  const auto fits = [](const std::optional<std::string>& wanted, std::string_view is) {
    return !wanted || *wanted == is;
  };
  return fits(match.route, call.route) && fits(match.provider, call.provider) &&
         fits(match.model, call.model) && fits(match.tenant, call.tenant) &&
         fits(match.user, call.user) && fits(match.key, call.key) &&
         fits(match.session, call.session);
}

bool in_share(const ChaosRule& rule, std::string_view request_id, base::Random& random) {
  if (rule.percent >= 100) return true;
  const auto percent = static_cast<std::uint64_t>(rule.percent);
  if (rule.draw == ChaosDraw::attempt) return random.below(100) < percent;
  return hash_of(request_id, rule.id) % 100 < percent;
}

}  // namespace headgate::resilience
