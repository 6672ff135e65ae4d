#include "llm/gemini/request_scan.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using base::json::Kind;

// The members that policy reads, in the order of their bits.
constexpr std::array<std::string_view, 7> kMembers = {
    "contents", "generationConfig", "tools",         "cachedContent",
    "model",    "maxOutputTokens",  "candidateCount"};

class Scanner {
 public:
  Scanner(std::string_view body, const chat::Limits& limits)
      : reading_(body, limits, Errc::invalid_request) {}

  base::Result<chat::Head> run(std::string model);

 private:
  bool once(std::string_view name);
  bool member(const std::string& name);
  bool contents();
  bool config();
  bool tools();
  bool tool();
  bool model();

  Reading reading_;
  chat::Head head_;
  std::uint32_t seen_ = 0;
};

bool Scanner::once(std::string_view name) {
  const auto* found = std::find(kMembers.begin(), kMembers.end(), name);
  if (found == kMembers.end()) return true;
  const std::uint32_t bit = 1U << (found - kMembers.begin());
  if ((seen_ & bit) != 0) return reading_.reject("appears more than once");
  seen_ |= bit;
  return true;
}

bool Scanner::member(const std::string& name) {
  const Reading::Step step(reading_, name);
  if (!once(name)) return false;
  if (name == "contents") return contents();
  if (name == "generationConfig") return config();
  if (name == "tools") return tools();
  if (name == "model") return model();
  if (name == "cachedContent") head_.has_cache_marks = true;
  return reading_.cursor.skip();
}

bool Scanner::contents() {
  auto& cursor = reading_.cursor;
  const std::size_t begin = cursor.offset();
  const Kind kind = cursor.kind();
  if (kind == Kind::array) {
    cursor.enter_array();
    while (cursor.next_element()) {
      if (++head_.messages_count > reading_.limits.messages_max) {
        return reading_.reject("more than " + std::to_string(reading_.limits.messages_max) +
                               " contents");
      }
      if (!cursor.skip()) return false;
    }
  } else if (kind == Kind::object || kind == Kind::none) {
    head_.messages_count = 1;
    if (!cursor.skip()) return false;
  } else {
    return reading_.reject("expected an array, but got " + std::string(name(kind)));
  }
  head_.prompt = reading_.text.substr(begin, cursor.value_range().end - begin);
  return cursor.ok();
}

bool Scanner::config() {
  if (!reading_.enter()) return false;
  std::string_view name;
  while (reading_.member(name)) {
    const bool limit = name == "maxOutputTokens";
    if (!limit && name != "candidateCount") continue;
    const Reading::Step step(reading_, limit ? "maxOutputTokens" : "candidateCount");
    if (!once(limit ? kMembers[5] : kMembers[6])) return false;
    std::optional<std::int64_t> count;
    if (!reading_.integer(count)) return false;
    if (*count < 0) return reading_.reject("expected an integer that is not negative");
    if (limit) {
      head_.output_tokens_max = count;
    } else {
      head_.candidates = *count;
    }
  }
  return !reading_.failed();
}

bool Scanner::tools() {
  if (reading_.cursor.kind() != Kind::array) return tool();
  reading_.cursor.enter_array();
  while (reading_.cursor.next_element()) {
    if (!tool()) return false;
  }
  return reading_.cursor.ok();
}

// Any tool counts; the provider says what is wrong with it.
bool Scanner::tool() {
  head_.has_tools = true;
  return reading_.cursor.skip();
}

bool Scanner::model() {
  std::string model;
  if (!reading_.string(model)) return false;
  head_.model_value = reading_.cursor.value_range();
  return bare_model(model) == head_.model ||
         reading_.reject("another model than the one in the URL");
}

base::Result<chat::Head> Scanner::run(std::string model) {
  head_.model = std::move(model);
  head_.is_empty = true;
  std::string_view name;
  if (reading_.enter()) {
    while (reading_.member(name)) {
      head_.is_empty = false;
      if (!member(std::string(name))) break;
    }
    head_.end = reading_.cursor.value_range().begin;
  }
  if (!reading_.finish()) return reading_.error();
  if (head_.prompt.empty()) {
    return base::fail(Errc::invalid_request, "contents is not specified.", "contents");
  }
  return std::move(head_);
}

}  // namespace

std::string_view bare_model(std::string_view model) {
  constexpr std::string_view kFolder = "models/";
  return model.starts_with(kFolder) ? model.substr(kFolder.size()) : model;
}

base::Result<std::string> model_of(const chat::Source& source, const chat::Limits& limits) {
  const std::string_view model = bare_model(source.model);
  if (model.empty()) {
    return base::fail(Errc::invalid_request, "the URL names no model.", "model");
  }
  if (model.size() > limits.model_bytes_max) {
    return base::fail(
        Errc::invalid_request,
        "the model's name is longer than " + std::to_string(limits.model_bytes_max) + " bytes.",
        "model");
  }
  return std::string(model);
}

base::Result<chat::Head> scan_request(std::string_view body, const chat::Source& source,
                                      const chat::Limits& limits) {
  auto model = model_of(source, limits);
  if (!model) return model.error();
  auto head = Scanner(body, limits).run(*std::move(model));
  if (head) head->stream = source.stream;
  return head;
}

std::optional<std::string> edit_request(std::string_view body, const chat::Head& head,
                                        const chat::Edits& edits) {
  if (!edits.model || head.model_value.empty() || *edits.model == head.model) return std::nullopt;
  std::string edited(body.substr(0, head.model_value.begin));
  edited += base::json_string("models/" + std::string(*edits.model));
  edited += body.substr(head.model_value.end);
  return edited;
}

}  // namespace headgate::llm::gemini
