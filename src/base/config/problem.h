// What is wrong with a configuration file: collected, never thrown, so that a person sees
// everything at once. Messages say what to write instead and never repeat a value that may be a
// secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"
#include "base/text/strings.h"

namespace headgate::base::config {

struct Problem {
  Place at;
  std::string what;
  std::string suggestion;  // a name that exists and may have been meant; empty: none

  /// `FILE:LINE:COLUMN: path.to.key: what; did you mean "x"?`
  std::string text(std::string_view file) const;
  /// The same without the place in a file.
  std::string sentence() const;
};

class Problems {
 public:
  void add(const Place& at, std::string what, std::string_view suggestion = {}) {
    list_.push_back({at, std::move(what), std::string(suggestion)});
  }
  /// The same where `name` is not one of `known` (a range of strings): suggests the nearest, or
  /// lists what there is.
  template <class Range>
  void add_unknown(const Place& at, std::string what, std::string_view name, const Range& known);

  /// Puts them in the order of the file.
  void sort();
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  const Problem& operator[](std::size_t i) const { return list_[i]; }

 private:
  static std::string known_here(const std::vector<std::string_view>& names);

  std::vector<Problem> list_;
};

template <class Range>
void Problems::add_unknown(const Place& at, std::string what, std::string_view name,
                           const Range& known) {
  constexpr std::size_t kNameMax = 64;  // edit distance is quadratic
  std::string_view near;
  if (name.size() <= kNameMax) near = did_you_mean(name, known);
  if (near.empty()) what += known_here({std::begin(known), std::end(known)});
  add(at, std::move(what), near);
}

}  // namespace headgate::base::config
