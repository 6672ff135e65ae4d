// Writes a configuration value as JSON, which is also YAML: what a default looks like, what a
// changed key is compared by, and what can be read back. Values that are not given (empty
// optionals, URLs, paths, secrets) are left out of their record. Secrets appear as references only.
#pragma once

#include <filesystem>
#include <string>

#include "base/config/fields.h"
#include "base/config/types.h"
#include "base/text/secret.h"
#include "base/text/strings.h"

namespace headgate::base::config {

std::string number_text(double value);

template <class T>
bool is_given(const T& value) {
  if constexpr (kIsOptional<T>) {
    return value.has_value();
  } else if constexpr (std::is_same_v<T, Dollars>) {
    return true;
  } else if constexpr (Parsed<T> || std::is_same_v<T, std::filesystem::path> ||
                       std::is_same_v<T, Json>) {
    return !value.empty();
  } else {
    return true;
  }
}

template <class T>
void append_json(std::string& out, const T& value);

namespace detail {

template <class T>
struct FieldWriter {
  const T& object;
  std::string& out;
  bool first = true;

  template <class Member, class Owner>
  void field(std::string_view name, Member Owner::*member, const Meta&) {
    if (!is_given(object.*member)) return;
    if (!first) out += ", ";
    first = false;
    append_json_string(out, name);
    out += ": ";
    append_json(out, object.*member);
  }
};

template <class Range, class Write>
void append_joined(std::string& out, const Range& range, Write write) {
  bool first = true;
  for (const auto& item : range) {
    if (!first) out += ", ";
    first = false;
    write(item);
  }
}

}  // namespace detail

template <class T>
void append_json(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (Integer<T>) {
    out += std::to_string(value);
  } else if constexpr (std::is_same_v<T, double>) {
    out += number_text(value);
  } else if constexpr (std::is_same_v<T, Dollars>) {
    out += value.text();
  } else if constexpr (std::is_same_v<T, Json>) {
    out += value.empty() ? "null" : value.text;
  } else if constexpr (Choice<T>) {
    append_json_string(out, EnumNames<T>::names[static_cast<std::size_t>(value)]);
  } else if constexpr (Parsed<T>) {
    append_json_string(out, value.text());
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    append_json_string(out, value.native());
  } else if constexpr (kIsOptional<T>) {
    if (value) append_json(out, *value);
  } else if constexpr (kIsVector<T>) {
    out += '[';
    detail::append_joined(out, value, [&](const auto& item) { append_json(out, item); });
    out += ']';
  } else if constexpr (kIsOrderedMap<T>) {
    out += '{';
    detail::append_joined(out, value, [&](const auto& entry) {
      append_json_string(out, entry.first);
      out += ": ";
      append_json(out, entry.second);
    });
    out += '}';
  } else if constexpr (Record<T>) {
    out += '{';
    detail::FieldWriter<T> writer{value, out};
    T::fields(writer);
    out += '}';
  } else {
    static_assert(std::is_same_v<T, std::string>, "not a configuration type");
    append_json_string(out, value);
  }
}

template <class T>
std::string to_json(const T& value) {
  std::string out;
  append_json(out, value);
  return out;
}

}  // namespace headgate::base::config
