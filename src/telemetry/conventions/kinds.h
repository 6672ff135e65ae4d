// Which kind of span each convention's words mean: the value of its attribute that says what a
// span is. Where several are there, read.cc asks in the order in which they stand here. Pure;
// internal to the folder.
#pragma once

#include <optional>
#include <string_view>

#include "telemetry/span.h"

namespace headgate::telemetry {

// Nothing: the word is not known, or says nothing.
std::optional<SpanKind> kind_of_headgate(std::string_view kind);
std::optional<SpanKind> kind_of_langfuse(std::string_view type);
std::optional<SpanKind> kind_of_openinference(std::string_view kind);
std::optional<SpanKind> kind_of_operation(std::string_view operation);
std::optional<SpanKind> kind_of_traceloop(std::string_view kind);
std::optional<SpanKind> kind_of_vercel(std::string_view operation_id);

}  // namespace headgate::telemetry
