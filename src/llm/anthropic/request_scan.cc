#include "llm/anthropic/request_scan.h"

#include <string.h>

#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "llm/anthropic/blocks.h"

namespace headgate::llm::anthropic {
namespace {

using base::Errc;
using base::Error;
using base::json::Cursor;
using base::json::Kind;
using base::json::Range;
using base::json::Text;

// The members that policy reads; their bits in Reader::seen_ have this order.
constexpr std::array<std::string_view, 7> kMembers = {"model",      "messages", "stream", "system",
                                                      "max_tokens", "metadata", "tools"};
constexpr std::uint32_t kModelBit = 1;
constexpr std::uint32_t kMessagesBit = 2;

Error invalid(std::string_view param, std::string_view what) {
  return base::fail(Errc::invalid_request, std::string(param) + ": " + std::string(what),
                    std::string(param));
}

bool contains(std::string_view text, std::string_view word) {
  return ::memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

// Finds the thinking blocks of other providers' models in the array of messages. Only looked for
// when the mark stands in the body at all, so no ordinary request pays for it.
class CutFinder {
 public:
  CutFinder(std::string_view body, Range messages, const chat::Limits& limits)
      : text_(body.substr(0, messages.end)), begin_(messages.begin), limits_(limits) {}

  std::vector<Range> run() {
    // The array alone; places are moved to where it stands in the body.
    const std::string_view array = text_.substr(begin_);
    Cursor cursor(array, limits_.depth_max);
    Elements messages(begin_);
    cursor.enter_array();
    while (cursor.next_element()) {
      const std::size_t from = cursor.offset();
      const std::size_t before = cuts_.size();
      const bool is_empty = message(cursor);
      if (!cursor.ok()) return {};
      // A message of nothing else goes as a whole: the provider takes no empty ones.
      if (is_empty) cuts_.resize(before);
      messages.add({from, cursor.value_range().end}, is_empty);
    }
    messages.cut_into(cuts_);
    std::sort(cuts_.begin(), cuts_.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
    return std::move(cuts_);
  }

 private:
  // The elements of an array, and which of them go: each with the comma on one side.
  class Elements {
   public:
    explicit Elements(std::size_t offset) : offset_(offset) {}
    void add(Range place, bool goes) { list_.push_back({place, goes}); }
    bool all_go() const {
      return !list_.empty() &&
             std::all_of(list_.begin(), list_.end(), [](const Element& e) { return e.goes; });
    }
    void cut_into(std::vector<Range>& cuts) const {
      bool kept = false;
      for (std::size_t i = 0; i < list_.size(); ++i) {
        if (!list_[i].goes) {
          kept = true;
          continue;
        }
        // Behind one that stays: from its end. Else up to where the next begins.
        std::size_t begin = list_[i].place.begin;
        std::size_t end = list_[i].place.end;
        if (kept) begin = list_[i - 1].place.end;
        if (!kept && i + 1 < list_.size()) end = list_[i + 1].place.begin;
        cuts.push_back({offset_ + begin, offset_ + end});
      }
    }

   private:
    struct Element {
      Range place;
      bool goes = false;
    };
    std::size_t offset_;
    std::vector<Element> list_;
  };

  // True when nothing of the message would stay.
  bool message(Cursor& cursor) {
    std::string_view key;
    bool is_empty = false;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (key == "content" && cursor.kind() == Kind::array) is_empty = content(cursor);
    }
    return is_empty;
  }

  bool content(Cursor& cursor) {
    Elements blocks(begin_);
    cursor.enter_array();
    while (cursor.next_element()) {
      const std::size_t from = cursor.offset();
      const bool goes = cursor.kind() == Kind::object ? is_foreign(cursor) : !cursor.skip();
      blocks.add({from, cursor.value_range().end}, goes);
    }
    if (!cursor.ok()) return false;
    blocks.cut_into(cuts_);
    return blocks.all_go();
  }

  static bool is_foreign(Cursor& cursor) {
    std::string_view key;
    Text type;
    Text signature;
    Text data;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (key == "type") cursor.maybe_string(type);
      if (key == "signature") cursor.maybe_string(signature);
      if (key == "data") cursor.maybe_string(data);
    }
    const auto marked = [](const Text& text) {
      chat::Reasoning reasoning;
      read_signature(text.decode(), reasoning);
      return reasoning.signature.origin != chat::Dialect::anthropic;
    };
    if (equals(type, "thinking")) return marked(signature);
    return equals(type, "redacted_thinking") && marked(data);
  }

  std::string_view text_;
  std::size_t begin_;
  const chat::Limits& limits_;
  std::vector<Range> cuts_;
};

// Reads one request. A read function returns false when the cursor failed or error_ was set.
class Reader {
 public:
  Reader(std::string_view body, const chat::Limits& limits)
      : body_(body), limits_(limits), cursor_(body, limits.depth_max) {}

  base::Result<chat::Head> run();

 private:
  bool reject(std::string_view param, std::string_view what) {
    error_ = invalid(param, what);
    return false;
  }
  bool once(std::string_view key);
  bool member(std::string_view key);
  bool model();
  bool messages();
  bool metadata();
  bool user();
  bool tools();
  bool stream();
  bool max_tokens();
  base::Result<chat::Head> checked();

  std::string_view body_;
  const chat::Limits& limits_;
  Cursor cursor_;
  chat::Head head_;
  Range messages_;
  std::uint32_t seen_ = 0;
  bool user_seen_ = false;
  std::optional<Error> error_;
};

bool Reader::once(std::string_view key) {
  const auto* found = std::find(kMembers.begin(), kMembers.end(), key);
  if (found == kMembers.end()) return true;
  const std::uint32_t bit = 1U << (found - kMembers.begin());
  if ((seen_ & bit) != 0) return reject(key, "Field appears more than once");
  seen_ |= bit;
  return true;
}

bool Reader::member(std::string_view key) {
  if (!once(key)) return false;
  if (key == "model") return model();
  if (key == "messages") return messages();
  if (key == "stream") return stream();
  if (key == "max_tokens") return max_tokens();
  if (key == "metadata") return metadata();
  if (key == "tools") return tools();
  return cursor_.skip();
}

bool Reader::model() {
  const Kind kind = cursor_.kind();
  if (kind == Kind::none) return cursor_.skip();
  if (kind != Kind::string) return reject("model", "Input should be a valid string");
  Text value;
  if (!cursor_.string(value)) return false;
  head_.model_value = cursor_.value_range();
  if (append(head_.model, value, limits_.model_bytes_max)) return true;
  return reject("model",
                "String should have at most " + std::to_string(limits_.model_bytes_max) + " bytes");
}

bool Reader::messages() {
  const Kind kind = cursor_.kind();
  if (kind == Kind::none) return cursor_.skip();
  if (kind != Kind::array) return reject("messages", "Input should be a valid list");
  const std::size_t begin = cursor_.offset();
  if (!cursor_.enter_array()) return false;
  while (cursor_.next_element()) {
    const Kind element = cursor_.kind();
    if (element != Kind::object && element != Kind::none) {
      return reject("messages[" + std::to_string(head_.messages_count) + "]",
                    "Input should be an object");
    }
    if (++head_.messages_count > limits_.messages_max) {
      return reject("messages",
                    "List should have at most " + std::to_string(limits_.messages_max) + " items");
    }
    if (!cursor_.skip()) return false;
  }
  messages_ = {begin, cursor_.value_range().end};
  head_.prompt = messages_.of(body_);
  return cursor_.ok();
}

bool Reader::metadata() {
  if (cursor_.kind() != Kind::object) return cursor_.skip();
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (key == "user_id" && !user()) return false;
  }
  return cursor_.ok();
}

bool Reader::user() {
  if (user_seen_) return reject("metadata.user_id", "Field appears more than once");
  user_seen_ = true;
  Text value;
  if (cursor_.maybe_string(value)) append(head_.user, value, limits_.user_bytes_max);
  return cursor_.ok();
}

bool Reader::stream() {
  const Kind kind = cursor_.kind();
  if (kind == Kind::boolean) return cursor_.boolean(head_.stream);
  if (kind == Kind::null || kind == Kind::none) return cursor_.skip();
  return reject("stream", "Input should be a valid boolean");
}

bool Reader::max_tokens() {
  const Kind kind = cursor_.kind();
  if (kind == Kind::null || kind == Kind::none) return cursor_.skip();
  head_.output_tokens_max = cursor_.maybe_integer();
  if (!cursor_.ok()) return false;
  if (head_.output_tokens_max && *head_.output_tokens_max >= 0) return true;
  return reject("max_tokens", "Input should be a valid integer that is not negative");
}

bool Reader::tools() {
  if (cursor_.kind() != Kind::array) return cursor_.skip();
  if (!cursor_.enter_array()) return false;
  while (cursor_.next_element()) head_.has_tools = true;
  return cursor_.ok();
}

base::Result<chat::Head> Reader::checked() {
  if ((seen_ & kModelBit) == 0) return invalid("model", "Field required");
  if (head_.model.empty()) return invalid("model", "String should have at least 1 character");
  if ((seen_ & kMessagesBit) == 0) return invalid("messages", "Field required");
  // As a member's name it cannot stand inside a string, where its quotes would be escaped.
  head_.has_cache_marks = contains(body_, "\"cache_control\"");
  if (contains(head_.prompt, std::string("\"").append(kForeignMark))) {
    head_.cuts = CutFinder(body_, messages_, limits_).run();
  }
  return std::move(head_);
}

base::Result<chat::Head> Reader::run() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::object && kind != Kind::none) {
    return base::fail(Errc::invalid_request, "The request body should be an object");
  }
  std::string_view key;
  if (cursor_.enter_object()) {
    while (cursor_.next_key(key) && member(key)) {
    }
    head_.end = cursor_.value_range().begin;
  }
  if (error_) return *std::move(error_);
  if (!cursor_.finish()) {
    Error error = cursor_.error();
    error.detail = "The request body is not valid JSON: " + error.detail;
    return error;
  }
  return checked();
}

struct Edit {
  Range range;
  std::string text;
};

}  // namespace

base::Result<chat::Head> scan_request(std::string_view body, const chat::Limits& limits) {
  return Reader(body, limits).run();
}

std::optional<std::string> edit_request(std::string_view body, const chat::Head& head,
                                        const chat::Edits& edits) {
  std::vector<Edit> list;
  std::size_t more = 0;
  for (const Range& cut : head.cuts) list.push_back({cut, {}});
  if (edits.model && *edits.model != head.model) {
    list.push_back({head.model_value, base::json_string(*edits.model)});
  }
  if (edits.mark_cache && !head.has_cache_marks) {
    list.push_back({{head.end, head.end}, R"(,"cache_control":{"type":"ephemeral"})"});
  }
  if (list.empty()) return std::nullopt;
  std::stable_sort(list.begin(), list.end(),
                   [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; });
  for (const Edit& edit : list) more += edit.text.size();
  std::string out;
  out.reserve(body.size() + more);
  std::size_t from = 0;
  for (const Edit& edit : list) {
    out.append(body.substr(from, edit.range.begin - from)).append(edit.text);
    from = edit.range.end;
  }
  return out.append(body.substr(from));
}

}  // namespace headgate::llm::anthropic
