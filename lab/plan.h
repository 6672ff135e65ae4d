// What the driver shall do with a request, step by step. Made by the engine or from a recording,
// executed by service.cc. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace headgate::lab {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct Wait {
  base::microseconds time;  // after the moment the step before was due: waits do not drift
};
struct Reply {  // whole, with Content-Length
  int status;
  HeaderList headers;
  std::string body;
};
struct Start {  // head of a chunked reply
  int status;
  HeaderList headers;
};
struct Write {  // one chunk of it
  std::string bytes;
};
struct Fill {  // chunks of 'x'
  std::uint64_t bytes;
};
struct Finish {};  // last chunk
struct Raw {       // bytes outside any framing
  std::string bytes;
};
struct End {  // of the connection, in the middle of whatever it is
  bool reset;
};
struct Hang {};  // until the client goes

using Action = std::variant<Wait, Reply, Start, Write, Fill, Finish, Raw, End, Hang>;
using Plan = std::vector<Action>;

}  // namespace headgate::lab
