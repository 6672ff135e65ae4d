#include "llm/openai/chat_request.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "llm/openai/request_errors.h"

namespace headgate::llm::openai {
namespace {

using base::Errc;
using base::Error;
using base::json::Cursor;
using base::json::Kind;
using base::json::Range;
using base::json::Text;

// The members the gateway reads, in the order of their bits in Reader::seen_.
constexpr std::array<std::string_view, 12> kMembers = {"model",
                                                       "messages",
                                                       "stream",
                                                       "stream_options",
                                                       "user",
                                                       "max_tokens",
                                                       "max_completion_tokens",
                                                       "n",
                                                       "tools",
                                                       "safety_identifier",
                                                       "functions",
                                                       "prompt_cache_key"};

// Reads one request. A read function returns false when the cursor failed or error_ was set.
class Reader {
 public:
  Reader(std::string_view body, const chat::Limits& limits)
      : body_(body), limits_(limits), cursor_(body, limits.depth_max) {}

  base::Result<chat::Head> run();

 private:
  bool reject(Error error) {
    error_ = std::move(error);
    return false;
  }
  bool member(std::string_view key);
  bool once(std::string_view key);
  bool model();
  bool messages();
  bool stream();
  bool stream_options();
  bool include_usage();
  bool text(std::string_view param, std::size_t bytes_max, std::string& out);
  bool count(std::string_view param, std::optional<std::int64_t>& out);
  bool tools();
  base::Result<chat::Head> checked();

  std::string_view body_;
  const chat::Limits& limits_;
  Cursor cursor_;
  chat::Head request_;
  std::uint32_t seen_ = 0;
  std::optional<std::int64_t> max_tokens_;
  std::optional<std::int64_t> n_;
  std::string user_;
  std::optional<Error> error_;
};

bool Reader::once(std::string_view key) {
  const auto found = std::find(kMembers.begin(), kMembers.end(), key);
  if (found == kMembers.end()) return true;
  const std::uint32_t bit = 1U << (found - kMembers.begin());
  if ((seen_ & bit) != 0) {
    return reject(duplicate(key));
  }
  seen_ |= bit;
  return true;
}

bool Reader::member(std::string_view key) {
  if (!once(key)) return false;
  if (key == "model") return model();
  if (key == "messages") return messages();
  if (key == "stream") return stream();
  if (key == "stream_options") return stream_options();
  if (key == "user") return text(key, limits_.user_bytes_max, user_);
  if (key == "safety_identifier") return text(key, limits_.user_bytes_max, request_.user);
  if (key == "max_tokens") return count(key, max_tokens_);
  if (key == "max_completion_tokens") return count(key, request_.output_tokens_max);
  if (key == "n") return count(key, n_);
  if (key == "tools" || key == "functions") return tools();
  if (key == "prompt_cache_key") return text(key, limits_.user_bytes_max, request_.cache_key);
  return cursor_.skip();
}

bool Reader::model() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::string) {
    return kind == Kind::none ? cursor_.skip() : reject(wrong_type("model", "a string", kind));
  }
  Text value;
  if (!cursor_.string(value)) return false;
  request_.model_value = cursor_.value_range();
  if (!append(request_.model, value, limits_.model_bytes_max)) {
    return reject(
        invalid("model", "longer than " + std::to_string(limits_.model_bytes_max) + " bytes."));
  }
  return true;
}

bool Reader::messages() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::array) {
    if (kind == Kind::none) return cursor_.skip();
    return reject(wrong_type("messages", "an array of objects", kind));
  }
  const std::size_t begin = cursor_.offset();
  if (!cursor_.enter_array()) return false;
  while (cursor_.next_element()) {
    const Kind element = cursor_.kind();
    if (element != Kind::object && element != Kind::none) {
      const std::string param = "messages[" + std::to_string(request_.messages_count) + "]";
      return reject(wrong_type(param, "an object", element));
    }
    if (++request_.messages_count > limits_.messages_max) {
      return reject(
          invalid("messages", "more than " + std::to_string(limits_.messages_max) + " messages."));
    }
    if (!cursor_.skip()) return false;
  }
  request_.prompt = body_.substr(begin, cursor_.value_range().end - begin);
  return cursor_.ok();
}

bool Reader::stream() {
  const Kind kind = cursor_.kind();
  if (kind == Kind::boolean) return cursor_.boolean(request_.stream);
  if (kind == Kind::null || kind == Kind::none) return cursor_.skip();
  return reject(wrong_type("stream", "a boolean", kind));
}

bool Reader::stream_options() {
  const Kind kind = cursor_.kind();
  if (kind == Kind::null) {
    if (!cursor_.null()) return false;
    request_.stream_options.null = cursor_.value_range();
    return true;
  }
  if (kind == Kind::none) return cursor_.skip();
  if (kind != Kind::object) return reject(wrong_type("stream_options", "an object", kind));
  const std::size_t begin = cursor_.offset();
  if (!cursor_.enter_object()) return false;
  request_.stream_options.is_empty = true;
  std::string_view key;
  bool seen = false;
  while (cursor_.next_key(key)) {
    request_.stream_options.is_empty = false;
    if (key != "include_usage") continue;
    if (seen) {
      return reject(duplicate("stream_options.include_usage"));
    }
    seen = true;
    if (!include_usage()) return false;
  }
  request_.stream_options.value = Range{begin, cursor_.value_range().end};
  return cursor_.ok();
}

bool Reader::include_usage() {
  const Kind kind = cursor_.kind();
  bool value = false;
  if (kind == Kind::boolean) {
    if (!cursor_.boolean(value)) return false;
    request_.stream_options.include_usage = value;
  } else if (kind == Kind::null || kind == Kind::none) {
    if (!cursor_.skip()) return false;
  } else {
    return reject(wrong_type("stream_options.include_usage", "a boolean", kind));
  }
  request_.stream_options.include_usage_value = cursor_.value_range();
  return true;
}

bool Reader::text(std::string_view param, std::size_t bytes_max, std::string& out) {
  const Kind kind = cursor_.kind();
  if (kind == Kind::null || kind == Kind::none) return cursor_.skip();
  if (kind != Kind::string) return reject(wrong_type(param, "a string", kind));
  Text value;
  if (!cursor_.string(value)) return false;
  append(out, value, bytes_max);
  return true;
}

bool Reader::count(std::string_view param, std::optional<std::int64_t>& out) {
  const Kind kind = cursor_.kind();
  if (kind == Kind::null || kind == Kind::none) return cursor_.skip();
  if (kind != Kind::number) return reject(wrong_type(param, "an integer", kind));
  const std::optional<std::int64_t> value = cursor_.maybe_integer();
  if (!cursor_.ok()) return false;
  if (!value || *value < 0) {
    return reject(invalid(param, "expected an integer that is not negative."));
  }
  out = value;
  return true;
}

bool Reader::tools() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::array) return cursor_.skip();  // the provider says what is wrong with it
  if (!cursor_.enter_array()) return false;
  while (cursor_.next_element()) request_.has_tools = true;
  return cursor_.ok();
}

base::Result<chat::Head> Reader::checked() {
  constexpr std::uint32_t kModelBit = 1;
  constexpr std::uint32_t kMessagesBit = 2;
  if ((seen_ & kModelBit) == 0 || request_.model.empty()) {
    return base::fail(Errc::invalid_request, "you must provide a model parameter", "model");
  }
  if ((seen_ & kMessagesBit) == 0) {
    return missing("messages");
  }
  if (!request_.output_tokens_max) request_.output_tokens_max = max_tokens_;
  if (request_.user.empty()) request_.user = std::move(user_);
  request_.candidates = n_.value_or(1);
  return std::move(request_);
}

base::Result<chat::Head> Reader::run() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::object && kind != Kind::none) {
    return base::fail(Errc::invalid_request,
                      "Invalid type for the request body: expected an "
                      "object, but got " +
                          std::string(name(kind)) + " instead.");
  }
  std::string_view key;
  if (cursor_.enter_object()) {
    while (cursor_.next_key(key) && member(key)) {
    }
    request_.end = cursor_.value_range().begin;
  }
  if (error_) return *std::move(error_);
  if (!cursor_.finish()) return not_json(cursor_);
  return checked();
}

// The pieces of the edited body, in order: what is copied from the body, what is put in between.
class Splicer {
 public:
  explicit Splicer(std::string_view body) : body_(body) {}
  void replace(Range range, std::string_view text) {
    out_.append(body_.substr(from_, range.begin - from_)).append(text);
    from_ = range.end;
  }
  std::string finish() {
    out_.append(body_.substr(from_));
    return std::move(out_);
  }
  void reserve(std::size_t size) { out_.reserve(size); }

 private:
  std::string_view body_;
  std::string out_;
  std::size_t from_ = 0;
};

struct Edit {
  Range range;
  std::string text;
};

// The smallest change that makes the body say include_usage.
Edit usage_edit(const chat::Head& request) {
  const chat::StreamOptions& options = request.stream_options;
  if (!options.include_usage_value.empty()) return {options.include_usage_value, "true"};
  if (options.value) {
    const std::size_t inside = options.value->begin + 1;
    return {{inside, inside},
            options.is_empty ? "\"include_usage\":true" : "\"include_usage\":true,"};
  }
  if (options.null) {
    return {*options.null, "{\"include_usage\":true}"};
  }
  return {{request.end, request.end}, ",\"stream_options\":{\"include_usage\":true}"};
}

}  // namespace

base::Result<chat::Head> scan_chat_request(std::string_view body, const chat::Limits& limits) {
  return Reader(body, limits).run();
}

std::optional<std::string> edit_chat_request(std::string_view body, const chat::Head& request,
                                             const chat::Edits& edits) {
  std::array<Edit, 3> list;
  std::size_t size = 0;
  if (edits.model && *edits.model != request.model) {
    list[size++] = {request.model_value, base::json_string(*edits.model)};
  }
  if (edits.include_usage && request.stream && !request.usage_asked()) {
    list[size++] = usage_edit(request);
  }
  if (!edits.cache_key.empty() && request.cache_key.empty()) {
    list[size++] = {{request.end, request.end},
                    ",\"prompt_cache_key\":" + base::json_string(edits.cache_key)};
  }
  if (size == 0) return std::nullopt;
  std::stable_sort(list.begin(), list.begin() + size,
                   [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; });
  Splicer splicer(body);
  splicer.reserve(body.size() + list[0].text.size() + list[1].text.size() + list[2].text.size());
  for (std::size_t i = 0; i < size; ++i) splicer.replace(list[i].range, list[i].text);
  return splicer.finish();
}

}  // namespace headgate::llm::openai
