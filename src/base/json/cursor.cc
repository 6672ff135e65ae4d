#include "base/json/cursor.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/json/scan.h"

namespace headgate::base::json {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Where the first sequence that is not UTF-8 stands. Only for the message, so it may take its time.
std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size > 1 && (size > text.size() - i || !simdjson::validate_utf8(&text[i], size))) break;
    i += size;
  }
  return i;
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::object: return "an object";
    case Kind::array: return "an array";
    case Kind::string: return "a string";
    case Kind::number: return "a number";
    case Kind::boolean: return "a boolean";
    case Kind::null: return "null";
    case Kind::none: break;
  }
  return "nothing";
}

Cursor::Cursor(std::string_view text, std::size_t depth_max)
    : text_(text),
      at_(text.data()),
      end_(text.data() + text.size()),
      depth_max_(std::min(depth_max, kDepthMax)),
      pending_(true) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    fail_at(first_invalid_utf8(text), "valid UTF-8");
  }
}

const char* Cursor::fail(const char* at, std::string_view expected) {
  fail_at(offset_of(at), expected);
  return nullptr;
}

bool Cursor::fail_at(std::size_t offset, std::string_view expected) {
  if (ok()) failure_ = {offset, expected};
  return false;
}

Error Cursor::error(Errc code) const {
  return base::fail(code, "invalid JSON at byte " + std::to_string(failure_.offset) +
                              ": expected " + std::string(failure_.expected));
}

inline const char* Cursor::blanks(const char* p) const {
  while (p < end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
  return p;
}

std::size_t Cursor::offset() {
  at_ = blanks(at_);
  return offset_of(at_);
}

Kind Cursor::kind() {
  if (!ok()) return Kind::none;
  at_ = blanks(at_);
  switch (peek(at_)) {
    case '{': return Kind::object;
    case '[': return Kind::array;
    case '"': return Kind::string;
    case 't':
    case 'f': return Kind::boolean;
    case 'n': return Kind::null;
    default: return is_digit(peek(at_)) || peek(at_) == '-' ? Kind::number : Kind::none;
  }
}

inline const char* Cursor::begin_value() {
  if (!ok()) return nullptr;
  const char* p = blanks(at_);
  if (!pending_) return fail(p, depth_ == 0 ? "the end" : "',' or the end of the container");
  return p;
}

// `end` is null when the value was not read to its end.
inline bool Cursor::value_done(const char* begin, const char* end) {
  if (end == nullptr) return false;
  at_ = end;
  value_ = {offset_of(begin), offset_of(end)};
  pending_ = false;
  return true;
}

inline const char* Cursor::push(const char* p, bool is_object) {
  if (depth_ == depth_max_) return fail(p, "less depth");
  ++depth_;
  const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
  std::uint64_t& word = stack_[depth_ / 64];
  word = is_object ? word | bit : word & ~bit;
  return p + 1;
}

inline const char* Cursor::pop(const char* p) {
  --depth_;
  fresh_ = false;
  return p + 1;
}

bool Cursor::enter(char open, std::string_view expected) {
  const char* p = begin_value();
  if (p == nullptr) return false;
  if (peek(p) != open) return fail_at(offset_of(p), expected);
  p = push(p, open == '{');
  if (p == nullptr) return false;
  at_ = p;
  fresh_ = true;
  pending_ = false;
  return true;
}

bool Cursor::enter_object() { return enter('{', "an object"); }
bool Cursor::enter_array() { return enter('[', "an array"); }

// Behind a value, or behind the opening bracket: true when another element follows.
inline bool Cursor::after_value(char close, std::string_view expected) {
  if (!ok() || (pending_ && !skip())) return false;
  const char* p = blanks(at_);
  if (peek(p) == close) {
    value_done(p, pop(p));
    return false;
  }
  if (fresh_) {
    fresh_ = false;
  } else if (peek(p) == ',') {
    p = blanks(p + 1);
  } else {
    return fail_at(offset_of(p), expected);
  }
  at_ = p;
  pending_ = true;
  return true;
}

bool Cursor::next_element() {
  if (ok() && in_object()) return fail_at(offset(), "next_key() in an object");
  return after_value(']', "',' or ']'");
}

bool Cursor::next_key(std::string_view& key) {
  if (ok() && !in_object()) return fail_at(offset(), "next_element() in an array");
  if (!after_value('}', "',' or '}'")) return false;
  bool escaped = false;
  const char* p = scan_name(at_, key_, escaped);
  if (p == nullptr) return false;
  at_ = p;
  key = text_.substr(key_.begin + 1, key_.size() - 2);
  if (escaped) {
    std::size_t size = 0;
    if (decode_small({key, true}, key_buffer_, size)) key = {key_buffer_.data(), size};
  }
  return true;
}

std::string Cursor::key_decoded() const {
  const std::string_view raw = text_.substr(key_.begin + 1, key_.size() - 2);
  return Text{raw, raw.find('\\') != std::string_view::npos}.decode();
}

bool Cursor::string(Text& value) {
  const char* begin = begin_value();
  if (begin == nullptr) return false;
  if (peek(begin) != '"') return fail_at(offset_of(begin), "a string");
  value.escaped = false;
  if (!value_done(begin, scan_string(begin, value.escaped))) return false;
  value.raw = text_.substr(value_.begin + 1, value_.size() - 2);
  return true;
}

bool Cursor::boolean(bool& value) {
  const char* begin = begin_value();
  if (begin == nullptr) return false;
  value = peek(begin) == 't';
  if (!value && peek(begin) != 'f') return fail_at(offset_of(begin), "a boolean");
  return value_done(begin, scan_literal(begin, value ? "true" : "false"));
}

bool Cursor::null() {
  const char* begin = begin_value();
  return begin != nullptr && value_done(begin, scan_literal(begin, "null"));
}

bool Cursor::integer(std::int64_t& value) {
  const char* begin = begin_value();
  if (begin == nullptr) return false;
  const std::optional<std::int64_t> number = maybe_integer();
  if (ok() && !number) return fail_at(offset_of(begin), "a 64-bit integer");
  value = number.value_or(0);
  return ok();
}

bool Cursor::maybe_string(Text& value) {
  if (kind() == Kind::string) return string(value);
  skip();
  return false;
}

std::optional<std::int64_t> Cursor::maybe_integer() {
  if (kind() != Kind::number) {
    skip();
    return std::nullopt;
  }
  if (!skip()) return std::nullopt;
  const std::string_view digits = value_text();
  std::int64_t value = 0;
  const char* last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

// From the opening quote to behind the closing one.
inline const char* Cursor::scan_string(const char* p, bool& escaped) {
  p = find_string_special(p + 1, end_);
  if (p < end_ && *p == '"') return p + 1;
  return scan_string_slowly(p, escaped);
}

// From the first byte that is special.
const char* Cursor::scan_string_slowly(const char* p, bool& escaped) {
  for (;;) {
    if (p == end_) return fail(p, "the closing '\"' of a string");
    if (*p == '"') return p + 1;
    if (*p != '\\') return fail(p, "no control character in a string");
    escaped = true;
    p = scan_escape(p);
    if (p == nullptr) return nullptr;
    p = find_string_special(p, end_);
  }
}

const char* Cursor::scan_escape(const char* p) {
  ++p;
  switch (peek(p)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return p + 1;
    case 'u': break;
    default: return fail(p, "an escape character");
  }
  ++p;
  for (int i = 0; i < 4; ++i, ++p) {
    if (!is_hex(peek(p))) return fail(p, "four hex digits");
  }
  return p;
}

const char* Cursor::scan_number(const char* p) {
  const auto digits = [this](const char* from) {
    if (!is_digit(peek(from))) return fail(from, "a digit");
    while (from < end_ && is_digit(*from)) ++from;
    return from;
  };
  if (peek(p) == '-') ++p;
  p = peek(p) == '0' ? p + 1 : digits(p);
  if (p != nullptr && peek(p) == '.') p = digits(p + 1);
  if (p != nullptr && (peek(p) == 'e' || peek(p) == 'E')) {
    ++p;
    if (peek(p) == '+' || peek(p) == '-') ++p;
    p = digits(p);
  }
  return p;
}

inline const char* Cursor::scan_literal(const char* p, std::string_view word) {
  const std::string_view rest(p, static_cast<std::size_t>(end_ - p));
  return rest.starts_with(word) ? p + word.size() : fail(p, word);
}

inline const char* Cursor::scan_scalar(const char* p) {
  bool unused = false;
  const char c = peek(p);
  switch (c) {
    case '"': return scan_string(p, unused);
    case 't': return scan_literal(p, "true");
    case 'f': return scan_literal(p, "false");
    case 'n': return scan_literal(p, "null");
    default: return is_digit(c) || c == '-' ? scan_number(p) : fail(p, "a value");
  }
}

// A member name, its colon and the blanks around it.
inline const char* Cursor::scan_name(const char* p, Range& name, bool& escaped) {
  if (peek(p) != '"') return fail(p, "a member name");
  const char* begin = p;
  p = scan_string(p, escaped);
  if (p == nullptr) return nullptr;
  name = {offset_of(begin), offset_of(p)};
  p = blanks(p);
  return peek(p) == ':' ? blanks(p + 1) : fail(p, "':'");
}

// Behind a value inside a container that skip() opened: passes every bracket that closes, and a
// comma. `more` says whether another value has to follow before the container at `base` is done.
inline const char* Cursor::close_or_continue(const char* p, std::size_t base, bool& more) {
  more = false;
  while (depth_ > base) {
    p = blanks(p);
    const bool object = in_object();
    const char c = peek(p);
    if (c == ',') {
      more = true;
      p = blanks(p + 1);
      Range name;
      bool escaped = false;
      return object ? scan_name(p, name, escaped) : p;
    }
    if (c != (object ? '}' : ']')) return fail(p, object ? "',' or '}'" : "',' or ']'");
    p = pop(p);
  }
  return p;
}

bool Cursor::skip() {
  const char* const begin = begin_value();
  const char* p = begin;
  const std::size_t base = depth_;
  for (bool more = p != nullptr; more;) {
    const char c = peek(p);
    if (c != '{' && c != '[') {
      p = scan_scalar(p);
    } else {
      const bool object = c == '{';
      p = push(p, object);
      if (p == nullptr) return false;
      p = blanks(p);
      if (peek(p) != (object ? '}' : ']')) {
        Range name;
        bool escaped = false;
        if (object) p = scan_name(p, name, escaped);
        if (p == nullptr) return false;
        continue;
      }
      p = pop(p);
    }
    if (p == nullptr) return false;
    if (depth_ == base) break;
    p = close_or_continue(p, base, more);
    if (p == nullptr) return false;
  }
  return value_done(begin, p);
}

bool Cursor::finish() {
  if (!ok() || (pending_ && !skip())) return false;
  if (depth_ > 0) return fail_at(offset(), "the container to be read to its end");
  return offset() == text_.size() || fail_at(offset(), "the end");
}

bool valid(std::string_view text, std::size_t depth_max) {
  Cursor cursor(text, depth_max);
  return cursor.finish();
}

}  // namespace headgate::base::json
