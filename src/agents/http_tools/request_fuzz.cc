// Any bytes as the arguments that a model gives to a tool over HTTP: the request that they become
// goes to the host and the segment that the configuration says, and is one request.
#include "agents/http_tools/request.h"

#include <algorithm>
#include <cstdlib>

#include "base/async/loop.h"
#include "base/json/cursor.h"

using namespace headgate;

namespace {

agents::PinnedTool make_tool() {
  agents::PinnedTool out;
  out.name = "t";
  out.config.effect = agents::Effect::idempotent;
  agents::HttpToolConfig& http = out.config.http.emplace();
  http.url = "http://127.0.0.1:1/orders/{id}/items";
  http.query.add("q") = "{q}";
  http.query.add("t") = "{list*}";
  http.query.add("u") = "{list,}";
  http.header_templates.add("x-q") = "{q}";
  http.body.text = R"({"id":"{id}","text":"of {q}","all":["{list}"]})";
  agents::ToolTemplates::Wrongs wrongs;
  out.templates = agents::ToolTemplates::parse(http, wrongs);
  if (!wrongs.empty()) std::abort();
  return out;
}

void check(const agents::ToolRequest& request) {
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with("/orders/") || !path.ends_with("/items")) std::abort();
  if (std::count(path.begin(), path.end(), '/') != 3) std::abort();
  if (target.find_first_of("\r\n #") != std::string_view::npos) std::abort();
  if (!base::json::valid(request.body)) std::abort();
  if (request.headers.find("\r\n\r\n") != std::string::npos) std::abort();
  // accept, content-type, traceparent, baggage, the key, and x-q where it was given.
  const auto lines = std::count(request.headers.begin(), request.headers.end(), '\n');
  const bool has_q = request.headers.find("\r\nx-q: ") != std::string::npos;
  if (lines != (has_q ? 6 : 5)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const base::RealClock clock;
  static base::Loop loop(clock);
  static base::Cancellation never;
  static const agents::PinnedTool tool = make_tool();
  const std::string_view arguments(reinterpret_cast<const char*>(data), size);
  const base::Context ctx{loop, never};
  const auto request = agents::make_request(ctx, {tool, arguments, "key", "run_1"});
  if (request) check(*request);
  return 0;
}
