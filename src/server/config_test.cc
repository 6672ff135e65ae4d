#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <map>

#include "base/config/json_schema.h"
#include "base/config/reference.h"

namespace headgate::server {
namespace {

using base::config::Check;
using base::config::Description;
using base::config::FieldDescription;
using base::config::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kSmall =
    "providers: {openai: {base_url: https://api.openai.com/v1, api_key: env:OPENAI_API_KEY}}\n"
    "models: {gpt-4.1: {provider: openai}}\n";

std::vector<std::string> lines(const base::config::Problems& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems) out.push_back(problem.text("headgate.yaml"));
  return out;
}

std::vector<std::string> problems_of(std::string_view text) {
  return lines(parse_config(text, "/etc/headgate", Check::file_only).problems);
}
std::vector<std::string> problems_with(std::string_view more) {
  return problems_of(std::string(kSmall) + std::string(more));
}

TEST(Config, FiveMistakesAreFiveLocatedErrors) {
  EXPECT_THAT(
      problems_of("server:\n"
                  "  listen: 127.0.0.1:8787\n"
                  "  treads: 4\n"
                  "providers:\n"
                  "  openai:\n"
                  "    base_url: https://api.openai.com/v1\n"
                  "    api_key: sk-live-1234567890\n"
                  "    total_timeout_ms: 0\n"
                  "models:\n"
                  "  fast:\n"
                  "    provider: openia\n"
                  "telemetry:\n"
                  "  log_format: jsn\n"),
      ElementsAre("headgate.yaml:3:3: server.treads: unknown key; did you mean \"threads\"?",
                  "headgate.yaml:7:14: providers.openai.api_key: a secret is given by "
                  "reference, as env:NAME or file:/path, never literally",
                  "headgate.yaml:8:23: providers.openai.total_timeout_ms: must be 10 to "
                  "3600000 ms, found 0",
                  "headgate.yaml:11:15: models.fast.provider: no such provider; did you mean "
                  "\"openai\"?",
                  "headgate.yaml:13:15: telemetry.log_format: \"jsn\" is not a choice here; "
                  "did you mean \"json\"?"));
}

TEST(Config, TheSmallestFile) {
  const auto loaded = parse_config(kSmall, "/etc/headgate", Check::file_only);
  EXPECT_THAT(lines(loaded.problems), IsEmpty());
  EXPECT_THAT(lines(loaded.warnings),
              ElementsAre(HasSubstr("cost.price_book: not given: every call will be unpriced")));
  EXPECT_EQ(loaded.value.storage.path, "/etc/headgate/.headgate");
  EXPECT_EQ(loaded.value.providers.find("openai")->connect_timeout_ms, 5000);
}

TEST(Config, WhatIsRequired) {
  EXPECT_THAT(problems_of(""), ElementsAre("headgate.yaml:1:1: providers: required, but missing",
                                           "headgate.yaml:1:1: models: required, but missing"));
  EXPECT_THAT(problems_of("providers: {}\nmodels: {a: {provider: b}}\n"),
              ElementsAre("headgate.yaml:1:12: providers: must not be empty"));
}

TEST(Config, ReferencesBetweenSectionsAreChecked) {
  EXPECT_THAT(
      problems_with("routes:\n  a: {models: [gpt-4.2, '', '*', 5]}\n"),
      ElementsAre("headgate.yaml:4:16: routes.a.models[0]: no such model; did you mean "
                  "\"gpt-4.1\"?",
                  "headgate.yaml:4:25: routes.a.models[1]: no such model; known here: gpt-4.1",
                  HasSubstr("4:34: routes.a.models[3]: expected a string")));
  EXPECT_THAT(problems_with("auth:\n  keys: [{id: a, secret: env:A, models: [x]}]\n"),
              ElementsAre("headgate.yaml:4:42: auth.keys[0].models[0]: no such model; known here: "
                          "gpt-4.1"));
  EXPECT_THAT(problems_with("auth:\n  keys:\n  - {id: a, secret: env:A}\n"
                            "  - {id: b, secret: env:B}\n  - {id: a, secret: env:C}\n"),
              ElementsAre("headgate.yaml:7:10: auth.keys[2].id: the id of keys[0] already"));
  EXPECT_THAT(problems_with("agents: {triage: {model: gpt-4.1, prompt: x}}\n"
                            "mcp: {server: {agents: [triage, traige]}}\n"),
              ElementsAre(HasSubstr("mcp.server.agents[1]: no such agent; did you mean "
                                    "\"triage\"?")));
}

TEST(Config, ADuplicateRouteIsReadOnceAndSafely) {
  EXPECT_THAT(problems_with("routes:\n  a: {models: []}\n  a: {models: [x, y, z]}\n"),
              ElementsAre("headgate.yaml:4:15: routes.a.models: must not be empty",
                          "headgate.yaml:5:3: routes.a: given twice, first in line 4"));
}

TEST(Config, ProviderHeadersCarryNoCredentialAndNoFraming) {
  const auto with = [](std::string_view header) {
    return problems_of(
        "models: {m: {provider: p}}\nproviders: {p: {base_url: http://x, headers: {" +
        std::string(header) + "}}}\n");
  };
  for (const char* bad : {"Authorization: Bearer sk-secret", "API-Key: sk-secret",
                          "x-api-key: sk-secret", "cookie: sk-secret"}) {
    EXPECT_THAT(with(bad), ElementsAre(HasSubstr("holds a credential; give it as api_key: env:")));
    EXPECT_THAT(with(bad), testing::Not(ElementsAre(HasSubstr("sk-secret"))));
  }
  for (const char* bad : {"host: x", "Content-Length: '1'", "transfer-encoding: chunked"}) {
    EXPECT_THAT(with(bad), ElementsAre(HasSubstr("is set by Headgate")));
  }
  EXPECT_THAT(with("\"a:\": x"), ElementsAre(HasSubstr("not a header name")));
  EXPECT_THAT(with("a: \"b\\r\\nc: d\""), ElementsAre(HasSubstr("a header's value is one line")));
  EXPECT_THAT(with("openai-organization: org-1"), IsEmpty());
}

TEST(Config, OtherRulesOfSections) {
  EXPECT_THAT(problems_with("server:\n  tls: {key: a.pem}\n"),
              ElementsAre("headgate.yaml:4:14: server.tls.key: needs tls.certificate beside it"));
  EXPECT_THAT(
      problems_with("storage: {journal_bytes: 3000000}\n"),
      ElementsAre("headgate.yaml:3:26: storage.journal_bytes: must be a power of two, such as "
                  "2097152, found 3000000"));
  EXPECT_THAT(problems_with("auth: {header_user: 'x y'}\n"),
              ElementsAre("headgate.yaml:3:21: auth.header_user: not a header name"));
}

TEST(Config, AHedgeSaysWhenAndWhere) {
  const auto text = [](const std::string& hedge) {
    return "routes: {r: {models: [\"*\"], hedge: " + hedge + "}}\n";
  };
  const auto with = [&](const std::string& hedge) { return problems_with(text(hedge)); };
  const auto warned = [&](const std::string& hedge) {
    const std::string all = std::string(kSmall) + text(hedge) + "cost: {price_book: p}\n";
    return lines(parse_config(all, "/etc/headgate", Check::file_only).warnings);
  };
  EXPECT_THAT(with("{after_ms: 100, after_percentile: 95, targets: same}"),
              ElementsAre(HasSubstr("after_percentile: after_ms is given too")));
  EXPECT_THAT(warned("{after_ms: 100, targets: same}"), IsEmpty());
  EXPECT_THAT(warned("{targets: same}"), ElementsAre(HasSubstr("routes.r.hedge: does nothing")));
  EXPECT_THAT(warned("{after_ms: 100}"), ElementsAre(HasSubstr("has no fallback to go to")));
}

TEST(Config, WhatIsUsedWhenNothingAnswersIsThere) {
  const auto with = [](const std::string& degraded) {
    return problems_with("routes: {r: {models: [\"*\"], degraded: " + degraded + "}}\n");
  };
  EXPECT_THAT(with("{use: [cached, smaller, canned], smaller: gpt-4.1, canned: {text: x}}"),
              IsEmpty());
  EXPECT_THAT(with("{use: [smaller]}"), ElementsAre(HasSubstr("use: smaller needs a model")));
  EXPECT_THAT(with("{use: [canned]}"), ElementsAre(HasSubstr("use: canned needs a text")));
  EXPECT_THAT(with("{use: [smaller], smaller: gpt-4.2}"),
              ElementsAre(HasSubstr("degraded.smaller: no such model; did you mean \"gpt-4.1\"?")));
}

TEST(Config, FilesThatAreThereButCannotBeUsed) {
  std::string pattern = testing::TempDir() + "headgate-check-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "not.pem") << "hello\n";
  std::ofstream(folder / "prices.yaml") << "currency: USD\nmodels: 1\n";
  const std::string text =
      "providers: {p: {base_url: http://x, ca_file: not.pem}}\n"
      "models: {m: {provider: p}}\n"
      "server:\n  tls: {certificate: not.pem, key: not.pem}\n"
      "cost: {price_book: prices.yaml}\n";
  EXPECT_THAT(problems_of(text), IsEmpty());  // the file itself is fine
  EXPECT_THAT(lines(parse_config(text, folder, Check::references).problems),
              ElementsAre(HasSubstr(":1:46: providers.p.ca_file: cannot load CA file"),
                          HasSubstr(":4:8: server.tls: cannot use TLS certificate"),
                          HasSubstr(":5:20: cost.price_book: " + (folder / "prices.yaml").string() +
                                    ":2:9: models:")));
  std::filesystem::remove_all(folder);
}

TEST(Config, AnOpenDoorIsWarnedOf) {
  const auto loaded = parse_config(
      std::string(kSmall) + "server: {listen: 0.0.0.0:8787}\nauth: {required: false}\n", "/",
      Check::file_only);
  EXPECT_TRUE(loaded.ok());
  EXPECT_THAT(lines(loaded.warnings),
              testing::Contains(HasSubstr("4:18: auth.required: false while other machines")));
}

TEST(Config, ReloadTellsWhatNeedsARestart) {
  const Config running = parse_config(kSmall, "/", Check::file_only).value;
  const auto next = parse_config(std::string(kSmall) +
                                     "server: {listen: 127.0.0.1:9, drain_timeout_ms: 1}\n"
                                     "storage: {path: elsewhere, retention_days: 1}\n",
                                 "/", Check::file_only);
  EXPECT_THAT(restart_needed(running, running), IsEmpty());
  EXPECT_THAT(restart_needed(running, next.value),
              ElementsAre("server.listen", "storage.path", "storage.retention_days"));
}

// A file with every key in it, each at its default or its example, but `value` where the key is
// `key`.
std::string whole_file(const Description& type, const std::string& path, const std::string& key,
                       const std::string& value);

// Keys that exclude each other, or name what only this file has; empty: left out.
const std::map<std::string, std::string>& instead() {
  static const std::map<std::string, std::string> all{
      {"mcp.servers.openai.command", ""},
      {"tools.openai.mcp", ""},
      {"tools.openai.openapi", ""},
      {"tools.openai.builtin", ""},
      {"tools.openai.http.query", "{}"},
      {"agents.openai.prompt", "Help."},
      {"agents.openai.prompt_file", ""},
      {"agents.openai.model", "openai"},
      {"tools.openai.effect", "pure"},  // so that it may tell facts
      {"tools.openai.authorise[0].require", "fact.openai.user_id == principal.user"},
      {"tools.openai.facts.openai.tool", "openai"},
      {"tools.openai.knowledge", ""},
      {"tools.openai.arguments_untainted", "[order_id]"},
      {"tools.openai.result_types.openai.type", "money"},
      {"tools.openai.result_types.openai.values", ""},
      {"tools.openai.result_types.openai.pattern", ""},
      {"agents.openai.quarantine.reader", "openai"},
      {"agents.openai.memory.summary_model", "openai"},
      {"approvals.openai.when", "args.order_id != principal.user"},
  };
  return all;
}

std::string field_text(const FieldDescription& field, const std::string& path,
                       const std::string& key, const std::string& value) {
  const Description& type = field.type;
  if (path == key) return value;
  if (const auto at = instead().find(path); at != instead().end()) return at->second;
  if (type.kind == Kind::record) return whole_file(type, path, key, value);
  if (!type.element.empty() && type.element[0].kind == Kind::record) {
    const bool map = type.kind == Kind::map;
    const std::string inner =
        whole_file(type.element[0], path + (map ? ".openai" : "[0]"), key, value);
    return map ? "{openai: " + inner + "}" : "[" + inner + "]";
  }
  if (!field.meta.example.empty()) return std::string(field.meta.example);
  return type.value;
}

std::string whole_file(const Description& type, const std::string& path, const std::string& key,
                       const std::string& value) {
  std::string out = "{";
  for (const FieldDescription& field : type.fields) {
    const std::string name = (path.empty() ? "" : path + ".") + std::string(field.name);
    const std::string text = field_text(field, name, key, value);
    if (!text.empty()) out += (out.size() > 1 ? ", " : "") + std::string(field.name) + ": " + text;
  }
  return out + "}";
}

// Every key: its path in whole_file(), its field.
void all_keys(const Description& type, const std::string& path,
              std::vector<std::pair<std::string, FieldDescription>>& out) {
  for (const FieldDescription& field : type.fields) {
    const std::string name = (path.empty() ? "" : path + ".") + std::string(field.name);
    out.emplace_back(name, field);
    all_keys(field.type, name, out);
    if (field.type.kind == Kind::map) all_keys(field.type.element[0], name + ".openai", out);
    if (field.type.kind == Kind::list) all_keys(field.type.element[0], name + "[0]", out);
  }
}

TEST(Config, EveryDefaultAndEveryExampleReadsBack) {
  const Description all = describe_config();
  EXPECT_THAT(problems_of(whole_file(all, "", "none", "")), IsEmpty());
}

TEST(Config, EveryBoundHoldsOnBothSidesAndEveryIntegerHasThem) {
  const Description all = describe_config();
  std::vector<std::pair<std::string, FieldDescription>> keys;
  all_keys(all, "", keys);
  int integers = 0;
  for (const auto& [key, field] : keys) {
    if (field.type.kind != Kind::integer) continue;
    ++integers;
    ASSERT_TRUE(field.meta.min && field.meta.max) << key;
    const auto problems_at = [&, &path = key](std::int64_t value) {
      return problems_of(whole_file(all, "", path, std::to_string(value)));
    };
    EXPECT_THAT(problems_at(*field.meta.min), IsEmpty()) << key;
    EXPECT_THAT(problems_at(*field.meta.max), IsEmpty()) << key;
    EXPECT_THAT(problems_at(*field.meta.min - 1), ElementsAre(HasSubstr(key + ": must be ")))
        << key;
    EXPECT_THAT(problems_at(*field.meta.max + 1), ElementsAre(HasSubstr(key + ": must be ")))
        << key;
  }
  EXPECT_GT(integers, 20);
}

TEST(Config, EveryKeyIsDocumentedAndInTheReference) {
  const Description all = describe_config();
  std::vector<std::pair<std::string, FieldDescription>> keys;
  all_keys(all, "", keys);
  const std::string reference = base::config::reference_text(all);
  for (const auto& [key, field] : keys) {
    EXPECT_FALSE(field.meta.doc.empty()) << key;
    if (field.type.kind == Kind::record) continue;
    std::string shown = key;
    for (auto at = shown.find(".openai"); at != std::string::npos; at = shown.find(".openai")) {
      shown.replace(at, 7, ".<name>");
    }
    if (const auto item = shown.find("[0]"); item != std::string::npos) {
      shown.erase(item + 1, 1);
    }
    EXPECT_THAT(reference, HasSubstr("\n  " + shown + " ")) << key;
  }
}

}  // namespace
}  // namespace headgate::server
