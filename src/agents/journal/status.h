// What may be said of a run as a whole. The names stand in the journal and in the API: append only.
// Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace headgate::agents {

enum class RunStatus : std::uint8_t {
  running,               // somebody works on it, or will after a restart
  waiting_for_approval,  // of one call or more; nothing else can be done
  needs_attention,       // it is not known whether a call has happened: a person has to say
  finished,              // with an answer
  failed,                // it could not go on; the entry says why
  cancelled,
  stopped,  // by one of its limits
};

std::string_view name(RunStatus status);
std::optional<RunStatus> run_status_named(std::string_view name);

/// Whether nothing more happens in it, unless somebody resumes what has failed.
inline bool has_ended(RunStatus status) { return status >= RunStatus::finished; }

}  // namespace headgate::agents
