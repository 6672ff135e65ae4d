#include "timeline.h"

#include <utility>

namespace headgate::sim {

void Timeline::at(base::MonoTime when, std::function<void()> what) {
  events_.emplace(Key(when, random_.next(), number_++), std::move(what));
}

base::MonoTime Timeline::next() const {
  return events_.empty() ? base::MonoTime::max() : std::get<0>(events_.begin()->first);
}

void Timeline::run_due() {
  while (next() <= now()) {
    const auto event = events_.extract(events_.begin());
    event.mapped()();
  }
}

}  // namespace headgate::sim
