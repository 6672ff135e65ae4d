// The arguments that an operation becomes: its parameters, and the properties of its JSON body, or
// the body as one where these cannot stand beside them. Each has a name that models take and says
// where in the request it goes. Plain values.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <vector>

#include "agents/openapi/parameters.h"
#include "agents/openapi/schema.h"

namespace headgate::agents::openapi {

struct Argument {
  std::string name;
  std::string wire;  // its name in the request
  Part part = Part::query;
  bool required = false;
  std::string suffix;  // of its template
  Spot spot;
  boost::json::value schema;
};

struct Arguments {
  std::vector<Argument> list;
  bool body_is_one = false;  // the argument of part `body` is the whole body

  const Argument* find(Part part, std::string_view wire) const;
};

/// `filled`: headers that are no arguments, since somebody else fills them in.
Arguments arguments_of(const Document& document, const Operation& operation,
                       const std::vector<std::string>& filled, SchemaWriter& writer,
                       Remarks& remarks);

}  // namespace headgate::agents::openapi
