// One instance held against one schema: walks both at once and collects what does not fit. Work and
// depth are bounded, since both texts come from outside. Internal to the folder; one object a
// check.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "guardrails/schema/compiled.h"
#include "guardrails/schema/json_schema.h"

namespace headgate::guardrails {

class SchemaChecker {
 public:
  static constexpr std::size_t kDepthMax = 256;
  static constexpr std::size_t kStepsMax = 1'000'000;

  explicit SchemaChecker(const SchemaDocument& document) : document_(document) {}
  std::vector<SchemaBreach> run(const boost::json::value& instance);

 private:
  using Value = boost::json::value;
  using Object = boost::json::object;
  using Array = boost::json::array;

  void check(const Value& schema, const Value& instance);
  bool passes(const Value& schema, const Value& instance);
  void any_kind(const Object& schema, const Value& instance);
  void combined(const Object& schema, const Value& instance);
  void object(const Object& schema, const Object& instance);
  void dependents(const Object& schema, const Value& instance);
  void members(const Object& schema, const Object& instance);
  void array(const Object& schema, const Array& instance);
  void elements(const Object& schema, const Array& instance);
  void contained(const Object& schema, const Array& instance);
  void string(const Object& schema, std::string_view instance);
  void number(const Object& schema, const Value& instance);
  void bound(const Object& schema, std::string_view keyword, std::size_t size,
             std::string_view unit);
  void breach(std::string what);
  template <class Check>
  void within(std::string_view step, Check check);

  const SchemaDocument& document_;
  std::vector<SchemaBreach> breaches_;
  std::string where_;
  std::size_t depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace headgate::guardrails
