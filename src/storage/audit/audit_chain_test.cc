#include "storage/audit/audit_chain.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "base/json/cursor.h"

namespace headgate::storage {
namespace {

using Lines = std::vector<std::string>;

AuditAction forced(std::string subject) {
  AuditAction out;
  out.actor = {"ops", "ada", "acme"};
  out.action = "breaker.force";
  out.subject = std::move(subject);
  out.detail = R"({"state":"open"})";
  return out;
}

// As a file writes them.
Lines trail(int count) {
  Lines out;
  std::string head(kAuditBegin);
  for (int i = 1; i <= count; ++i) {
    AuditEntry entry{i, "2026-11-23T14:18:51.000000Z", forced("m" + std::to_string(i)), head, {}};
    out.push_back(audit_line(entry));
    head = entry.hash;
  }
  return out;
}

std::optional<AuditBreak> break_of(const Lines& lines) {
  AuditChain chain;
  for (const auto& line : lines) chain.take(line);
  return chain.broken();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

// The line as somebody would write it who knows the format.
std::string hashed_anew(const std::string& line) {
  AuditEntry entry = parse_audit_line(line).value();
  entry.what.subject = "something else";
  return audit_line(entry);
}

TEST(AuditEntry, ComesBackFromItsLine) {
  AuditEntry entry{7, "2026-11-23T14:18:51.000000Z", forced("a \"b\"\n"), std::string(64, 'a'), {}};
  entry.what.detail = "{\n\"x\": [1,\r\n2]}";
  const std::string line = audit_line(entry);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = parse_audit_line(line);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->seq, 7);
  EXPECT_EQ(read->what.actor, entry.what.actor);
  EXPECT_EQ(read->what.subject, "a \"b\"\n");
  EXPECT_EQ(read->what.detail, "{ \"x\": [1,  2]}");
  EXPECT_EQ(read->hash, entry.hash);
}

TEST(AuditChain, OfEntriesInOrderIsWhole) {
  AuditChain chain;
  for (const auto& line : trail(5)) EXPECT_TRUE(chain.take(line));
  EXPECT_FALSE(chain.broken());
  EXPECT_EQ(chain.next_seq(), 6);
  EXPECT_EQ(chain.head(), parse_audit_line(trail(5).back())->hash);
}

TEST(AuditChain, NamesTheFirstBrokenLineAndWhatWasDone) {
  const struct {
    const char* what;
    void (*change)(Lines&);
    AuditDamage damage;
    int line;
  } cases[] = {
      {"another word", [](Lines& l) { l[2] = replaced(l[2], "open", "shut"); }, AuditDamage::edited,
       3},
      {"another hash", [](Lines& l) { l[4][l[4].size() - 5] ^= 1; }, AuditDamage::edited, 5},
      {"a blank added", [](Lines& l) { l[1].insert(1, " "); }, AuditDamage::edited, 2},
      {"no entry", [](Lines& l) { l[3] = "{}"; }, AuditDamage::edited, 4},
      {"an empty line", [](Lines& l) { l.insert(l.begin(), ""); }, AuditDamage::edited, 1},
      {"hashed anew", [](Lines& l) { l[2] = hashed_anew(l[2]); }, AuditDamage::edited, 4},
      {"one removed", [](Lines& l) { l.erase(l.begin() + 3); }, AuditDamage::removed, 4},
      {"the first removed", [](Lines& l) { l.erase(l.begin()); }, AuditDamage::removed, 1},
      {"two swapped", [](Lines& l) { std::swap(l[1], l[2]); }, AuditDamage::reordered, 2},
      {"one moved down", [](Lines& l) { std::rotate(l.begin() + 1, l.begin() + 2, l.end()); },
       AuditDamage::reordered, 2},
      {"one twice", [](Lines& l) { l.insert(l.begin() + 2, l[1]); }, AuditDamage::reordered, 3},
  };
  for (const auto& each : cases) {
    Lines lines = trail(6);
    each.change(lines);
    const auto broken = break_of(lines);
    ASSERT_TRUE(broken) << each.what;
    EXPECT_EQ(broken->damage, each.damage) << each.what << ": " << name(broken->damage);
    EXPECT_EQ(broken->line, each.line) << each.what;
    EXPECT_FALSE(broken->why.empty());
  }
}

RC_GTEST_PROP(AuditChain, SeesAnyChangedByte, ()) {
  const auto lines = trail(3);
  const auto which = *rc::gen::inRange<std::size_t>(0, 3);
  const auto at = *rc::gen::inRange<std::size_t>(0, lines[which].size());
  const auto byte = *rc::gen::arbitrary<char>();
  RC_PRE(byte != lines[which][at] && byte != '\n');
  Lines changed = lines;
  changed[which][at] = byte;
  const auto broken = break_of(changed);
  RC_ASSERT(broken.has_value());
  RC_ASSERT(broken->line == static_cast<std::int64_t>(which) + 1);
}

RC_GTEST_PROP(AuditEntry, IsOneLineOfJsonWhateverItSays, ()) {
  AuditEntry entry{1, "t", {}, std::string(kAuditBegin), {}};
  entry.what.actor.user = *rc::gen::arbitrary<std::string>();
  entry.what.subject = *rc::gen::arbitrary<std::string>();
  const std::string line = audit_line(entry);
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(base::json::valid(line));
  RC_ASSERT(parse_audit_line(line).has_value());
}

}  // namespace
}  // namespace headgate::storage
