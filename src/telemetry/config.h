// The `telemetry` section: logs, what is redacted, OTLP in and out. Plain values; the redactor and
// the log are built from them at start-up and on reload.
// The content policy of a route is a choice of its own (content_capture.h).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/fields.h"
#include "base/text/log.h"
#include "telemetry/content_capture.h"
#include "telemetry/otlp_config.h"

namespace headgate::telemetry {

/// Which calls get a line in the log.
enum class LogCalls : std::uint8_t { off, failed, all };

struct TelemetryConfig {
  base::LogLevel log_level = base::LogLevel::info;
  base::LogFormat log_format = base::LogFormat::json;
  LogCalls log_calls = LogCalls::failed;
  std::vector<std::string> redact_keys;
  std::int64_t prompt_cache_read_percent_min = 50;
  std::int64_t prompt_cache_alarm_calls = 20;
  std::int64_t label_values_max = 200;
  OtlpConfig otlp;

  template <class V>
  static void fields(V& v) {
    using C = TelemetryConfig;
    v.field("log_level", &C::log_level, {.doc = "The least severe event that is logged."});
    v.field("log_format", &C::log_format,
            {.doc = "One JSON object or one line of text an event, on standard error.",
             .needs_restart = true});
    v.field("log_calls", &C::log_calls,
            {.doc = "Which calls get a line, with their request and trace ids and without content; "
                    "at most 100 a second and thread, the rest is counted in it."});
    v.field(
        "redact_keys", &C::redact_keys,
        {.doc = "JSON field names whose values are removed from logs and redacted content, beside "
                "the built-in ones (password, api_key, authorization, …).",
         .example = "[patient_id, iban]",
         .max = 1000,
         .needs_restart = true});
    v.field("prompt_cache_read_percent_min", &C::prompt_cache_read_percent_min,
            {.doc = "The alarm (a warning and headgate_prompt_cache_alarm) is raised for a model "
                    "when less than this of the tokens that its provider's prompt cache should "
                    "hold was read from there. 0: never.",
             .min = 0,
             .max = 100});
    v.field("prompt_cache_alarm_calls", &C::prompt_cache_alarm_calls,
            {.doc = "Over how many of the last calls of which a read was expected.",
             .min = 5,
             .max = 1000});
    v.field("label_values_max", &C::label_values_max,
            {.doc = "Different workflows, tools and agents that /metrics tells apart; more are "
                    "called other, and counted.",
             .min = 1,
             .max = 100'000,
             .needs_restart = true});
    v.field("otlp", &C::otlp, {.doc = "OpenTelemetry's protocol for traces, in and out."});
  }
};

}  // namespace headgate::telemetry

template <>
struct headgate::base::config::EnumNames<headgate::base::LogLevel> {
  static constexpr std::array<std::string_view, 5> names{"debug", "info", "warning", "error",
                                                         "off"};
};
template <>
struct headgate::base::config::EnumNames<headgate::base::LogFormat> {
  static constexpr std::array<std::string_view, 2> names{"json", "text"};
};
template <>
struct headgate::base::config::EnumNames<headgate::telemetry::LogCalls> {
  static constexpr std::array<std::string_view, 3> names{"off", "failed", "all"};
};
