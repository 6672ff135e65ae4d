// A stream that goes on where another one broke off: the new provider's events are written as if
// they were the old one's, after what the caller has got already. One object a stream.
#pragma once

#include <memory>

#include "gateway/carry/stream_path.h"

namespace headgate::gateway {

/// A text that broke off is gone on with; a part of another kind is ended first.
std::unique_ptr<StreamPath> make_continued_path(const Attempt& attempt, UnfinishedAnswer so_far);

}  // namespace headgate::gateway
