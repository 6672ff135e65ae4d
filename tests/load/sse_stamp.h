// How hg_mock and hg_load time each streamed chunk across a proxy: the mock writes the moment of
// sending into the chunk's content as '@' and 16 letters 'a'..'p' (a nibble each: no digits, so
// that no filter on the way takes it for a card or telephone number), and the receiver subtracts it
// from its own clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::load {

inline constexpr std::size_t kStampBytes = 17;

/// Writes kStampBytes bytes at `out`.
void write_stamp(char* out, std::int64_t sent_ns);
/// The stamp in one line of an event stream; -1 if there is none.
std::int64_t find_stamp(std::string_view line);

/// Cuts an event stream that arrives in arbitrary pieces into lines. One per stream.
class LineCutter {
 public:
  /// Calls `on_line(std::string_view)` for every line completed by `piece`.
  template <class OnLine>
  void feed(std::string_view piece, OnLine&& on_line);
  void reset() { carry_.clear(); }

 private:
  std::string carry_;  // the line that has begun but not ended
};

template <class OnLine>
void LineCutter::feed(std::string_view piece, OnLine&& on_line) {
  for (auto end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    if (carry_.empty()) {
      on_line(piece.substr(0, end));
    } else {
      carry_.append(piece.substr(0, end));
      on_line(std::string_view(carry_));
      carry_.clear();
    }
    piece.remove_prefix(end + 1);
  }
  carry_.append(piece);
}

}  // namespace headgate::load
