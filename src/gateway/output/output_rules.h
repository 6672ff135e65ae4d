// What a request asks of the form of its answer (a JSON Schema, schemas of its tools), and whether
// an answer keeps to it. Pure; made for one call.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "guardrails/schema/json_schema.h"
#include "llm/chat/answer.h"
#include "llm/chat/request.h"

namespace headgate::gateway {

/// What is wrong with an answer; empty: nothing.
struct OutputBreach {
  std::string text;                          // of the answer's own text
  std::map<std::string, std::string> calls;  // by call id

  bool empty() const { return text.empty() && calls.empty(); }
  std::string describe() const;
};

class OutputRules {
 public:
  /// Errors: invalid_request, naming the schema that cannot be used.
  static base::Result<OutputRules> of(const llm::chat::Request& request);

  /// Whether nothing is asked.
  bool empty() const { return !wants_json_ && tools_.empty(); }
  /// A refusal, or an answer that was cut by a limit or a filter, is what it is: no breach.
  OutputBreach check(const llm::chat::Candidate& candidate) const;

 private:
  std::string check_text(const llm::chat::Candidate& candidate) const;
  std::string check_call(const llm::chat::ToolCall& call) const;

  bool wants_json_ = false;
  std::optional<guardrails::JsonSchema> schema_;
  std::map<std::string, guardrails::JsonSchema, std::less<>> tools_;
};

/// Appends to `request` the wrong answer and what is wrong with it, so that the model mends it.
void ask_again(llm::chat::Request& request, const llm::chat::Candidate& candidate,
               const OutputBreach& breach);

}  // namespace headgate::gateway
