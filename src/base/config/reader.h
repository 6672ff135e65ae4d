// Reads a document into typed structs by their fields(), collecting every problem instead of
// stopping at the first. What a file does not say keeps the member's initialiser. Relative paths,
// and those of `file:` secrets, start at the file's own folder. Made for one load and thrown away.
#pragma once

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/description.h"
#include "base/config/problem.h"

namespace headgate::base::config {

/// What the configuration refers to outside itself, for check_references().
struct SecretUse {
  Place at;
  SecretRef secret;
};
struct FileUse {
  Place at;
  std::filesystem::path path;
};

class Reader {
 public:
  Reader(Problems& problems, std::filesystem::path folder)
      : problems_(problems), folder_(std::move(folder)) {}

  template <class T>
  void read(const Cursor& at, const Meta& meta, T& out);

  /// One field of a record, which the file may not have.
  template <class T>
  void read_field(const Cursor& at, const Meta& meta, T& out);

  const std::vector<SecretUse>& secrets() const { return secrets_; }
  const std::vector<FileUse>& files() const { return files_; }

 private:
  void read_bool(const Cursor& at, bool& out);
  void read_number(const Cursor& at, const Meta& meta, double& out);
  void read_string(const Cursor& at, const Meta& meta, std::string& out);
  void read_path(const Cursor& at, const Meta& meta, std::filesystem::path& out);
  void read_secret(const Cursor& at, SecretRef& out);
  void read_any(const Cursor& at, Json& out);
  /// Within meta's bounds and [least, most].
  std::optional<std::int64_t> read_integer(const Cursor& at, const Meta& meta, std::int64_t least,
                                           std::int64_t most);
  std::optional<std::size_t> read_choice(const Cursor& at,
                                         const std::vector<std::string_view>& names);
  /// The text of a plain or quoted scalar; `expected` says what it should have been.
  std::optional<std::string_view> scalar(const Cursor& at, std::string_view expected);
  /// A scalar that YAML does not take for a number or a boolean.
  std::optional<std::string_view> text(const Cursor& at, std::string_view expected);
  bool is_kind(const Cursor& at, Node::Kind kind, std::string_view expected);
  bool check_length(const Cursor& at, const Meta& meta, std::size_t size, std::string_view unit);
  bool is_name(const Cursor& entry);
  void check_keys(const Cursor& at, const std::vector<std::string_view>& known);
  void check_duplicates(const Cursor& at);
  void missing(const Cursor& at, const Meta& meta);

  template <class T>
  void read_record(const Cursor& at, T& out);
  template <class T>
  void read_parsed(const Cursor& at, T& out);
  template <class T>
  void read_list(const Cursor& at, const Meta& meta, T& out);
  template <class T>
  void read_map(const Cursor& at, const Meta& meta, T& out);

  Problems& problems_;
  std::filesystem::path folder_;
  std::vector<SecretUse> secrets_;
  std::vector<FileUse> files_;
};

namespace detail {
template <class T>
struct FieldReader {
  Reader& reader;
  const Cursor& at;
  T& out;
  std::vector<std::string_view> known;

  template <class Member, class Owner>
  void field(std::string_view name, Member Owner::*member, const Meta& meta) {
    known.push_back(name);
    reader.read_field(at[name], meta, out.*member);
  }
};
}  // namespace detail

template <class T>
void Reader::read(const Cursor& at, const Meta& meta, T& out) {
  if constexpr (std::is_same_v<T, bool>) {
    read_bool(at, out);
  } else if constexpr (Integer<T>) {
    using Limits = std::numeric_limits<T>;
    const auto most = std::min<std::uint64_t>(Limits::max(), INT64_MAX);
    const auto value = read_integer(at, meta, static_cast<std::int64_t>(Limits::min()),
                                    static_cast<std::int64_t>(most));
    if (value) out = static_cast<T>(*value);
  } else if constexpr (std::is_same_v<T, double>) {
    read_number(at, meta, out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    read_string(at, meta, out);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    read_path(at, meta, out);
  } else if constexpr (std::is_same_v<T, SecretRef>) {
    read_secret(at, out);
  } else if constexpr (std::is_same_v<T, Json>) {
    read_any(at, out);
  } else if constexpr (Choice<T>) {
    const auto& names = EnumNames<T>::names;
    const auto value = read_choice(at, {names.begin(), names.end()});
    if (value) out = static_cast<T>(*value);
  } else if constexpr (kIsOptional<T>) {
    read(at, meta, out.emplace());
  } else if constexpr (kIsVector<T>) {
    read_list(at, meta, out);
  } else if constexpr (kIsOrderedMap<T>) {
    read_map(at, meta, out);
  } else if constexpr (Record<T>) {
    read_record(at, out);
  } else {
    static_assert(Parsed<T>, "not a configuration type");
    read_parsed(at, out);
  }
}

template <class T>
void Reader::read_field(const Cursor& at, const Meta& meta, T& out) {
  if (at.present()) {
    read(at, meta, out);
  } else if (meta.required) {
    missing(at, meta);
  } else if constexpr (Record<T>) {
    read_record(at, out);  // its required keys, and its paths
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    if (!out.empty()) out = (folder_ / out).lexically_normal();
  }
}

template <class T>
void Reader::read_record(const Cursor& at, T& out) {
  if (at.present() && !is_kind(at, Node::Kind::map, "a map of keys")) return;
  detail::FieldReader<T> reader{*this, at, out, {}};
  T::fields(reader);
  check_keys(at, reader.known);
}

template <class T>
void Reader::read_parsed(const Cursor& at, T& out) {
  const auto written = std::is_same_v<T, Dollars> ? scalar(at, "an amount") : text(at, "a string");
  if (!written) return;
  auto parsed = T::parse(*written);
  if (parsed) {
    out = *std::move(parsed);
  } else {
    problems_.add(at, parsed.error().detail);
  }
}

template <class T>
void Reader::read_list(const Cursor& at, const Meta& meta, T& out) {
  if (!is_kind(at, Node::Kind::list, "a list")) return;
  if (!check_length(at, meta, at.size(), "entries")) return;
  out.clear();
  for (std::size_t i = 0; i < at.size(); ++i) read(at.child(i), {}, out.emplace_back());
}

template <class T>
void Reader::read_map(const Cursor& at, const Meta& meta, T& out) {
  if (!is_kind(at, Node::Kind::map, "a map of names")) return;
  if (!check_length(at, meta, at.size(), "entries")) return;
  check_duplicates(at);
  out.clear();
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Cursor entry = at.child(i);
    const std::string& name = entry.node().key;
    if (is_name(entry) && out.find(name) == nullptr) read(entry, {}, out.add(name));
  }
}

/// Adds a problem for each secret that cannot be resolved and each file that cannot be read, and a
/// warning for each secret file that is open to everybody.
void check_references(const Reader& reader, Problems& problems, Problems& warnings);

}  // namespace headgate::base::config
