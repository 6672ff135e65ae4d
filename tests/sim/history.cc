#include "history.h"

#include <fmt/format.h>

#include <algorithm>

namespace headgate::sim {

bool Seen::success() const {
  if (status != 200 || end != End::whole) return false;
  return streamed ? farewells > 0 && errors == 0 : is_answer;
}

void History::note(std::string_view who, std::string_view what) {
  const auto us = std::chrono::duration_cast<base::microseconds>(length()).count();
  std::string line = fmt::format("{:>12.6f} {:<14} {}", static_cast<double>(us) / 1e6, who, what);
  for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  ++events_;
  if (listener_) listener_(line);
  tail_.push_back(std::move(line));
  if (tail_.size() > kTailEvents) tail_.pop_front();
}

std::vector<const Recorded*> History::records_of(const Asked& one) const {
  std::vector<const Recorded*> out;
  for (const auto& record : recorded) {
    if (record.request_id == one.id()) out.push_back(&record);
  }
  return out;
}

std::vector<const Served*> History::served_for(const Asked& one) const {
  std::vector<const Served*> out;
  for (const Recorded* record : records_of(one)) {
    for (const auto& serving : served) {
      if (serving.trace == record->trace) out.push_back(&serving);
    }
  }
  return out;
}

}  // namespace headgate::sim
