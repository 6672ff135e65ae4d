// The scripted provider without its sockets: a request in, timed actions out. Finds the family
// whose API a request is for, by path and headers; that reads and writes the wire format, the rest
// is here. Answers /lab/… for tests, too. Same script, same seed and same requests give the same
// answers, in whatever order they arrive. Single-threaded; no I/O, no clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "lab/journal.h"
#include "lab/neutral/family.h"
#include "lab/neutral/prompt_cache.h"
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
  /// A refusal in the words of the family that `request` is for.
  Reply refuse(const LabRequest& request, const Failure& failure);
  /// Forgets everything seen: counters, journal, prompt cache, occurrences.
  void reset();
  Journal& journal() { return journal_; }

 private:
  Plan admin(const LabRequest& request);
  Family& family_of(const LabRequest& request);
  RequestContext context_of(const LabRequest& request, std::int64_t unix_s);
  Plan answer(Family& family, Call& call, const LabRequest& request, const RequestContext& context,
              Outcome& outcome);
  std::uint64_t next_seed(std::string_view body);

  const Script script_;
  const EngineOptions options_;
  std::vector<std::unique_ptr<Family>> families_;  // the last one takes what is left
  RuleSelector rules_;
  PromptCache cache_;
  Journal journal_;
  std::unordered_map<std::uint64_t, std::uint64_t> occurrences_;  // of each body
  std::uint64_t seed_ = 0;                                        // of the request being handled
  base::SeededRandom ids_;                                        // likewise
};

}  // namespace headgate::lab
