// Runs and their entries as the API shows them: what stands in the journal but for what is the
// gateway's own business (keys and their scopes, prompts). Times are UTC, money is decimal dollars.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "agents/journal/fold.h"
#include "base/json/writer.h"
#include "storage/runs/run_rows.h"

namespace headgate::server {

/// Where it stands.
std::string run_json(const agents::RunState& state, const storage::RunRow& row);
/// What is asked of whom, of a call that waits: members of an open object.
void write_approval(base::json::Writer& writer, const agents::CallState& call);
/// What a list shows of it.
std::string run_row_json(const storage::RunRow& row);
/// The data of an event.
std::string event_json(std::string_view run_id, const storage::RunEntry& entry);

}  // namespace headgate::server
