// One entry of a model's `prices` in the price book, from YAML to values. What is wrong with it is
// told to the reader's problems, and the rest read on. Internal to the folder; pure but for the
// problems.
#pragma once

#include "cost/price.h"
#include "cost/yaml_reader.h"

namespace headgate::cost {

/// `first`: the oldest price of a model may be without a date.
Price read_price(YamlReader& yaml, const base::config::Cursor& at, bool first);

}  // namespace headgate::cost
