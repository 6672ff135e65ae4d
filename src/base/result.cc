#include "base/result.h"

#include <stdexcept>

namespace headgate::base {

void throw_error(const Error& error) {
  throw std::runtime_error(std::string(row(error.code).name) + ": " + error.detail);
}

}  // namespace headgate::base
