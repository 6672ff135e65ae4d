#include "gateway/responses/stored_call.h"

#include <utility>

#include "gateway/responses/stored_entries.h"
#include "llm/responses/stored.h"
#include "storage/responses/response_store.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Errc;
using base::Result;
using base::Task;

namespace {

bool is_responses(const Call& call) { return call.ask.dialect == chat::Dialect::openai_responses; }

}  // namespace

bool is_kept_here(const Attempt& attempt) {
  if (!is_responses(attempt.call)) return false;
  return attempt.crosses() || attempt.model.provider->responses_store == ResponsesStore::headgate;
}

bool stores_answer(const Attempt& attempt) {
  const Call& call = attempt.call;
  return call.ask.operation == Operation::chat && call.request.store && is_kept_here(attempt);
}

Task<void> recall(Call& call, CallTools& tools) {
  const std::string& id = call.request.previous_response_id;
  if (!is_responses(call) || id.empty() || tools.responses == nullptr) co_return Result<void>{};
  auto chain = co_await read_chain(call.ctx, *tools.responses, id);
  if (!chain) co_return chain.error();
  call.history = std::move(*chain);
  co_return Result<void>{};
}

bool goes_as_asked(const Attempt& attempt, const chat::Request& request) {
  if (!is_responses(attempt.call)) return true;
  return attempt.call.history.empty() && request.previous_response_id.empty() && !request.store &&
         attempt.crosses();
}

Result<void> join_history(const Attempt& attempt, chat::Request& request) {
  const Call& call = attempt.call;
  if (!is_responses(call)) return {};
  if (is_kept_here(attempt)) {
    if (call.history.empty() && !request.previous_response_id.empty()) {
      return no_previous_response(request.previous_response_id);
    }
    // The provider is asked not to keep what is kept here, where it could.
    request.store.reset();
    if (!attempt.crosses() && call.ask.operation == Operation::chat) request.store = false;
  }
  if (call.history.empty()) return {};
  const std::vector<std::string_view> entries(call.history.begin(), call.history.end());
  auto joined = llm::responses::continued(std::move(request), entries, limits_of(call));
  if (!joined) return joined.error();
  request = std::move(*joined);
  return {};
}

Result<void> note_entry(Attempt& attempt, const chat::Answer* answer) {
  if (!stores_answer(attempt)) return {};
  if (answer == nullptr) return not_stored("it is too large");
  auto entry = llm::responses::stored_entry(*answer, answer_context(attempt));
  if (!entry) return not_stored(entry.error().detail);
  attempt.entry = std::move(*entry);
  return {};
}

Task<void> store_entry(Attempt& attempt, CallTools& tools) {
  const Call& call = attempt.call;
  if (call.settle_later || attempt.entry.empty() || tools.responses == nullptr) {
    co_return Result<void>{};
  }
  std::string entry = std::exchange(attempt.entry, {});
  auto stored = co_await write_entry(attempt.call.ctx, *tools.responses, std::move(entry),
                                     call.begun_unix_us);
  if (!stored && stored.error().code == Errc::conflict) co_return not_stored(stored.error().detail);
  co_return stored;
}

}  // namespace headgate::gateway
