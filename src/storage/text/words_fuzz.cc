// Reading content as words never leaves it, and a word that was read is found again in the content
// that it was read from.
#include "storage/text/words.h"

#include <cstdlib>

#include "storage/text/plain_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::storage::text;
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  std::string storage;
  WordReader reader(plain_text(content, storage));
  std::string last;
  for (auto word = reader.next(); !word.empty(); word = reader.next()) {
    if (word.size() > kWordBytesMax) std::abort();
    last = word;
  }
  if (last.empty()) return 0;
  PhraseMatcher matcher({{last}, false});
  if (!matcher.matches(content)) std::abort();
  return 0;
}
