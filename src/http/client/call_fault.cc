#include "http/client/call_fault.h"

#include <algorithm>
#include <utility>

namespace headgate::http {
namespace {

// Neither JSON nor an event that anybody knows, wherever in either of them it stands.
constexpr std::string_view kMalformed = "\n\ndata: {\"chaos\": malformed\n\n";

}  // namespace

BodyFault::BodyFault(const CallFault& fault, base::MonoTime begun)
    : kind_(fault.kind),
      not_before_(begun + fault.delay),
      ends_(fault.kind != CallFault::Kind::body_delay),
      left_(fault.after_bytes) {}

std::string_view BodyFault::pass(std::string_view piece) {
  if (!ends_) return piece;
  piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), left_)));
  left_ -= piece.size();
  return piece;
}

std::string_view BodyFault::instead() {
  if (kind_ != CallFault::Kind::malformed || std::exchange(said_, true)) return {};
  return kMalformed;
}

bool BodyFault::done(bool real) const {
  if (!over()) return real;
  return kind_ == CallFault::Kind::malformed && said_;
}

}  // namespace headgate::http
