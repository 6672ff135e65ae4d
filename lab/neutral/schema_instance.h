// A minimal instance of a JSON Schema, the same for the same schema: what the lab answers when a
// request demands structured output and the script gives none. Understands the subset that
// providers accept for structured outputs; pure.
#pragma once

#include <boost/json/value.hpp>

namespace headgate::lab {

boost::json::value schema_instance(const boost::json::value& schema);

}  // namespace headgate::lab
