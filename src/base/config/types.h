// The value types that configuration has beside the plain ones. Each Parsed type is a small value
// with parse() and text(); errors are sentences for the reader of the file and repeat nothing of
// the input that may be a secret. Empty means "not given".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace headgate::base::config {

/// An http or https URL without credentials, query or fragment: where a provider is.
struct Url {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
  std::string path;  // "" or "/v1": no trailing slash

  static Result<Url> parse(std::string_view text);
  std::string text() const;
  bool empty() const { return host.empty(); }
};

/// An IP address (or "localhost") and a port to listen on: "127.0.0.1:8787", "[::1]:0". Port 0: any
/// free one.
struct Address {
  std::string host;
  std::uint16_t port = 0;

  static Result<Address> parse(std::string_view text);
  std::string text() const;
  bool empty() const { return host.empty(); }
  /// Whether only this machine can reach it.
  bool is_loopback() const;
};

/// A price or a budget in decimal dollars, exact.
struct Dollars {
  Picodollars amount = 0;

  static Result<Dollars> parse(std::string_view text);
  std::string text() const;  // "0.15"
};

/// Any YAML at all, kept as JSON text: schemas, templates of bodies. Empty: not given.
struct Json {
  std::string text;

  bool empty() const { return text.empty(); }
  friend bool operator==(const Json&, const Json&) = default;
};

/// Entries by name, in the order of the file. Lookup is linear: build an index for a hot path.
template <class T>
class OrderedMap {
 public:
  using mapped_type = T;
  using Entry = std::pair<std::string, T>;

  const T* find(std::string_view name) const {
    for (const Entry& entry : entries_) {
      if (entry.first == name) return &entry.second;
    }
    return nullptr;
  }
  T& add(std::string name) { return entries_.emplace_back(std::move(name), T{}).second; }
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> out;
    for (const Entry& entry : entries_) out.push_back(entry.first);
    return out;
  }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  void clear() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;
};

template <class T>
inline constexpr bool kIsOrderedMap = false;
template <class T>
inline constexpr bool kIsOrderedMap<OrderedMap<T>> = true;

/// An HTTP field name (RFC 9110 token).
bool is_header_name(std::string_view text);

}  // namespace headgate::base::config
