// Any bytes: Cursor and Boost.JSON agree on whether they are JSON, and walking a document member by
// member agrees with skipping it whole.
#include "base/json/cursor.h"

#include <cstdlib>

#include "base/json/oracle.h"

namespace {

using headgate::base::json::Cursor;
using headgate::base::json::Kind;
using headgate::base::json::Text;

void walk(Cursor& cursor, std::size_t depth) {
  std::string_view key;
  Text text;
  switch (cursor.kind()) {
    case Kind::object:
      cursor.enter_object();
      while (cursor.next_key(key)) {
        if (depth < 40) walk(cursor, depth + 1);
      }
      break;
    case Kind::array:
      cursor.enter_array();
      while (cursor.next_element()) {
        if (depth < 40) walk(cursor, depth + 1);
      }
      break;
    case Kind::string: {
      std::string cut;
      if (cursor.string(text) && !append(cut, text, 7) && cut.size() > 7) std::abort();
      if (cursor.ok() && !equals(text, text.decode())) std::abort();
      break;
    }
    case Kind::number: cursor.maybe_integer(); break;
    default: cursor.skip();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool ours = headgate::base::json::valid(text, 64);
  const auto theirs = headgate::base::json::oracle_accepts(text, 64);
  if (theirs && *theirs != ours) std::abort();
  Cursor cursor(text, 64);
  walk(cursor, 0);
  if (cursor.finish() != ours) std::abort();
  return 0;
}
