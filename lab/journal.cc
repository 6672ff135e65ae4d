#include "lab/journal.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "base/text/strings.h"

namespace headgate::lab {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kSecretHeaders{
    "authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie"};

json::value body_value(const std::string& body) {
  if (body.empty()) return nullptr;
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 100;
  auto value = json::parse(body, error, {}, options);
  return error ? json::value(body) : value;
}

json::object usage_object(const CompletionUsage& usage) {
  return {{"prompt", usage.prompt},
          {"cached", usage.cached},
          {"cache_write", usage.cache_write},
          {"completion", usage.completion},
          {"reasoning", usage.reasoning}};
}

template <class Counts>
json::object counts_object(const Counts& counts) {
  json::object out;
  for (const auto& [key, count] : counts) {
    if constexpr (std::is_same_v<std::decay_t<decltype(key)>, int>) {
      out[std::to_string(key)] = count;
    } else {
      out[key] = count;
    }
  }
  return out;
}

}  // namespace

void Journal::add(const LabRequest& request, const Outcome& outcome) {
  ++requests_;
  if (outcome.stream) ++streams_;
  tokens_.prompt += outcome.usage.prompt;
  tokens_.cached += outcome.usage.cached;
  tokens_.cache_write += outcome.usage.cache_write;
  tokens_.completion += outcome.usage.completion;
  tokens_.reasoning += outcome.usage.reasoning;
  ++by_status_[outcome.status];
  if (!outcome.dialect.empty()) ++by_dialect_[outcome.dialect];
  if (!outcome.rule.empty()) ++by_rule_[outcome.rule];
  if (!outcome.fault_rule.empty()) ++by_fault_[outcome.fault_rule];
  Entry entry{requests_, {}, request, outcome, false};
  if (entry.request.body.size() > kBodyBytesMax) entry.request.body.resize(kBodyBytesMax);
  entry.target = public_target(request);
  for (auto& [name, value] : entry.request.headers) {
    for (const auto secret : kSecretHeaders) {
      if (base::iequals(name, secret)) value = "[masked]";
    }
  }
  entries_.push_back(std::move(entry));
  if (entries_.size() > kRequestsMax) entries_.pop_front();
}

void Journal::note_disconnect(std::uint64_t n) {
  ++disconnects_;
  for (auto& entry : entries_) {
    if (entry.n == n) entry.disconnected = true;
  }
}

void Journal::clear() { *this = Journal{}; }

std::string Journal::requests_json() const {
  json::array list;
  for (const auto& [n, target, request, outcome, disconnected] : entries_) {
    json::object headers;
    for (const auto& [name, value] : request.headers) headers[base::to_lower(name)] = value;
    list.push_back({{"n", n},
                    {"method", request.method},
                    {"path", target},
                    {"headers", headers},
                    {"body", body_value(request.body)},
                    {"dialect", outcome.dialect},
                    {"status", outcome.status},
                    {"rule", outcome.rule},
                    {"fault", outcome.fault_rule},
                    {"usage", usage_object(outcome.usage)},
                    {"disconnected", disconnected}});
  }
  return json::serialize(json::object{{"requests", list}});
}

std::string Journal::stats_json() const {
  return json::serialize(json::object{{"requests", requests_},
                                      {"streams", streams_},
                                      {"client_disconnects", disconnects_},
                                      {"prompt_tokens", tokens_.prompt},
                                      {"cached_tokens", tokens_.cached},
                                      {"cache_write_tokens", tokens_.cache_write},
                                      {"completion_tokens", tokens_.completion},
                                      {"reasoning_tokens", tokens_.reasoning},
                                      {"by_status", counts_object(by_status_)},
                                      {"by_dialect", counts_object(by_dialect_)},
                                      {"by_rule", counts_object(by_rule_)},
                                      {"by_fault", counts_object(by_fault_)}});
}

}  // namespace headgate::lab
