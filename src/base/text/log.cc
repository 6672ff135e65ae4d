#include "base/text/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "base/text/strings.h"

namespace headgate::base {
namespace {

constexpr std::size_t kQueuedMax = 1024;  // lines

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};
constexpr std::array<spdlog::level::level_enum, 5> kLevels{spdlog::level::debug,
                                                           spdlog::level::info, spdlog::level::warn,
                                                           spdlog::level::err, spdlog::level::off};

void append_field(std::string& line, LogFormat format, const LogField& field) {
  const std::string_view value =
      is_secret_name(field.name) ? std::string_view("[redacted]") : field.value;
  const bool quoted = field.quoted || is_secret_name(field.name);
  if (format == LogFormat::json) {
    line += ',';
    append_json_string(line, field.name);
    line += ':';
  } else {
    line += ' ';
    line += field.name;
    line += '=';
  }
  if (quoted) {
    append_json_string(line, value);
  } else {
    line += value;
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNames{
      "password", "passwd",      "secret",      "authorization", "api_key",       "apikey",
      "token",    "credit_card", "card_number", "private_key",   "client_secret", "x_api_key"};
  std::string folded = to_lower(name);
  std::replace(folded.begin(), folded.end(), '-', '_');
  return std::find(kNames.begin(), kNames.end(), folded) != kNames.end();
}

Log::Log(LogLevel level, LogFormat format)
    : format_(format),
      thread_(std::make_shared<spdlog::details::thread_pool>(kQueuedMax, 1)),
      logger_(std::make_shared<spdlog::async_logger>(
          "headgate", std::make_shared<spdlog::sinks::stderr_sink_mt>(), thread_,
          spdlog::async_overflow_policy::overrun_oldest)) {
  logger_->set_pattern(format == LogFormat::json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%f%z\",%v}"
                                                 : "%Y-%m-%d %H:%M:%S.%e %v");
  logger_->flush_on(spdlog::level::warn);
  set_level(level);
}

Log::~Log() { logger_->flush(); }

std::uint64_t Log::dropped_total() const { return thread_->overrun_counter(); }

void Log::set_level(LogLevel level) {
  logger_->set_level(kLevels[static_cast<std::size_t>(level)]);
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  const auto spd_level = kLevels[static_cast<std::size_t>(level)];
  if (!logger_->should_log(spd_level)) return;
  std::string line;
  const auto level_name = kLevelNames[static_cast<std::size_t>(level)];
  if (format_ == LogFormat::json) {
    line = "\"level\":\"" + std::string(level_name) + "\",\"event\":" + json_string(event);
  } else {
    line = std::string(level_name) + " " + std::string(event);
  }
  for (const auto& field : fields) append_field(line, format_, field);
  logger_->log(spd_level, "{}", line);
}

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::debug, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::info, event, fields);
}
void Log::warn(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::warning, event, fields);
}
void Log::error(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::error, event, fields);
}

}  // namespace headgate::base
