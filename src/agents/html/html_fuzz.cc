// Any page is read; what is read keeps the promises of documents_fuzz.h, and its tokens end.
#include "agents/html/html.h"

#include "agents/documents/documents_fuzz.h"
#include "agents/html/html_tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::agents::knowledge;
  HtmlTokens tokens({reinterpret_cast<const char*>(data), size});
  std::size_t count = 0;
  while (tokens.next().kind != HtmlToken::Kind::end) must(++count <= 2 * size + 2);
  read_and_check("x.html", data, size);
  return 0;
}
