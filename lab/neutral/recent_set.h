// Texts seen before, at most so many: the oldest are forgotten. For what a family remembers of its
// own answers. Single-threaded.
#pragma once

#include <deque>
#include <string>
#include <unordered_set>

namespace headgate::lab {

class RecentSet {
 public:
  static constexpr std::size_t kEntriesMax = 10'000;

  void insert(const std::string& text) {
    if (!seen_.insert(text).second) return;
    order_.push_back(text);
    if (order_.size() <= kEntriesMax) return;
    seen_.erase(order_.front());
    order_.pop_front();
  }
  bool contains(const std::string& text) const { return seen_.contains(text); }
  void clear() {
    seen_.clear();
    order_.clear();
  }

 private:
  std::unordered_set<std::string> seen_;
  std::deque<std::string> order_;
};

}  // namespace headgate::lab
