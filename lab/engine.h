// The scripted provider without its sockets: a request in, timed actions out. Speaks OpenAI's
// models and chat completions API as strictly as the original, plus /lab/… for tests. Same script,
// same seed and same requests give the same answers, in whatever order they arrive.
// Single-threaded; no I/O, no clock.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "lab/journal.h"
#include "lab/openai/chat_request.h"
#include "lab/openai/parameters.h"
#include "lab/openai/prompt_cache.h"
#include "lab/plan.h"
#include "lab/script/rule_selector.h"
#include "lab/script/script.h"

namespace headgate::lab {

struct EngineOptions {
  std::uint64_t seed = 1;
  /// Ids repeat by seed and `created` stands still. Otherwise ids differ by `id_salt`.
  bool deterministic = false;
  std::uint64_t id_salt = 0;
  std::vector<std::string> keys;  // accepted API keys; none: any request may pass
};

class Engine {
 public:
  Engine(Script script, EngineOptions options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Plan handle(const LabRequest& request, std::int64_t unix_s);
  /// Forgets everything seen: counters, journal, prompt cache, occurrences.
  void reset();
  Journal& journal() { return journal_; }

 private:
  Plan admin(const LabRequest& request);
  Plan api(const LabRequest& request, Outcome& outcome, std::int64_t unix_s);
  Plan models(const LabRequest& request);
  Plan chat(const LabRequest& request, Outcome& outcome, std::int64_t unix_s);
  Plan answer(const ChatRequest& chat, const LabRequest& request, Outcome& outcome,
              std::int64_t unix_s);
  Plan refuse(const ApiError& error);
  Problem check_key(const LabRequest& request) const;
  bool serves(const std::string& model) const;
  std::uint64_t next_seed(std::string_view body);
  HeaderList headers(std::int64_t prompt_tokens);

  const Script script_;
  const EngineOptions options_;
  RuleSelector rules_;
  PromptCache cache_;
  Journal journal_;
  std::unordered_map<std::uint64_t, std::uint64_t> occurrences_;  // of each body
  std::uint64_t seed_ = 0;                                        // of the request being handled
  base::SeededRandom ids_;                                        // likewise
};

}  // namespace headgate::lab
