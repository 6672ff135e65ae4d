#include "lab/script/fault_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace headgate::lab {
namespace {

constexpr Bounds kMilliseconds{0, 3'600'000};
constexpr Bounds kTokens{0, 1'000'000};
constexpr Bounds kBytes{1, 1024.0 * 1024 * 1024 * 1024};

constexpr std::array<std::string_view, 12> kKinds{
    "status", "html",      "reset",       "hang",    "slow_first_token", "cut",
    "stall",  "malformed", "error_event", "no_done", "no_finish_reason", "huge_body"};
static_assert(kKinds.size() == static_cast<std::size_t>(FaultKind::huge_body) + 1);

FaultKind read_kind(const Cursor& at, Problems& problems) {
  const std::string text = read_text(at, problems);
  const auto* found = std::find(kKinds.begin(), kKinds.end(), text);
  if (found != kKinds.end()) return static_cast<FaultKind>(found - kKinds.begin());
  if (!text.empty())
    problems.add_unknown(at, fmt::format("there is no fault '{}'", text), text, kKinds);
  return FaultKind::status;
}

/// Keys that only some kinds understand.
std::string_view kinds_of(std::string_view key) {
  if (key == "status") return "status html error_event";
  if (key == "body") return "status";
  if (key == "retry_after" || key == "retry_after_ms" || key == "should_retry")
    return "status html";
  if (key == "after_tokens") return "cut stall malformed error_event";
  if (key == "ms") return "slow_first_token stall";
  if (key == "bytes") return "huge_body";
  if (key == "how") return "cut error_event";
  return {};
}

bool names(std::string_view list, std::string_view name) {
  const auto at = list.find(name);
  const auto end = at + name.size();
  return at != list.npos && (at == 0 || list[at - 1] == ' ') &&
         (end == list.size() || list[end] == ' ');
}

void read_value(std::string_view key, const Cursor& value, Problems& problems, Fault& fault) {
  const auto integer = [&](Bounds bounds) {
    return read_integer(value, problems, bounds).value_or(0);
  };
  if (key == "kind") fault.kind = read_kind(value, problems);
  if (key == "status") fault.status = static_cast<int>(integer({200, 599}));
  if (key == "body") fault.body = read_json(value, problems);
  if (key == "retry_after") fault.retry_after = read_text(value, problems);
  if (key == "retry_after_ms") fault.retry_after_ms = integer(kMilliseconds);
  if (key == "should_retry") fault.should_retry = read_bool(value, problems);
  if (key == "after_tokens") fault.after_tokens = integer(kTokens);
  if (key == "ms") fault.ms = integer(kMilliseconds);
  if (key == "bytes") fault.bytes = integer(kBytes);
  if (key == "how") {
    const std::string how = read_choice(value, problems, {"fin", "reset", "event", "failed"});
    fault.reset = how == "reset";
    fault.quietly = how == "failed";
  }
}

}  // namespace

Fault read_fault(const Cursor& at, Problems& problems) {
  Fault fault;
  if (!at["kind"].present()) problems.add(at, "needs a 'kind'");
  each_entry(
      at, problems,
      {"kind", "status", "body", "retry_after", "retry_after_ms", "should_retry", "after_tokens",
       "ms", "bytes", "how"},
      [&](std::string_view key, const Cursor& value) { read_value(key, value, problems, fault); });
  const auto kind = kKinds[static_cast<std::size_t>(fault.kind)];
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto kinds = kinds_of(at.child(i).node().key);
    if (kinds.empty() || names(kinds, kind)) continue;
    problems.add(at.child(i).key_place(),
                 fmt::format("is not for kind: {}, but for: {}", kind, kinds));
  }
  const Cursor how = at["how"];
  if (how.present() && (fault.kind == FaultKind::cut) != names("fin reset", how.node().text)) {
    problems.add(how, fmt::format("is not for kind: {}", kind));
  }
  const bool lacks_ms = fault.kind == FaultKind::slow_first_token && !at["ms"].present();
  if (lacks_ms) problems.add(at, "kind: slow_first_token needs 'ms'");
  const bool lacks_bytes = fault.kind == FaultKind::huge_body && !at["bytes"].present();
  if (lacks_bytes) problems.add(at, "kind: huge_body needs 'bytes'");
  return fault;
}

}  // namespace headgate::lab
