// The step of a run in which the reader makes values of results that the acting agent's model must
// not see. One call of a model for each, written down before anything follows from it; one that was
// under way when the program ended is made again.
#include <algorithm>
#include <utility>

#include "agents/model_calls/model_call.h"
#include "agents/quarantine/reader.h"
#include "agents/quarantine/told.h"
#include "agents/run/conversation.h"
#include "agents/run/run.h"
#include "base/async/loop.h"
#include "base/json/cursor.h"

namespace headgate::agents {

using base::Result;
using base::Task;

namespace {

bool is_object(std::string_view text) {
  base::json::Cursor cursor(text);
  return base::json::valid(text) && cursor.kind() == base::json::Kind::object;
}

Task<ModelOutcome> ask_reader(Run& run, const CallState& call, const ReaderAsk& ask) {
  base::Context ctx = run.context(run.new_span(), true);
  if (const auto span = base::SpanId::from_hex(call.span)) ctx.trace.parent = *span;
  const std::string body = reader_request(ask);
  auto answer = co_await call_model(ctx, run.tools().pipeline, body);
  if (!answer) co_return answer.error();
  auto outcome = read_outcome(answer->answer, run.state().steps, run.agent());
  if (!outcome) co_return outcome.error();
  outcome->cost = answer->cost;
  co_return outcome;
}

Task<void> read_result(Run& run, const std::string& id) {
  const CallState call = *run.state().call(id);  // a copy: entries change the list
  const PinnedTool& tool = *run.pinned().tool(call.tool);
  const SaidByTool said{tool, call, call.withheld};
  const QuarantineConfig& config = *run.agent().config.quarantine;
  const ReaderAsk ask{config, tool.types, call.withheld};
  auto outcome = co_await ask_reader(run, call, ask);
  const bool left = run.is_interrupted() || run.is_out_of_time();
  if (!outcome && left) co_return Result<void>{};  // run.cc says what follows
  ReaderResult result;
  result.was_cut = is_cut(ask);
  std::string error;
  if (!outcome) {
    error = outcome.error().detail;
  } else if (is_object(outcome->text)) {
    result.answer = outcome->text;
  } else {
    error = "the reader's answer is no JSON object";
  }
  if (!error.empty()) run.tools().values.note_unread(tool.name);
  const ToolWords words = words_of_reading(said, result);
  run.tools().values.note_dropped(tool.name, words.dropped.size());
  const ModelOutcome spent = outcome ? *outcome : ModelOutcome{};
  Entry entry = result_read(call, words, spent, error);
  auto written = co_await run.write(std::move(entry));
  co_return written;
}

}  // namespace

Task<void> read_results(Run& run) {
  const auto& calls = run.state().calls;
  const auto at = std::find_if(calls.begin(), calls.end(),
                               [](const CallState& call) { return call.wants_reader; });
  const std::string id = at->id;
  auto read = co_await read_result(run, id);
  co_return read;
}

}  // namespace headgate::agents
