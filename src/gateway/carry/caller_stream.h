// The caller's side of a streamed answer, over all attempts at it: whether its reply has begun and
// what is read but not yet sent. Lives in the delivery's frame.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "gateway/carry/stream_path.h"

namespace headgate::gateway {

struct CallerStream {
  bool begun = false;
  base::MonoTime sent_at;            // when the caller last got something
  std::string out;                   // for the caller, not yet sent
  std::unique_ptr<StreamPath> path;  // of the attempt under way, or that broke after the beginning

  /// What an attempt left that the caller has seen nothing of, or that can be taken back.
  void forget() {
    begun = false;
    out.clear();
    path.reset();
  }
};

}  // namespace headgate::gateway
