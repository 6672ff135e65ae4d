// Schemas of an OpenAPI document as JSON Schemas that stand alone: what they refer to is put in its
// place, since not all models follow references, or in `$defs` where it refers to itself or would
// be too much. Words of 3.0 are said in JSON Schema's, and what one side must not send is left out.
// Work is bounded. One object a tool; lives on the stack.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agents/openapi/document.h"

namespace headgate::agents::openapi {

enum class Side : std::uint8_t {
  request,   // without what is readOnly
  response,  // without what is writeOnly
};

class SchemaWriter {
 public:
  static constexpr std::size_t kSchemasMax = 2'000;
  static constexpr std::size_t kBytesMax = 64 * 1024;  // a model reads all of it, each time
  static constexpr std::size_t kDepthMax = 64;
  static constexpr std::size_t kWithinMax = 8;  // references within each other, in place

  SchemaWriter(const Document& document, Side side, Remarks& remarks)
      : document_(document), side_(side), remarks_(remarks) {}

  boost::json::value write(const Spot& schema);
  /// For `$defs`; to be asked for last.
  boost::json::object definitions();

 private:
  using Value = boost::json::value;
  using Object = boost::json::object;

  bool spend(const Spot& schema, std::size_t bytes);
  Value unbounded(const Spot& schema);
  Value reference(const Spot& schema);
  Object object(const Spot& schema);
  void keyword(const Spot& schema, std::string_view name, Object& out);
  Value each(const Spot& schemas);
  void properties(const Spot& schema, Object& out);
  void required(const Spot& schema, Object& out);
  bool is_hidden(const Spot& property);
  bool must_define(const std::string& pointer) const;
  std::string name_of(const std::string& pointer);

  const Document& document_;
  Side side_;
  Remarks& remarks_;
  std::size_t schemas_ = 0;
  std::size_t bytes_ = 0;
  std::size_t depth_ = 0;
  bool is_too_large_ = false;
  std::vector<std::string> within_;  // what is being put in place, outermost first
  bool defines_ = false;
  std::map<std::string, std::string> named_;  // definitions by pointer
  std::vector<std::string> defined_;          // their pointers, as they were found
  std::set<std::string> names_;
};

}  // namespace headgate::agents::openapi
