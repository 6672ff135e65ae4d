// The tickets of `headgate load`: a JSON Lines file. Each line is an object with `id`, optionally
// `user`, and either `input`, which the agent gets as it stands, or a ticket (`text`, and where it
// has them `subject`, `tier`, `channel`, `language`), which is written out for the agent. What else
// stands there (labels, for example) is not told to the agent.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace headgate::cli {

struct Ticket {
  std::string id;
  std::string user;
  std::string input;    // of one that was written out: what follows its id
  bool titled = false;  // whether "Ticket ID" stands before it
};

/// Errors (config_invalid): the file cannot be read, has no ticket, or "FILE:LINE: what is wrong".
base::Result<std::vector<Ticket>> read_tickets(const std::string& path);

}  // namespace headgate::cli
