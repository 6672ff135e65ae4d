// Structured logs to standard error: one line an event, JSON or text, fields by name. A thread of
// their own writes them: where standard error takes no more, the oldest lines that wait are dropped
// and counted, and nobody stands still. Values of
// fields whose name says secret (password, secret, authorization, api_key, token, credit_card) are
// never written. Safe from any thread; made in app.cc and handed down.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace headgate::base {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };
enum class LogFormat : std::uint8_t { json, text };

struct LogField {
  std::string_view name;
  std::string value;
  bool quoted = true;

  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(v) {}
  LogField(std::string_view n, const char* v) : name(n), value(v) {}
  template <class Number>
  requires std::is_arithmetic_v<Number> LogField(std::string_view n, Number v)
      : name(n), value(std::to_string(v)), quoted(false) {}
};

class Log {
 public:
  Log(LogLevel level, LogFormat format);
  ~Log();

  void debug(std::string_view event, std::initializer_list<LogField> fields = {});
  void info(std::string_view event, std::initializer_list<LogField> fields = {});
  void warn(std::string_view event, std::initializer_list<LogField> fields = {});
  void error(std::string_view event, std::initializer_list<LogField> fields = {});
  void set_level(LogLevel level);
  /// Lines that found the queue full, since the start.
  std::uint64_t dropped_total() const;

 private:
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

  LogFormat format_;
  std::shared_ptr<spdlog::details::thread_pool> thread_;  // outlives what is queued for logger_
  std::shared_ptr<spdlog::logger> logger_;
};

/// Whether a field of this name may hold a secret: compared without case, '-' and '_' alike.
bool is_secret_name(std::string_view name);

}  // namespace headgate::base
