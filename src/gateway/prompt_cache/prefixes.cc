#include "gateway/prompt_cache/prefixes.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include "base/json/cursor.h"

namespace headgate::gateway {

using base::json::Cursor;
using base::json::Kind;

namespace {

constexpr std::array<std::string_view, 3> kTurns = {"messages", "input", "contents"};
// What providers put before the turns, or what makes them start their caches anew.
constexpr std::array<std::string_view, 14> kFront = {
    "tools",  "functions",       "tool_choice",       "toolConfig",         "tool_config",
    "system", "instructions",    "systemInstruction", "system_instruction", "thinking",
    "text",   "response_format", "cachedContent",     "prompt_cache_key"};
constexpr std::array<std::string_view, 2> kMarks = {"\"cache_control\"",
                                                    "\"prompt_cache_breakpoint\""};

constexpr std::size_t kPieceBytesMin = 1024;
constexpr std::size_t kFirstKept = 32;  // of the beginnings: system prompts that many calls share
constexpr std::size_t kLastKept = 128;  // where conversations grow
constexpr std::size_t kPairsKept = 32;

std::uint64_t hash(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  const void* at = ::memmem(text.data() + from, text.size() - from, word.data(), word.size());
  return at == nullptr ? std::string_view::npos
                       : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::size_t behind_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// The end of the member whose name ends at `at` and whose value is a flat object or null; npos when
// it is no such member.
std::size_t mark_end(std::string_view text, std::size_t at) {
  at = behind_blanks(text, at);
  if (at == text.size() || text[at] != ':') return std::string_view::npos;
  at = behind_blanks(text, at + 1);
  if (text.substr(at, 4) == "null") return at + 4;
  if (at == text.size() || text[at] != '{') return std::string_view::npos;
  const std::size_t close = text.find('}', at);
  return close == std::string_view::npos ? close : close + 1;
}

// Takes the comma before the end of `text` away, if there is one.
bool drop_comma(std::string& text) {
  std::size_t end = text.size();
  while (end > 0 && is_blank(text[end - 1])) --end;
  if (end == 0 || text[end - 1] != ',') return false;
  text.resize(end - 1);
  return true;
}

// `text` without its members of the name `mark`, each gone with a comma on one side of it. (A
// mark's quotes cannot stand inside a string, where they would be escaped.)
std::string without(std::string_view text, std::string_view mark) {
  std::string out;
  out.reserve(text.size());
  std::size_t from = 0;
  for (std::size_t at = find_word(text, mark, 0); at != std::string_view::npos;) {
    const std::size_t end = mark_end(text, at + mark.size());
    if (end == std::string_view::npos) {
      at = find_word(text, mark, at + mark.size());
      continue;
    }
    out += text.substr(from, at - from);
    from = end;
    if (!drop_comma(out)) {
      const std::size_t next = behind_blanks(text, end);
      if (next < text.size() && text[next] == ',') from = behind_blanks(text, next + 1);
    }
    at = find_word(text, mark, from);
  }
  return out.append(text.substr(from));
}

class Reader {
 public:
  Reader(std::string_view body, std::size_t depth_max) : body_(body), cursor_(body, depth_max) {
    for (std::size_t i = 0; i < kMarks.size(); ++i) {
      has_marks_[i] = find_word(body, kMarks[i], 0) != std::string_view::npos;
    }
  }
  PromptPrefixes run();

 private:
  std::string_view next_value();
  void turns();
  void add_turn(std::string_view text);
  void finish();

  std::string_view body_;
  Cursor cursor_;
  std::array<bool, kMarks.size()> has_marks_{};
  std::string unmarked_;
  std::uint64_t front_ = 0;
  std::uint64_t turns_ = 0;  // all up to now
  std::uint64_t last_turn_ = 0;
  bool has_turns_ = false;
  PromptPrefixes out_;
};

// As written, but without marks. Valid until the next call; empty when the cursor failed.
std::string_view Reader::next_value() {
  const std::size_t begin = cursor_.offset();
  if (!cursor_.skip()) return {};
  std::string_view text = body_.substr(begin, cursor_.value_range().end - begin);
  for (std::size_t i = 0; i < kMarks.size(); ++i) {
    if (!has_marks_[i] || find_word(text, kMarks[i], 0) == std::string_view::npos) continue;
    unmarked_ = without(text, kMarks[i]);
    text = unmarked_;
  }
  return text;
}

// A long turn has beginnings too, each longer than the one before by a quarter.
void Reader::add_turn(std::string_view text) {
  std::uint64_t turn = 0;
  std::size_t at = 0;
  for (std::size_t size = kPieceBytesMin; text.size() - at > size;
       size = std::max(kPieceBytesMin, at / 4)) {
    turn = mix(turn, hash(text.substr(at, size)));
    out_.beginnings.push_back(mix(turns_, turn));
    at += size;
  }
  turn = mix(turn, hash(text.substr(at)));
  turns_ = mix(turns_, turn);
  out_.beginnings.push_back(turns_);
  if (has_turns_) out_.pairs.push_back(mix(last_turn_, turn));
  last_turn_ = turn;
  has_turns_ = true;
}

void Reader::turns() {
  if (cursor_.kind() != Kind::array) {
    add_turn(next_value());
    return;
  }
  cursor_.enter_array();
  while (cursor_.next_element()) add_turn(next_value());
}

// The front may stand anywhere in the body, so it is mixed in last.
void Reader::finish() {
  auto& all = out_.beginnings;
  all.insert(all.begin(), 0);
  if (all.size() > kFirstKept + kLastKept) {
    all.erase(all.begin() + kFirstKept, all.end() - kLastKept);
  }
  for (std::uint64_t& beginning : all) beginning = mix(front_, beginning);
  auto& pairs = out_.pairs;
  if (pairs.size() > kPairsKept) pairs.erase(pairs.begin(), pairs.end() - kPairsKept);
}

PromptPrefixes Reader::run() {
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (std::find(kTurns.begin(), kTurns.end(), key) != kTurns.end()) {
      turns();
    } else if (std::find(kFront.begin(), kFront.end(), key) != kFront.end()) {
      const std::uint64_t name = hash(key);
      front_ += mix(name, hash(next_value()));
    }
  }
  if (!cursor_.finish()) return {};
  finish();
  return std::move(out_);
}

}  // namespace

std::uint64_t mix(std::uint64_t first, std::uint64_t second) {
  const __uint128_t product =
      static_cast<__uint128_t>(first ^ 0x9E3779B97F4A7C15) * (second ^ 0xD1B54A32D192ED03);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

PromptPrefixes prefixes_of(std::string_view body, std::size_t depth_max) {
  return Reader(body, depth_max).run();
}

}  // namespace headgate::gateway
