// For tests of whole families: an engine on a script, short ways to ask it, and its answers as
// values. Header only; no sockets. Not part of the lab itself.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lab/engine.h"
#include "lab/script/script_reader.h"

namespace headgate::lab {

struct Talk {
  static constexpr std::int64_t kNow = 1'800'000'000;

  Engine engine;
  std::int64_t now = kNow;

  explicit Talk(std::string_view yaml, EngineOptions options = {})
      : engine(script_of(yaml), std::move(options)) {}

  static Script script_of(std::string_view yaml) {
    auto script = read_script(yaml, "test.yaml");
    EXPECT_TRUE(script.has_value()) << script.error().detail;
    return *std::move(script);
  }

  Plan post(const std::string& target, const boost::json::value& body, HeaderList headers = {}) {
    return ask("POST", target, std::move(headers), boost::json::serialize(body));
  }
  Plan get(const std::string& target, HeaderList headers = {}) {
    return ask("GET", target, std::move(headers), {});
  }
  Plan ask(const std::string& method, const std::string& target, HeaderList headers,
           std::string body) {
    LabRequest request{method, target.substr(0, target.find('?')), std::move(headers),
                       std::move(body)};
    if (target.find('?') != target.npos) request.query = target.substr(target.find('?') + 1);
    return engine.handle(request, now);
  }
};

inline const Reply& reply_of(const Plan& plan) { return std::get<Reply>(plan.back()); }

inline boost::json::value body_of(const Plan& plan) {
  return boost::json::parse(reply_of(plan).body);
}

inline std::string header(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

/// The bytes of a chunked reply, or of a raw one.
inline std::string written(const Plan& plan) {
  std::string bytes;
  for (const auto& action : plan) {
    if (const auto* write = std::get_if<Write>(&action)) bytes += write->bytes;
    if (const auto* raw = std::get_if<Raw>(&action)) bytes += raw->bytes;
  }
  return bytes;
}

/// The events of a stream: name (empty: none) and data.
inline std::vector<std::pair<std::string, std::string>> events_of(const Plan& plan) {
  std::vector<std::pair<std::string, std::string>> events;
  const std::string bytes = written(plan);
  const std::string_view blank = bytes.find("\r\n\r\n") == bytes.npos ? "\n\n" : "\r\n\r\n";
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = std::min(bytes.find(blank, at), bytes.size());
    std::string_view block = std::string_view(bytes).substr(at, end - at);
    std::pair<std::string, std::string> event;
    if (block.starts_with("event: ")) {
      const auto line = block.find('\n');
      event.first = block.substr(7, line - 7);
      block.remove_prefix(line + 1);
    }
    EXPECT_TRUE(block.starts_with("data: ")) << block;
    event.second = block.substr(std::min<std::size_t>(6, block.size()));
    events.push_back(std::move(event));
    at = end + blank.size();
  }
  return events;
}

/// The text at a JSON pointer, "null" for null, and empty where there is nothing.
inline std::string text_at(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  const auto* found = value.find_pointer(pointer, error);
  if (found == nullptr) return {};
  return found->is_string() ? std::string(found->as_string()) : boost::json::serialize(*found);
}

inline std::int64_t count_at(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  const auto* found = value.find_pointer(pointer, error);
  return found && found->is_int64() ? found->as_int64() : -1;
}

}  // namespace headgate::lab
