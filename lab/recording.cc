#include "lab/recording.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/ids.h"
#include "base/text/sha256.h"

namespace headgate::lab {
namespace {

namespace json = boost::json;
using base::Errc;
using base::fail;

constexpr std::size_t kDepthMax = 128;

json::value parse_json(std::string_view text, boost::system::error_code& error) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  return json::parse(text, error, {}, options);
}

json::value sorted(const json::value& value) {
  if (const auto* array = value.if_array()) {
    json::array out;
    for (const auto& item : *array) out.push_back(sorted(item));
    return out;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  std::vector<std::string_view> keys;
  for (const auto& [key, item] : *object) keys.emplace_back(key);
  std::sort(keys.begin(), keys.end());
  json::object out;
  for (const auto key : keys) out[key] = sorted(object->at(key));
  return out;
}

/// Network reads may end inside a UTF-8 sequence; such pieces are written in hex.
json::object chunk_object(const RecordedChunk& chunk) {
  const bool is_text = simdjson::validate_utf8(chunk.bytes.data(), chunk.bytes.size());
  return {{"at_us", chunk.at_us},
          {is_text ? "text" : "hex", is_text ? chunk.bytes : base::hex(chunk.bytes)}};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

base::Result<std::string> from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::config_invalid, "'hex' is not hexadecimal");
    out += static_cast<char>(high * 16 + low);
  }
  if (hex.size() % 2 != 0) return fail(Errc::config_invalid, "'hex' has an odd length");
  return out;
}

/// Reads members of the expected type and remembers the first that is missing.
class Members {
 public:
  explicit Members(const json::object& object) : object_(object) {}

  std::string text(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value && value->is_string()) return std::string(value->as_string());
    return missing<std::string>(key, "a text");
  }
  std::int64_t integer(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value && value->is_int64() && value->as_int64() >= 0) return value->as_int64();
    return missing<std::int64_t>(key, "a number");
  }
  bool flag(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value && value->is_bool()) return value->as_bool();
    return missing<bool>(key, "true or false");
  }
  const json::array& list(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value && value->is_array()) return value->get_array();
    missing<bool>(key, "a list");
    return empty_;
  }
  void note(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
  }
  const std::string& problem() const { return problem_; }

 private:
  template <class T>
  T missing(std::string_view key, std::string_view what) {
    note(fmt::format("'{}' must be {}", key, what));
    return T{};
  }

  const json::object& object_;
  json::array empty_;
  std::string problem_;
};

RecordedChunk read_chunk(const json::value& value, Members& outer) {
  RecordedChunk chunk;
  if (!value.is_object()) {
    outer.note("a chunk must be an object");
    return chunk;
  }
  Members members(value.get_object());
  chunk.at_us = members.integer("at_us");
  if (value.get_object().contains("hex")) {
    auto bytes = from_hex(members.text("hex"));
    if (bytes) {
      chunk.bytes = *std::move(bytes);
    } else {
      members.note(bytes.error().detail);
    }
  } else {
    chunk.bytes = members.text("text");
  }
  if (!members.problem().empty()) outer.note(members.problem());
  return chunk;
}

void read_header(const json::value& value, RecordedExchange& out, Members& members) {
  const auto* pair = value.if_array();
  const bool good = pair && pair->size() == 2 && (*pair)[0].is_string() && (*pair)[1].is_string();
  if (!good) return members.note("a header must be [name, value]");
  out.headers.emplace_back((*pair)[0].as_string(), (*pair)[1].as_string());
}

base::microseconds scaled(std::int64_t us, double speed) {
  if (speed <= 0) return base::microseconds(0);
  return base::microseconds(static_cast<std::int64_t>(static_cast<double>(us) / speed));
}

}  // namespace

std::string request_key(const LabRequest& request) {
  boost::system::error_code error;
  const json::value value = parse_json(request.body, error);
  const std::string normal = error ? request.body : json::serialize(sorted(value));
  return base::sha256_hex(fmt::format("{} {}\n{}", request.method, public_target(request), normal));
}

std::string to_line(const RecordedExchange& exchange) {
  json::array headers;
  for (const auto& [name, value] : exchange.headers) headers.push_back(json::array{name, value});
  json::array chunks;
  for (const auto& chunk : exchange.chunks) chunks.push_back(chunk_object(chunk));
  return json::serialize(json::object{{"version", 1},
                                      {"key", exchange.key},
                                      {"method", exchange.method},
                                      {"path", exchange.path},
                                      {"request", exchange.request},
                                      {"status", exchange.status},
                                      {"headers", headers},
                                      {"head_us", exchange.head_us},
                                      {"chunked", exchange.chunked},
                                      {"complete", exchange.complete},
                                      {"chunks", chunks}});
}

base::Result<RecordedExchange> from_line(std::string_view line) {
  boost::system::error_code error;
  const json::value value = parse_json(line, error);
  if (error || !value.is_object()) {
    return fail(Errc::config_invalid, "is not a JSON object");
  }
  Members members(value.get_object());
  RecordedExchange out;
  if (members.integer("version") != 1) members.note("'version' is not 1");
  out.key = members.text("key");
  out.method = members.text("method");
  out.path = members.text("path");
  out.request = members.text("request");
  const auto status = members.integer("status");
  if (status < 200 || status > 599) members.note("'status' must be from 200 to 599");
  out.status = static_cast<int>(std::clamp<std::int64_t>(status, 200, 599));
  out.head_us = members.integer("head_us");
  out.chunked = members.flag("chunked");
  out.complete = members.flag("complete");
  for (const auto& header : members.list("headers")) read_header(header, out, members);
  for (const auto& chunk : members.list("chunks")) out.chunks.push_back(read_chunk(chunk, members));
  if (!members.problem().empty()) return fail(Errc::config_invalid, members.problem());
  return out;
}

Plan replay_plan(const RecordedExchange& exchange, double speed) {
  Plan plan;
  std::int64_t at_us = 0;
  const auto wait_until = [&](std::int64_t due_us) {
    if (speed > 0 && due_us > at_us) plan.emplace_back(Wait{scaled(due_us - at_us, speed)});
    at_us = std::max(at_us, due_us);
  };
  if (!exchange.chunked && exchange.complete) {
    std::string body;
    for (const auto& chunk : exchange.chunks) body += chunk.bytes;
    wait_until(exchange.chunks.empty() ? exchange.head_us : exchange.chunks.back().at_us);
    plan.emplace_back(Reply{exchange.status, exchange.headers, std::move(body)});
    return plan;
  }
  wait_until(exchange.head_us);
  plan.emplace_back(Start{exchange.status, exchange.headers});
  for (const auto& chunk : exchange.chunks) {
    wait_until(chunk.at_us);
    plan.emplace_back(Write{chunk.bytes});
  }
  if (exchange.complete) {
    plan.emplace_back(Finish{});
  } else {
    plan.emplace_back(End{false});
  }
  return plan;
}

base::Result<Recording> Recording::parse(std::string_view lines, const std::string& file) {
  Recording out;
  int number = 0;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    ++number;
    if (line.empty()) continue;
    auto exchange = from_line(line);
    if (!exchange) {
      return fail(Errc::config_invalid,
                  fmt::format("{}:{}: {}", file, number, exchange.error().detail));
    }
    out.by_key_[exchange->key].indexes.push_back(out.exchanges_.size());
    out.exchanges_.push_back(*std::move(exchange));
  }
  return out;
}

const RecordedExchange* Recording::next(const LabRequest& request) {
  const auto found = by_key_.find(request_key(request));
  if (found == by_key_.end()) return nullptr;
  Place& place = found->second;
  const std::size_t nth = std::min(place.used, place.indexes.size() - 1);
  ++place.used;
  return &exchanges_[place.indexes[nth]];
}

}  // namespace headgate::lab
