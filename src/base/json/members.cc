#include "base/json/members.h"

namespace headgate::base::json {

bool Members::read(Cursor& cursor, std::string_view text) {
  const std::size_t begin = cursor.offset();
  if (!cursor.enter_object()) return false;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (size_ >= few_.size()) many_.emplace_back();
    Member& member = slot(size_++);
    // An escaped name is decoded in the cursor's own buffer, which the next one overwrites.
    const bool in_place = key.data() == text.data() + cursor.key_range().begin + 1;
    member.name = in_place ? key : std::string_view(names_.emplace_back(key));
    member.kind = cursor.kind();
    if (member.kind == Kind::string) {
      cursor.string(member.text);
    } else {
      cursor.skip();
    }
    if (!cursor.ok()) return false;
    member.raw = cursor.value_text();
  }
  raw_ = text.substr(begin, cursor.value_range().end - begin);
  return cursor.ok();
}

const Member* Members::take(std::string_view name) {
  const Member* found = nullptr;
  for (std::size_t i = 0; i < size_; ++i) {
    Member& member = slot(i);
    if (member.name != name) continue;
    member.taken = true;
    found = &member;
  }
  return found != nullptr && found->kind != Kind::null ? found : nullptr;
}

std::optional<std::string> Members::take_string(std::string_view name) {
  const Member* member = take(name);
  if (member == nullptr || member->kind != Kind::string) return std::nullopt;
  return member->text.decode();
}

}  // namespace headgate::base::json
