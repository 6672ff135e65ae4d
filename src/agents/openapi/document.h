// An OpenAPI document as plain JSON values, and the way around in it: a Spot is a value with its
// place, references between parts of the document are followed, those out of it never. Bounded by
// the configuration's limits on files. Immutable once read; Spots point into it.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"
#include "base/result.h"

namespace headgate::agents::openapi {

/// A value of a document, or the place where one could be.
struct Spot {
  const boost::json::value* value = nullptr;
  std::string pointer;  // JSON pointer: "/paths/~1orders/get"

  bool present() const { return value != nullptr; }
  bool is_object() const { return value != nullptr && value->is_object(); }
  Spot operator[](std::string_view key) const;
  Spot at(std::size_t index) const;
  /// Keys of an object, in the order of the document.
  std::vector<std::string_view> keys() const;
  /// Of an array.
  std::size_t size() const {
    return present() && value->is_array() ? value->get_array().size() : 0;
  }
  /// Empty unless it is a string.
  std::string_view text() const;
  /// False unless it is true.
  bool flag() const { return present() && value->is_bool() && value->get_bool(); }
};

/// Something of the document that cannot be used, or is left out.
struct Remark {
  std::string pointer;
  std::string what;
};

/// What is said of one operation.
struct Remarks {
  std::vector<Remark> wrong;    // it cannot be a tool
  std::vector<Remark> warning;  // it can, but the person should know

  void fail(const Spot& at, std::string what) { wrong.push_back({at.pointer, std::move(what)}); }
  void warn(const Spot& at, std::string what) { warning.push_back({at.pointer, std::move(what)}); }
};

class Document {
 public:
  /// YAML or JSON. Errors: config_invalid, with line and column where they are known.
  static base::Result<Document> read(std::string_view text);

  Spot root() const { return {&root_, {}}; }
  /// Whether its schemas are those of 3.0 rather than JSON Schema.
  bool has_old_schemas() const { return is_3_0_; }
  /// What `spot` says, or what it refers to. Nothing: the reference cannot be followed, `remarks`
  /// says why.
  std::optional<Spot> follow(Spot spot, Remarks& remarks) const;
  /// The value at a JSON pointer; not present(): there is none.
  Spot at(std::string_view pointer) const;
  /// "#/paths/~1orders/get (line 12)", for people; the line in YAML only.
  std::string place(const std::string& pointer) const;

 private:
  boost::json::value root_;
  base::config::Node marks_;  // empty for JSON
  bool is_3_0_ = false;
};

}  // namespace headgate::agents::openapi
