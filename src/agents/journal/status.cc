#include "agents/journal/status.h"

#include <array>

namespace headgate::agents {

namespace {

constexpr std::array<std::string_view, 7> kNames{
    "running", "waiting_for_approval", "needs_attention", "finished", "failed", "cancelled",
    "stopped"};

}  // namespace

std::string_view name(RunStatus status) { return kNames[static_cast<std::size_t>(status)]; }

std::optional<RunStatus> run_status_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<RunStatus>(i);
  }
  return std::nullopt;
}

}  // namespace headgate::agents
