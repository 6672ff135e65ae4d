// A strict one-pass reader over JSON text that is already in memory: the caller pulls the members
// it wants and gets their byte ranges, everything else is validated and skipped. No allocation, no
// tree. Grammar: RFC 8259, nothing more (no BOM, comments, trailing commas, NaN), valid UTF-8
// throughout, a bound on depth. Escaped lone surrogates ("\ud83d") are grammatical and clients send
// them when they cut an emoji: they are accepted and decode to U+FFFD. Errors stick: after the
// first one every call returns false, so a caller checks once, after finish(). Owned by the stack
// of whoever reads; the text must outlive it and every view it gave out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/text.h"
#include "base/result.h"

namespace headgate::base::json {

/// Bytes [begin, end) of the text that is read.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool empty() const { return begin == end; }
  std::size_t size() const { return end - begin; }
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
  friend bool operator==(const Range&, const Range&) = default;
};

enum class Kind : std::uint8_t { none, object, array, string, number, boolean, null };

/// "an object", "a string"… for messages.
std::string_view name(Kind kind);

struct Failure {
  std::size_t offset = 0;
  std::string_view expected;  // "expected ',' or '}'"; static text
};

class Cursor {
 public:
  static constexpr std::size_t kDepthMax = 1024;

  /// `depth_max` counts open objects and arrays; more than kDepthMax is kDepthMax.
  explicit Cursor(std::string_view text, std::size_t depth_max = 128);

  /// What the next value is; none at an error, at the end, or where no value can start.
  Kind kind();

  /// Steps into the object that is next. Then next_key() until it returns false, which leaves it.
  bool enter_object();
  /// The next member: `key` without its quotes and escapes, valid until the next call. A value that
  /// was not read is skipped. (An escaped key that is longer than 64 bytes comes as it was
  /// written.)
  bool next_key(std::string_view& key);
  /// The last key without its quotes and escapes, however long.
  std::string key_decoded() const;
  /// Where the last key stands, with its quotes.
  Range key_range() const { return key_; }

  /// Steps into the array that is next. Then next_element() until it returns false, which leaves
  /// it.
  bool enter_array();
  bool next_element();

  /// Reads the next value, which must be of that kind.
  bool string(Text& value);
  bool boolean(bool& value);
  bool null();
  /// A number without fraction or exponent that fits.
  bool integer(std::int64_t& value);
  /// Validates and passes over the next value, whatever it is.
  bool skip();
  /// Passes over the next value; true when it was a string.
  bool maybe_string(Text& value);
  /// Passes over the next value; its number when it was one that integer() takes.
  std::optional<std::int64_t> maybe_integer();

  /// Where the last value that was read or skipped stands; for a container that next_key() or
  /// next_element() has just left, where its closing bracket stands.
  Range value_range() const { return value_; }
  std::string_view value_text() const { return value_.of(text_); }

  /// Offset of the next byte to read, behind blanks.
  std::size_t offset();

  /// True when the whole text was one value and nothing went wrong.
  bool finish();
  bool ok() const { return failure_.expected.empty(); }
  const Failure& failure() const { return failure_; }
  /// For a caller that wanted something else of the last value: fails there. Returns false.
  bool reject(std::string_view expected) { return fail_at(value_.begin, expected); }
  /// "invalid JSON at byte 17: expected ',' or '}'".
  Error error(Errc code = Errc::invalid_json) const;

 private:
  // The scan functions take a position and return the one behind what they read, null after an
  // error.
  const char* fail(const char* at, std::string_view expected);
  bool fail_at(std::size_t offset, std::string_view expected);
  char peek(const char* p) const { return p < end_ ? *p : '\0'; }
  const char* blanks(const char* p) const;
  const char* begin_value();
  bool value_done(const char* begin, const char* end);
  bool enter(char open, std::string_view expected);
  const char* push(const char* p, bool is_object);
  const char* pop(const char* p);
  bool in_object() const {
    return depth_ > 0 && ((stack_[depth_ / 64] >> (depth_ % 64)) & 1U) != 0;
  }
  const char* scan_string(const char* p, bool& escaped);
  const char* scan_string_slowly(const char* p, bool& escaped);
  const char* scan_escape(const char* p);
  const char* scan_number(const char* p);
  const char* scan_literal(const char* p, std::string_view word);
  const char* scan_scalar(const char* p);
  const char* scan_name(const char* p, Range& name, bool& escaped);
  const char* close_or_continue(const char* p, std::size_t base, bool& more);
  bool after_value(char close, std::string_view expected);
  std::size_t offset_of(const char* p) const { return static_cast<std::size_t>(p - text_.data()); }

  std::string_view text_;
  const char* at_;   // the next byte to read
  const char* end_;  // of text_
  std::size_t depth_ = 0;
  std::size_t depth_max_;
  Range key_;
  Range value_;
  Failure failure_;
  bool fresh_ = false;    // a container was entered and nothing of it read
  bool pending_ = false;  // a key or an element was announced, its value not read
  std::array<char, 64> key_buffer_;
  std::array<std::uint64_t, kDepthMax / 64 + 1> stack_{};  // bit per level: is it an object
};

/// Whether `text` is one JSON value.
bool valid(std::string_view text, std::size_t depth_max = 128);

}  // namespace headgate::base::json
