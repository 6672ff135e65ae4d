#include "llm/responses/answer.h"

#include <algorithm>
#include <span>

#include "llm/responses/errors.h"
#include "llm/responses/response_object.h"

namespace headgate::llm::responses {
namespace {

using base::Errc;
using chat::Answer;
using chat::Part;

base::Error failed(const chat::ProviderError& error) {
  std::string detail = "the provider's response failed: ";
  detail += error.message.empty() ? "it does not say why" : error.message;
  return base::fail(Errc::upstream_status, std::move(detail));
}

// An answer that is over and no failure; else why not.
base::Result<void> check(const Verdict& verdict) {
  if (verdict.status == "failed" || verdict.status == "cancelled") {
    return failed(verdict.error.value_or(chat::ProviderError{.message = verdict.status}));
  }
  if (verdict.error && !verdict.has_output) return failed(*verdict.error);
  if (verdict.status == "queued" || verdict.status == "in_progress") {
    return base::fail(Errc::upstream_malformed,
                      "the provider's response is not finished: " + verdict.status);
  }
  if (!verdict.has_output) {
    return base::fail(Errc::upstream_malformed, "the provider's answer has no 'output'");
  }
  return {};
}

template <class Kind>
bool has(const chat::Candidate& candidate) {
  return std::any_of(candidate.parts.begin(), candidate.parts.end(),
                     [](const Part& part) { return part.as<Kind>() != nullptr; });
}

// Writes the items of an answer's output.
class Output {
 public:
  Output(ResponseObject& object, const chat::Candidate& candidate, bool carries_signatures)
      : object_(object), candidate_(candidate), out_(items_) {
    form_.carries_signatures = carries_signatures;
    logprobs_ = candidate.logprobs;
  }

  std::string run(bool incomplete) {
    const std::vector<Part>& parts = candidate_.parts;
    for (std::size_t begin = next_item(0); begin < parts.size();) {
      const std::size_t end = end_of(begin);
      const std::size_t next = next_item(end);
      const bool last = next >= parts.size();
      form_.status = last && incomplete ? "incomplete" : "completed";
      item(std::span(parts).subspan(begin, end - begin));
      begin = next;
    }
    return std::move(items_);
  }

 private:
  std::size_t next_item(std::size_t from) const {
    while (from < candidate_.parts.size() && !has_item(candidate_.parts[from])) ++from;
    return from;
  }
  std::size_t end_of(std::size_t begin) const {
    const std::vector<Part>& parts = candidate_.parts;
    std::size_t end = begin + 1;
    while (end < parts.size() && same_item(parts[end - 1], parts[end])) ++end;
    return end;
  }

  void item(std::span<const Part> parts) {
    const auto is_text = [](const Part& part) { return part.as<chat::Text>() != nullptr; };
    const std::string id = object_.item_id(parts.front(), index_);
    form_.id = id;
    form_.is_own = is_own_part(parts.front());
    form_.logprobs = {};
    if (std::any_of(parts.begin(), parts.end(), is_text)) std::swap(form_.logprobs, logprobs_);
    write_item(out_, parts, form_);
    ++index_;
  }

  ResponseObject& object_;
  const chat::Candidate& candidate_;
  ItemForm form_;
  std::string_view logprobs_;
  std::string items_;
  base::json::Writer out_;
  std::size_t index_ = 0;
};

std::string encode(const Answer& answer, const chat::AnswerContext& context, bool for_store) {
  ResponseObject object(context);
  const bool own = answer.origin == chat::Dialect::openai_responses;
  object.begin(answer.id, answer.model, answer.created_s);
  static const chat::Candidate nothing;
  const chat::Candidate& candidate =
      answer.candidates.empty() ? nothing : answer.candidates.front();
  Outcome outcome = outcome_of(candidate.stop, candidate.stop_native);
  outcome.usage = answer.usage ? &*answer.usage : nullptr;
  outcome.extras = own ? &answer.extras : nullptr;
  const bool carries = for_store || object.asks_for_signatures();
  const std::string items = Output(object, candidate, carries).run(outcome.status == "incomplete");
  std::string body;
  body.reserve(items.size() + 2048);
  base::json::Writer out(body);
  object.write(out, outcome, items);
  return body;
}

}  // namespace

base::Result<Answer> decode_answer(std::string_view body, const chat::Limits& limits) {
  Reading reading(body, limits, Reading::Side::provider);
  Answer answer;
  answer.origin = chat::Dialect::openai_responses;
  Verdict verdict;
  if (!read_response(reading, true, answer, verdict) || !reading.cursor.finish()) {
    return reading.error();
  }
  const base::Result<void> fine = check(verdict);
  if (!fine) return fine.error();
  chat::Candidate& candidate = answer.candidates.front();
  candidate.stop = stop_of(verdict, has<chat::ToolCall>(candidate), has<chat::Refusal>(candidate));
  candidate.stop_native = native_of(verdict);
  return answer;
}

std::string encode_answer(const Answer& answer, const chat::AnswerContext& context) {
  return encode(answer, context, false);
}

std::string encode_stored_answer(const Answer& answer, const chat::AnswerContext& context) {
  return encode(answer, context, true);
}

}  // namespace headgate::llm::responses
