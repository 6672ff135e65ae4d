// The typed values that a tool's results have: where each is found, and whether it is endorsed,
// which is to say that an argument that must not be tainted may be that value. Immutable; safe from
// any thread; total over any bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/quarantine/value_type.h"

namespace headgate::agents {

struct ResultField {
  std::string name;
  ValueType type;
  std::string from;  // JSON pointer; empty: the reader finds it
  bool endorsed = false;
};

/// A value that was looked for.
struct TypedValue {
  std::string name;
  std::string json;      // canonical; empty: there is none
  bool dropped = false;  // there was something, and it was none of its type
  bool is_text = false;  // a string: it can say anything
  bool endorsed = false;
};
using TypedValues = std::vector<TypedValue>;

class ResultTypes {
 public:
  struct Wrong {
    std::string field;
    TypeWrong what;
  };
  static ResultTypes compile(const ResultTypeConfigs& config, std::vector<Wrong>& wrongs);

  bool empty() const { return fields_.empty(); }
  bool needs_reader() const;
  /// Values of the fields with a place in the result.
  TypedValues found_in(std::string_view result) const;
  /// Values of the others, of the reader's answer: an object.
  TypedValues read_of(std::string_view answer) const;
  /// For the reader: an object with each of those fields.
  std::string reader_schema() const;

 private:
  std::vector<ResultField> fields_;
};

/// The value at a JSON pointer; nothing: there is none, or it is null, or somebody else could read
/// another one there.
std::optional<std::string_view> at_pointer(std::string_view json, std::string_view pointer);

}  // namespace headgate::agents
