// A value of a request and the place where it stands, as "messages.0.content.1.image". Reading one
// notes what is wrong with it in Anthropic's words; the first thing noted is the answer. Views into
// the parsed body, which outlives them. Pure.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "lab/anthropic/api_error.h"

namespace headgate::lab::anthropic {

class Node {
 public:
  /// `value` is null where there is none.
  Node(const boost::json::value* value, std::string path, Problem& problem)
      : value_(value), path_(std::move(path)), problem_(&problem) {}

  /// There, and not null.
  bool given() const { return value_ != nullptr && !value_->is_null(); }
  const boost::json::value& value() const { return *value_; }
  const std::string& path() const { return path_; }

  Node operator[](std::string_view key) const;
  /// The same value, with the name of its variant in the path: Anthropic shows both.
  Node as(std::string_view variant) const;
  bool is_text() const { return given() && value_->is_string(); }
  bool is_list() const { return given() && value_->is_array(); }

  /// "path: Field required" where it is not there.
  bool required() const;
  // Each notes a wrong type and returns an empty value then. What is not there is nothing wrong.
  std::string text() const;
  std::int64_t integer(std::int64_t min) const;
  bool flag(bool otherwise) const;
  std::string choice(std::initializer_list<std::string_view> known) const;
  bool is_object() const;
  /// The items of a list; none where it is none.
  std::size_t size() const;
  Node item(std::size_t index) const;
  /// Notes a member that is none of `known`.
  void only(std::span<const std::string_view> known) const;
  void only(std::initializer_list<std::string_view> known) const {
    only(std::span(known.begin(), known.size()));
  }
  /// The variant that the member "type" names: one of `known`, else noted and empty.
  std::string variant(std::span<const std::string_view> known) const;
  std::string variant(std::initializer_list<std::string_view> known) const {
    return variant(std::span(known.begin(), known.size()));
  }

  /// Notes "path: says", where nothing was noted before.
  void note(std::string_view says) const;
  bool failed() const { return problem_->has_value(); }
  /// Notes a message without a place, and a machine's code for it.
  void note_all(std::string message, std::string code = {}) const;

 private:
  const boost::json::value* value_;
  std::string path_;
  Problem* problem_;
};

/// "'a', 'b' or 'c'"
std::string quoted_list(std::span<const std::string_view> names);

}  // namespace headgate::lab::anthropic
