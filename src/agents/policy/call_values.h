// What a call is to rules: its arguments, who calls, the run, and the facts that were fetched for
// it. Lives on the stack of a decision; the question outlives it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "agents/rules/evaluate.h"
#include "agents/run/call_policy.h"

namespace headgate::agents {

class CallValues final : public rules::Roots {
 public:
  CallValues(const base::Context& ctx, const CallQuestion& question);

  std::optional<std::string_view> root(std::string_view name) const override;
  std::optional<std::string_view> fact(std::string_view name) const override;
  void add_fact(const std::string& name, std::string json) { facts_[name] = std::move(json); }

 private:
  std::map<std::string, std::string, std::less<>> roots_;
  std::map<std::string, std::string, std::less<>> facts_;
};

}  // namespace headgate::agents
