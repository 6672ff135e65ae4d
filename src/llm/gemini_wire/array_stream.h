// streamGenerateContent without alt=sse: one JSON array that comes element by element. Splits such
// bytes, in any cut, into the objects they hold. Pure, one object per stream; the counterpart that
// writes is gemini::StreamWriter with Framing::array.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::llm::gemini {

class ArraySplitter {
 public:
  explicit ArraySplitter(std::size_t object_bytes_max = 8 << 20)
      : object_bytes_max_(object_bytes_max) {}
  ArraySplitter(const ArraySplitter&) = delete;
  ArraySplitter& operator=(const ArraySplitter&) = delete;

  /// Hands over the next bytes; they must stay valid until next() has returned false or an error.
  /// REQUIRES: next() returned false since the last feed().
  void feed(std::string_view bytes) { fed_ = bytes; }
  /// True: `object` is the next element, as written, until the next call. It is only known to be
  /// balanced, not to be JSON. False: more bytes are needed, or the array is over.
  /// Errors: upstream_malformed, upstream_too_large; the splitter is then of no further use.
  base::Result<bool> next(std::string_view& object);

  /// The closing bracket came.
  bool done() const { return state_ == State::done; }

 private:
  enum class State { before, element_or_end, element, comma_or_end, inside, done };
  base::Result<bool> between(char c);
  bool inside(char c);

  std::size_t object_bytes_max_;
  State state_ = State::before;
  std::string_view fed_;
  std::string held_;  // of an object that is not whole yet
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace headgate::llm::gemini
