// Headers and bodies of signed requests are verified or refused; what was not signed never passes.
#include "agents/approvals/webhook_signature.h"

#include <cstdlib>
#include <string>

// Id, time, signatures, a line each; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::agents;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&rest] {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
  };
  WebhookHeaders headers;
  headers.id = line();
  headers.timestamp = line();
  headers.signatures = line();
  constexpr std::string_view kSecret = "a secret that the fuzzer cannot use";
  if (verify_webhook(kSecret, headers, rest, 1'700'000'000)) std::abort();
  if (headers.id.empty() || headers.id.size() > 256) return 0;
  const std::string signature = webhook_signature(kSecret, headers.id, 1'700'000'000, rest);
  const WebhookHeaders good{headers.id, "1700000000", signature};
  if (!verify_webhook(kSecret, good, rest, 1'700'000'000)) std::abort();
  return 0;
}
