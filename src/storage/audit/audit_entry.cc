#include "storage/audit/audit_entry.h"

#include <algorithm>

#include "base/json/members.h"
#include "base/json/writer.h"
#include "base/text/sha256.h"

namespace headgate::storage {

namespace json = base::json;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kHashMember = ",\"hash\":\"";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kTailBytes = kHashMember.size() + kHashDigits + 2;  // with `"}`

// What is valid JSON has line ends between its tokens only, where a blank does as well.
std::string in_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

base::Error not_an_entry() { return fail(Errc::conflict, "it is not an entry"); }

// Its members in the order in which they are written, and no others.
class EntryReader {
 public:
  explicit EntryReader(std::string_view line) : cursor_(line), line_(line) {}

  bool read(AuditEntry& out) {
    AuditAction& what = out.what;
    return cursor_.enter_object() && number("seq", out.seq) && text("time", out.time) &&
           key("actor") && actor(what.actor) && text("action", what.action) &&
           text("subject", what.subject) && detail(what.detail) && text("prev", out.prev) &&
           text("hash", out.hash) && is_last() && cursor_.finish();
  }

 private:
  bool key(std::string_view name) {
    std::string_view found;
    return cursor_.next_key(found) && found == name;
  }
  bool is_last() {
    std::string_view none;
    return !cursor_.next_key(none);
  }
  bool number(std::string_view name, std::int64_t& out) {
    return key(name) && cursor_.integer(out) && out > 0;
  }
  bool text(std::string_view name, std::string& out) {
    json::Text value;
    if (!key(name) || !cursor_.string(value)) return false;
    out = value.decode();
    return true;
  }
  bool actor(AuditActor& out) {
    return cursor_.enter_object() && text("key_id", out.key_id) && text("user", out.user) &&
           text("tenant", out.tenant) && is_last() && cursor_.ok();
  }
  bool detail(std::string& out) {
    if (!key("detail") || cursor_.kind() != json::Kind::object || !cursor_.skip()) return false;
    out = cursor_.value_text();
    return true;
  }

  json::Cursor cursor_;
  std::string_view line_;
};

}  // namespace

std::string audit_line(AuditEntry& entry) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("seq", entry.seq);
  writer.member("time", entry.time);
  writer.object("actor");
  writer.member("key_id", entry.what.actor.key_id);
  writer.member("user", entry.what.actor.user);
  writer.member("tenant", entry.what.actor.tenant);
  writer.end_object();
  writer.member("action", entry.what.action);
  writer.member("subject", entry.what.subject);
  writer.member_raw("detail", entry.what.detail.empty() ? "{}" : in_one_line(entry.what.detail));
  writer.member("prev", entry.prev);
  entry.hash = base::sha256_hex(out);
  writer.member("hash", entry.hash);
  writer.end_object();
  return out;
}

Result<AuditEntry> parse_audit_line(std::string_view line) {
  AuditEntry out;
  if (line.size() > kAuditLineBytesMax || line.size() < kTailBytes) return not_an_entry();
  if (!EntryReader(line).read(out)) return not_an_entry();
  const std::string_view hashed = line.substr(0, line.size() - kTailBytes);
  if (!line.substr(hashed.size()).starts_with(kHashMember)) return not_an_entry();
  if (out.hash != base::sha256_hex(hashed)) {
    return fail(Errc::conflict, "its hash is not that of its text");
  }
  return out;
}

}  // namespace headgate::storage
