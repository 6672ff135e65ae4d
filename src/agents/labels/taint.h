// Whose word the arguments of a model's call are. A model that has read text nobody vouches for may
// say what that text wants, so an argument is then clean only where it is a value that the caller
// or the configuration has said in so many words, or an endorsed one. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/journal/provenance.h"

namespace headgate::agents {

/// An argument that is not clean, and what it may have come from.
struct Taint {
  std::string argument;
  std::vector<std::string> labels;
  std::vector<std::string> calls;  // of tools, in this run
  friend bool operator==(const Taint&, const Taint&) = default;
};
using Taints = std::vector<Taint>;

/// Of everything that the model has read, the caller's own messages included.
std::vector<std::string> context_labels(const Provenance& provenance);

struct TaintAsk {
  const Provenance& provenance;
  std::string_view prompt;        // of the agent that calls
  std::string_view input_schema;  // of the tool: names in it are the configuration's
  std::string_view arguments;     // an object
  /// Withheld text may be among them in place of a reference: it is tainted, whoever else says the
  /// same. False: nothing was put in.
  bool by_reference = true;
};
/// Each tainted argument of the call, once.
Taints taints_of(const TaintAsk& ask);

/// Those of `names`.
Taints among(const Taints& taints, const std::vector<std::string>& names);

/// "`to` may come from tool:read_mail", for people and models.
std::string describe(const Taints& taints);
/// [{"argument":"to","labels":["tool:read_mail"],"calls":["c1_1"]}]
std::string to_json(const Taints& taints);

}  // namespace headgate::agents
