// How a configuration struct describes itself: one static template names each field once,
//   template <class V> static void fields(V& v) {
//     v.field("threads", &ServerConfig::threads, {.doc = "Event loops.", .min = 0, .max = 256});
//   }
// and every use is a visitor of it: reading YAML (reader.h), writing a value (value.h), and the
// description from which the JSON Schema, the reference and the list of changed keys are made
// (description.h). Defaults are the members' initialisers. A unit is part of the key's name
// (`_ms`).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace headgate::base::config {

struct Meta {
  std::string_view doc;             // what it does, in a sentence or two
  std::string_view example;         // a value as YAML, where the default shows none
  std::string_view default_note;    // what stands in for an empty default: "the public name"
  std::optional<std::int64_t> min;  // of a number; of the length of a string, list or map
  std::optional<std::int64_t> max;
  bool required = false;
  bool needs_restart = false;  // a reload cannot change it
  bool must_exist = false;     // of a path: a file that can be read
};

namespace detail {
struct AnyVisitor {
  template <class Member>
  void field(std::string_view, Member, const Meta&) {}
};
template <class T>
struct OptionalOf : std::false_type {};
template <class T>
struct OptionalOf<std::optional<T>> : std::true_type {};
template <class T>
struct VectorOf : std::false_type {};
template <class T>
struct VectorOf<std::vector<T>> : std::true_type {};
}  // namespace detail

/// A struct with fields().
template <class T>
concept Record = requires(detail::AnyVisitor& v) {
  T::fields(v);
};

/// Specialise for an enum: `static constexpr std::array names` of string_view, in enumerator order.
template <class E>
struct EnumNames;

template <class E>
concept Choice = std::is_enum_v<E> && requires {
  EnumNames<E>::names.size();
};

template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// A type written as one scalar with a syntax of its own: Url, Address, Dollars, SecretRef.
template <class T>
concept Parsed = requires(const T& value, std::string_view text) {
  T::parse(text);
  value.text();
};

template <class T>
inline constexpr bool kIsOptional = detail::OptionalOf<T>::value;
template <class T>
inline constexpr bool kIsVector = detail::VectorOf<T>::value;

}  // namespace headgate::base::config
