// Any bytes, cut anywhere: the objects do not depend on the cut, and of a JSON array of objects
// they are its elements.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/json/cursor.h"
#include "llm/gemini_wire/array_stream.h"

namespace {

using headgate::base::json::Cursor;
using headgate::base::json::Kind;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::vector<std::string> objects;
  bool failed = false;
  bool done = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome split(std::string_view bytes, std::size_t step) {
  headgate::llm::gemini::ArraySplitter splitter(4096);
  Outcome out;
  for (std::size_t from = 0; from < bytes.size() && !out.failed; from += step) {
    const std::string piece(bytes.substr(from, step));
    splitter.feed(piece);
    std::string_view object;
    for (;;) {
      const auto more = splitter.next(object);
      out.failed = !more;
      if (!more || !*more) break;
      out.objects.emplace_back(object);
    }
  }
  out.done = splitter.done();
  return out;
}

// The elements of an array of objects; nothing when the bytes are none.
std::optional<std::vector<std::string>> elements(std::string_view bytes) {
  Cursor cursor(bytes, 1024);
  std::vector<std::string> out;
  if (cursor.kind() != Kind::array) return std::nullopt;
  cursor.enter_array();
  while (cursor.next_element()) {
    if (cursor.kind() != Kind::object) return std::nullopt;
    const std::size_t begin = cursor.offset();
    if (!cursor.skip()) return std::nullopt;
    const std::size_t end = cursor.value_range().end;
    if (end - begin > 4096) return std::nullopt;
    out.emplace_back(bytes.substr(begin, end - begin));
  }
  return cursor.finish() ? std::optional(out) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] % 16 + std::size_t{1};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = split(bytes, std::max<std::size_t>(bytes.size(), 1));
  const Outcome cut = split(bytes, step);
  require(whole.failed == cut.failed && whole.objects == cut.objects);
  if (!whole.failed) require(whole == cut);
  if (const auto expected = elements(bytes)) {
    require(!whole.failed && whole.done && whole.objects == *expected);
  }
  return 0;
}
