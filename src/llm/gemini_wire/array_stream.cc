#include "llm/gemini_wire/array_stream.h"

namespace headgate::llm::gemini {
namespace {

base::Error malformed(std::string_view expected) {
  return base::fail(base::Errc::upstream_malformed,
                    "the provider's stream is no JSON array: expected " + std::string(expected));
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

// A byte outside of objects. True when an object begins with it.
base::Result<bool> ArraySplitter::between(char c) {
  if (is_blank(c)) return false;
  switch (state_) {
    case State::before:
      if (c != '[') return malformed("'['");
      state_ = State::element_or_end;
      return false;
    case State::comma_or_end:
      if (c != ',' && c != ']') return malformed("',' or ']'");
      state_ = c == ',' ? State::element : State::done;
      return false;
    case State::element_or_end:
      if (c == ']') {
        state_ = State::done;
        return false;
      }
      [[fallthrough]];
    case State::element:
      if (c != '{') return malformed("an object");
      state_ = State::inside;
      return true;
    case State::inside:
    case State::done: break;
  }
  return malformed("nothing after the array");
}

// A byte of an object. True when it closes the object.
bool ArraySplitter::inside(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return false;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') --depth_;
  return depth_ == 0;
}

base::Result<bool> ArraySplitter::next(std::string_view& object) {
  if (state_ != State::inside) held_.clear();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < fed_.size(); ++i) {
    if (state_ != State::inside) {
      const auto begins = between(fed_[i]);
      if (!begins) return begins.error();
      if (!*begins) continue;
      begin = i;
      depth_ = 0;
    }
    if (!inside(fed_[i])) continue;
    state_ = State::comma_or_end;
    const std::string_view piece = fed_.substr(begin, i + 1 - begin);
    fed_.remove_prefix(i + 1);
    object = held_.empty() ? piece : std::string_view(held_.append(piece));
    if (object.size() <= object_bytes_max_) return true;
    return base::fail(base::Errc::upstream_too_large, "an object of the stream is too large");
  }
  if (state_ == State::inside) held_.append(fed_.substr(begin));
  fed_ = {};
  if (held_.size() <= object_bytes_max_) return false;
  return base::fail(base::Errc::upstream_too_large, "an object of the stream is too large");
}

}  // namespace headgate::llm::gemini
