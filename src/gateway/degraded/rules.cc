#include "gateway/degraded/rules.h"

#include <algorithm>

namespace headgate::gateway {

bool DegradedConfig::uses(Degraded what) const {
  return std::find(use.begin(), use.end(), what) != use.end();
}

}  // namespace headgate::gateway
