// Requests of Google's APIs are protocol buffers in JSON's clothes. A Message describes one kind:
// its fields, their types, which of them exclude each other. Checking notes every violation at
// once, in Google's words; reading takes a field by its proto name or in camel case. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/gemini/api_error.h"

namespace headgate::lab::gemini {

enum class Kind : std::uint8_t { text, boolean, integer, number, bytes, choice, message, any };

struct Message;

struct Field {
  std::string_view name;  // in snake case
  Kind kind = Kind::any;
  bool repeated = false;
  const Message* message = nullptr;               // of Kind::message
  std::span<const std::string_view> values = {};  // of Kind::choice
  std::string_view type = {};                     // name of the enum
  bool one_of = false;                            // excludes the others that are marked
  bool map = false;                               // names of the user's choice, values as said
};

struct Message {
  std::string_view type;
  std::span<const Field> fields;
  std::string_view one_of = {};  // what the fields marked so are together
};

/// What is wrong with `value` as a `message`, in the order of its fields.
std::vector<Violation> violations_of(const boost::json::value& value, const Message& message);

// ---- reading; REQUIRES: no violations

/// The field, or null when it is not there or null. `name` is in snake case.
const boost::json::value* field(const boost::json::object& object, std::string_view name);
/// A message in it; null when there is none.
const boost::json::object* object_in(const boost::json::object& object, std::string_view name);
std::string text_in(const boost::json::object& object, std::string_view name);
bool flag_in(const boost::json::object& object, std::string_view name);
/// Whole numbers may come as text.
std::int64_t integer_in(const boost::json::object& object, std::string_view name,
                        std::int64_t otherwise);
double number_in(const boost::json::object& object, std::string_view name, double otherwise);
/// The items of a repeated field, which one value may stand for.
std::vector<const boost::json::value*> items_in(const boost::json::object& object,
                                                std::string_view name);

}  // namespace headgate::lab::gemini
