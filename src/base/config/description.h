// A struct's fields() as plain data: what the JSON Schema, the reference and the comparison of two
// configurations walk. Made on demand from an object, whose values it carries (for the reference, a
// default-constructed one). Meta's views point to literals.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/value.h"

namespace headgate::base::config {

enum class Kind : std::uint8_t {
  boolean,
  integer,
  number,
  string,
  choice,
  path,
  url,
  address,
  dollars,
  secret,
  json,
  list,
  map,
  record,
};

struct FieldDescription;

struct Description {
  Kind kind = Kind::record;
  std::string value;  // as JSON; empty: not given
  std::vector<std::string_view> choices;
  std::vector<Description> element;  // one, of a list or a map
  std::vector<FieldDescription> fields;
};

struct FieldDescription {
  std::string_view name;
  Meta meta;
  Description type;
};

template <class T>
Description describe(const T& value);

/// "ms", "bytes", "days": the unit that is part of a key's name; empty when it has none.
std::string_view unit_of(std::string_view key);

/// Dotted keys marked needs_restart whose values differ; `before` and `after` describe the same
/// struct.
std::vector<std::string> restart_needed(const Description& before, const Description& after);

namespace detail {

template <class T>
constexpr Kind scalar_kind() {
  if constexpr (std::is_same_v<T, bool>) return Kind::boolean;
  if constexpr (Integer<T>) return Kind::integer;
  if constexpr (std::is_same_v<T, double>) return Kind::number;
  if constexpr (Choice<T>) return Kind::choice;
  if constexpr (std::is_same_v<T, std::filesystem::path>) return Kind::path;
  if constexpr (std::is_same_v<T, Url>) return Kind::url;
  if constexpr (std::is_same_v<T, Address>) return Kind::address;
  if constexpr (std::is_same_v<T, Dollars>) return Kind::dollars;
  if constexpr (std::is_same_v<T, SecretRef>) return Kind::secret;
  if constexpr (std::is_same_v<T, Json>) return Kind::json;
  return Kind::string;
}

template <class T>
struct FieldDescriber {
  const T& object;
  std::vector<FieldDescription>& out;

  template <class Member, class Owner>
  void field(std::string_view name, Member Owner::*member, const Meta& meta) {
    out.push_back({name, meta, describe(object.*member)});
  }
};

}  // namespace detail

template <class T>
Description describe(const T& value) {
  Description out;
  if constexpr (Record<T>) {
    detail::FieldDescriber<T> describer{value, out.fields};
    T::fields(describer);
  } else if constexpr (kIsOptional<T>) {
    out = describe(value.value_or(typename T::value_type{}));
  } else if constexpr (kIsVector<T>) {
    out.kind = Kind::list;
    out.element.push_back(describe(typename T::value_type{}));
  } else if constexpr (kIsOrderedMap<T>) {
    out.kind = Kind::map;
    out.element.push_back(describe(typename T::mapped_type{}));
  } else {
    out.kind = detail::scalar_kind<T>();
    if constexpr (Choice<T>) {
      out.choices.assign(EnumNames<T>::names.begin(), EnumNames<T>::names.end());
    }
  }
  out.value = is_given(value) ? to_json(value) : std::string();
  return out;
}

}  // namespace headgate::base::config
