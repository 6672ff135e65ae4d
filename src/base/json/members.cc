#include "base/json/members.h"

namespace headgate::base::json {

std::string member_name(const Cursor& cursor, std::string_view text) {
  const Range range = cursor.key_range();
  const std::string_view raw = text.substr(range.begin + 1, range.size() - 2);
  return Text{raw, raw.find('\\') != std::string_view::npos}.decode();
}

bool Members::read(Cursor& cursor, std::string_view text) {
  const std::size_t begin = cursor.offset();
  if (!cursor.enter_object()) return false;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (size_ >= few_.size()) many_.emplace_back();
    Member& member = slot(size_++);
    // A decoded name stands in the cursor's own buffer, which the next one overwrites; a long one
    // was not decoded.
    const bool in_place = key.data() == text.data() + cursor.key_range().begin + 1;
    const bool plain = in_place && key.find('\\') == std::string_view::npos;
    member.name = plain ? key : std::string_view(names_.emplace_back(member_name(cursor, text)));
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
