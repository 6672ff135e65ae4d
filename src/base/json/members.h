// The members of a small object as a list, for readers that look at an object's "type" before they
// know which other members count. One pass of the cursor: strings as text, everything else as
// written. Values are taken by name; what nobody took is what the reader has no word for. Lives on
// the stack; views point into the text that was read.
#pragma once

#include <array>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"

namespace headgate::base::json {

/// The name of the member that next_key() has announced, also of one with escapes that is too long
/// for the cursor to decode.
std::string member_name(const Cursor& cursor, std::string_view text);

struct Member {
  std::string_view name;
  Kind kind = Kind::none;
  Text text;             // of a string
  std::string_view raw;  // the value as written
  bool taken = false;
};

class Members {
 public:
  Members() = default;
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  /// Reads the object that is next at `cursor`, which reads `text`. False: the cursor failed.
  bool read(Cursor& cursor, std::string_view text);

  /// The last member of that name; null where there is none, or it is JSON's null.
  const Member* take(std::string_view name);
  /// As take(), when it is a string.
  std::optional<std::string> take_string(std::string_view name);

  std::size_t size() const { return size_; }
  const Member& at(std::size_t i) const {
    return i < few_.size() ? few_[i] : many_[i - few_.size()];
  }
  /// The object as written.
  std::string_view raw() const { return raw_; }

 private:
  Member& slot(std::size_t i) { return i < few_.size() ? few_[i] : many_[i - few_.size()]; }

  std::array<Member, 10> few_;
  std::vector<Member> many_;
  std::list<std::string> names_;  // of members whose names were written with escapes
  std::size_t size_ = 0;
  std::string_view raw_;
};

}  // namespace headgate::base::json
