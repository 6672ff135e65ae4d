// What rules ask about a request, worked out once: texts by role, the turn, captured values; and
// the conditions of a rule against it. Views into the request, which outlives it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lab/neutral/prompt.h"
#include "lab/plan.h"
#include "lab/script/script.h"
#include "lab/script/template.h"

namespace headgate::lab {

class Conversation {
 public:
  Conversation(const Prompt& request, const HeaderList& headers,
               const std::vector<Capture>& captures);

  /// All conditions but share, nth and every, which need state.
  bool fits(const Match& match) const;
  /// Whether a model could give this answer: its tools are offered and not switched off, and it
  /// has some where the request demands a call.
  bool allows(const Answer& answer) const;
  /// Value of a template's name; empty when it was not found.
  std::string value_of(std::string_view name) const;

 private:
  bool offers(const std::string& tool) const;
  bool texts_fit(const Match& match) const;
  bool headers_fit(const Match& match) const;
  bool endpoint_fits(const Match& match) const;

  const Prompt& request_;
  const HeaderList& headers_;
  std::string_view last_user_;
  std::size_t last_user_index_ = 0;
  std::int64_t turn_ = 1;
  std::vector<std::pair<std::string, std::string>> captured_;
};

}  // namespace headgate::lab
