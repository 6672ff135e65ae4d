// Writes JSON text into a string, one value after the other; commas come by themselves. Checks
// nothing: whoever uses it opens and closes in order. Values that were read as text go back in as
// they were written (raw), so numbers and member order survive. Lives on the stack.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text/strings.h"

namespace headgate::base::json {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out), begin_(out.size()) {}

  void begin_object() { open('{'); }
  void end_object() { out_ += '}'; }
  void begin_array() { open('['); }
  void end_array() { out_ += ']'; }
  void key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
  }

  void string(std::string_view text) {
    comma();
    append_json_string(out_, text);
  }
  void integer(std::int64_t value) {
    comma();
    char digits[20];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }
  /// REQUIRES: `json` is one JSON value.
  void raw(std::string_view json) {
    comma();
    out_ += json;
  }

  void member(std::string_view name, std::string_view text) {
    key(name);
    string(text);
  }
  void member(std::string_view name, const char* text) { member(name, std::string_view(text)); }
  template <std::integral Number>
  void member(std::string_view name, Number value) {
    key(name);
    if constexpr (std::same_as<Number, bool>) {
      boolean(value);
    } else {
      integer(static_cast<std::int64_t>(value));
    }
  }
  void member_null(std::string_view name) {
    key(name);
    null();
  }
  void member_raw(std::string_view name, std::string_view json) {
    key(name);
    raw(json);
  }
  void object(std::string_view name) {
    key(name);
    begin_object();
  }
  void array(std::string_view name) {
    key(name);
    begin_array();
  }

 private:
  // What was written last says whether a comma is due: no value ends with one of these.
  void comma() {
    if (out_.size() == begin_) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
  }
  void open(char bracket) {
    comma();
    out_ += bracket;
  }

  std::string& out_;
  std::size_t begin_;
};

}  // namespace headgate::base::json
