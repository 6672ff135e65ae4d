// The product's MCP client as a program, for tests: connects, lists the tools, calls each of them
// (or those that the environment names), says on standard output what came back.
//   headgate_mcp_client URL
//   headgate_mcp_client --stdio PROGRAM ARGUMENT…
// The conformance suite runs it with MCP_CONFORMANCE_SCENARIO and MCP_CONFORMANCE_CONTEXT set;
// MCP_CLIENT_CALLS names the tools that are called, where not all are.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "agents/mcp_auth/oauth.h"
#include "agents/mcp_client/client.h"
#include "agents/mcp_wire/http_wire.h"
#include "agents/mcp_wire/stdio_wire.h"
#include "agents/tools/content.h"
#include "base/async/loop.h"
#include "base/async/task_group.h"

namespace headgate::mcp_client_test {

namespace json = boost::json;
using base::Async;
using base::Task;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

json::value parse(std::string_view text) {
  json::error_code error;
  json::value out = json::parse(text, error);
  return error ? json::value(nullptr) : out;
}

// Something that fits a simple schema.
json::value instance(const json::object& schema) {
  if (const json::value* standard = schema.if_contains("default")) return *standard;
  const json::value* type = schema.if_contains("type");
  const std::string kind =
      type != nullptr && type->is_string() ? std::string(type->get_string()) : std::string();
  if (kind == "boolean") return true;
  if (kind == "integer" || kind == "number") return 5;
  if (kind == "array") return json::array();
  if (kind != "object") return "text";
  json::object out;
  const json::value* properties = schema.if_contains("properties");
  if (properties == nullptr || !properties->is_object()) return out;
  for (const auto& member : properties->get_object()) {
    if (member.value().is_object()) out[member.key()] = instance(member.value().get_object());
  }
  return out;
}

/// Accepts every form, as its defaults say.
class Accepting final : public agents::mcp::Questions {
 public:
  Task<std::string> answer(base::Context& /*ctx*/, std::string_view method,
                           std::string_view params) override {
    if (method == "roots/list") co_return std::string(R"({"roots":[]})");
    if (method == "sampling/createMessage") {
      co_return std::string(
          R"({"role":"assistant","model":"none","content":{"type":"text","text":"yes"}})");
    }
    if (method != "elicitation/create") {
      co_return base::fail(base::Errc::not_found, "Method not found: " + std::string(method));
    }
    const json::value asked = parse(params);
    json::object out{{"action", "accept"}};
    out["content"] = instance(asked.at("requestedSchema").get_object());
    co_return json::serialize(out);
  }
};

/// A user whose browser comes back at once.
class Obliging final : public agents::mcp::UserAgent {
 public:
  Task<std::string> authorise(base::Context& ctx, const std::string& url) override {
    const agents::mcp::Fetcher fetcher(nullptr);
    auto page = co_await fetcher.get(ctx, url);
    if (!page) co_return page.error();
    const std::size_t question = page->location.find('?');
    if (question == std::string::npos) {
      co_return base::fail(base::Errc::upstream_auth, "no redirect");
    }
    co_return page->location.substr(question + 1);
  }
};

std::string text_in(const json::value& object, const char* name) {
  const json::value* value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::unique_ptr<agents::mcp::OAuth> oauth_for(const char* url, agents::mcp::UserAgent& agent) {
  const auto server = agents::mcp::parse_web_url(url);
  if (!server) return nullptr;
  const json::value context = parse(environment("MCP_CONFORMANCE_CONTEXT"));
  agents::mcp::OAuthOptions options;
  options.redirect_uri = "http://127.0.0.1:33418/callback";
  options.metadata_document = "https://conformance-test.local/client-metadata.json";
  options.client_id = text_in(context, "client_id");
  options.client_secret = text_in(context, "client_secret");
  const std::string scenario = environment("MCP_CONFORMANCE_SCENARIO");
  const bool alone = scenario.find("client-credentials") != std::string::npos;
  return std::make_unique<agents::mcp::OAuth>(*server, options, agents::mcp::Fetcher(nullptr),
                                              alone ? nullptr : &agent);
}

class Printing final : public agents::CallEvents {
 public:
  void progress(double done, std::optional<double> /*total*/, std::string_view words) override {
    std::printf("progress %g %.*s\n", done, static_cast<int>(words.size()), words.data());
  }
  void log(std::string_view level, std::string_view, std::string_view data) override {
    std::printf("log %.*s %.*s\n", static_cast<int>(level.size()), level.data(),
                static_cast<int>(data.size()), data.data());
  }
};

struct Call {
  std::string name;
  std::string arguments;
};

std::vector<Call> wanted_calls(const agents::Tools& tools) {
  std::vector<Call> out;
  const json::value context = parse(environment("MCP_CONFORMANCE_CONTEXT"));
  const json::value* calls =
      context.is_object() ? context.get_object().if_contains("toolCalls") : nullptr;
  if (calls != nullptr) {
    for (const json::value& call : calls->get_array()) {
      out.push_back(
          {std::string(call.at("name").get_string()), json::serialize(call.at("arguments"))});
    }
    return out;
  }
  if (environment("MCP_CONFORMANCE_SCENARIO") == "json-schema-2020-12-preservation") {
    return {{"json_schema_echo", "{\"schema\":" + tools[0]->info().input_schema + "}"}};
  }
  const std::string only = environment("MCP_CLIENT_CALLS");
  for (const auto& tool : tools) {
    const bool wanted = ("," + only + ",").find("," + tool->info().name + ",") != std::string::npos;
    if (!only.empty() && !wanted) continue;
    const json::value schema = parse(tool->info().input_schema);
    out.push_back({tool->info().name, json::serialize(instance(schema.get_object()))});
  }
  return out;
}

agents::mcp::EraWish wished_era() {
  const std::string version = environment("MCP_CONFORMANCE_PROTOCOL_VERSION");
  if (version.empty()) return agents::mcp::EraWish::automatic;
  return version < "2026" ? agents::mcp::EraWish::legacy : agents::mcp::EraWish::modern;
}

/// How the server is reached: one of both.
struct Where {
  const char* address = "";
  std::optional<http::BaseUrl> url;
  std::vector<std::string> command;
};

class Run {
 public:
  Run(base::Loop& loop, const Where& where)
      : loop_(loop), oauth_(where.url ? oauth_for(where.address, user_) : nullptr) {
    agents::mcp::RemoteOptions remote;
    remote.name = "tested";
    remote.features = {true, false, true, false, true};
    remote.era =
        environment("MCP_CLIENT_ERA") == "auto" ? agents::mcp::EraWish::automatic : wished_era();
    server_ = std::make_shared<agents::mcp::RemoteServer>(
        loop, wire_to(where), remote,
        agents::mcp::ClientParts{&questions_, oauth_.get(), nullptr, &log_});
  }

  Async<void> all(int& rc) {
    base::Context ctx{loop_, cancellation_};
    ctx.deadline = loop_.now() + base::seconds(60);
    auto tools = co_await server_->list_tools(ctx);
    if (!tools) {
      std::printf("list: %s\n", tools.error().detail.c_str());
      rc = 1;
    } else {
      std::printf("%zu tools, %s\n", tools->size(), server_->facts().version.c_str());
      if (stdio_ != nullptr) std::printf("pid %d\n", stdio_->pid());
      const std::vector<Call> calls = wanted_calls(*tools);
      for (const Call& call : calls) co_await one(ctx, call);
    }
    auto closed = co_await server_->close(ctx);
    server_.reset();
    loop_.stop();
  }

 private:
  std::unique_ptr<agents::mcp::Wire> wire_to(const Where& where) {
    if (where.url) {
      http::ClientOptions options;
      options.url = *where.url;
      return std::make_unique<agents::mcp::HttpWire>(std::make_shared<http::Client>(loop_, options),
                                                     limits_, oauth_.get());
    }
    agents::mcp::ChildOptions child;
    child.command = where.command;
    child.environment = {"PATH=" + environment("PATH")};
    auto wire = std::make_unique<agents::mcp::StdioWire>(loop_, "tested", child, limits_, &log_);
    stdio_ = wire.get();
    return wire;
  }
  Async<void> one(base::Context& ctx, const Call& call) {
    agents::ToolCall made;
    made.name = call.name;
    made.arguments = call.arguments;
    Printing events;
    auto outcome = co_await server_->call_tool(ctx, made, events);
    const char* name = call.name.c_str();
    if (!outcome) {
      std::printf("%s: failed: %s\n", name, outcome.error().detail.c_str());
    } else if (const auto* result = std::get_if<agents::ToolResult>(&*outcome)) {
      const std::string text = agents::plain_text(result->content, 1000);
      std::printf("%s: %s%s\n", name, result->is_error ? "error: " : "", text.c_str());
    } else {
      std::printf("%s: asks\n", name);
    }
  }

  base::Loop& loop_;
  base::Log log_{base::LogLevel::warning, base::LogFormat::text};
  agents::mcp::RemoteLimits limits_;
  base::Cancellation cancellation_;
  Accepting questions_;
  Obliging user_;
  std::unique_ptr<agents::mcp::OAuth> oauth_;
  agents::mcp::StdioWire* stdio_ = nullptr;
  std::shared_ptr<agents::mcp::RemoteServer> server_;
};

}  // namespace

int run(int argc, char** argv) {
  Where where;
  if (std::string_view(argv[1]) == "--stdio") {
    where.command.assign(argv + 2, argv + argc);
  } else {
    auto url = http::parse_base_url(argv[argc - 1]);
    if (!url) {
      std::fprintf(stderr, "%s\n", url.error().detail.c_str());
      return 2;
    }
    where.url = std::move(*url);
    where.address = argv[argc - 1];
  }
  base::RealClock clock;
  base::Loop loop(clock);
  int rc = 0;
  Run run(loop, where);
  base::TaskGroup tasks(loop, [](std::string_view what) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(3);
  });
  tasks.spawn(run.all(rc));
  loop.run();
  return rc;
}

}  // namespace headgate::mcp_client_test

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: headgate_mcp_client URL\n");
    return 2;
  }
  return headgate::mcp_client_test::run(argc, argv);
}
