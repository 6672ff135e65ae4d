#include "agents/quarantine/value_counts.h"

namespace headgate::agents {

// Tools are the configuration's, so their number is bounded.
void ValueCounts::add(const std::string& name, const std::string& help, const std::string& tool,
                      std::size_t count) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = counts_.try_emplace(name + " " + tool, 0);
  at->second += count;
  if (!is_new) return;
  metrics_.on_scrape_total(name, help, {{"tool", tool}},
                           [&of = at->second] { return static_cast<double>(of.load()); });
}

void ValueCounts::note_dropped(const std::string& tool, std::size_t count) {
  if (count == 0) return;
  add("headgate_result_values_dropped_total",
      "Values of tools' results that were none of their declared types.", tool, count);
}

void ValueCounts::note_unread(const std::string& tool) {
  add("headgate_results_unread_total",
      "Results of tools that the quarantined reader said no values of.", tool, 1);
}

}  // namespace headgate::agents
