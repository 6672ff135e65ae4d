// Headers: which era they make a request belong to, whether they say what its body says, and
// arguments that are mirrored in them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "agents/mcp/era.h"
#include "agents/mcp/header_value.h"
#include "agents/mcp/param_headers.h"
#include "base/text/utf8.h"

namespace headgate::agents::mcp {
namespace {

TEST(HeaderValue, Table) {
  EXPECT_EQ(to_header_value("us-west1"), "us-west1");
  EXPECT_EQ(to_header_value("us west"), "us west");
  EXPECT_EQ(to_header_value(""), "");
  EXPECT_EQ(to_header_value(" padded "), "=?base64?IHBhZGRlZCA=?=");
  EXPECT_EQ(to_header_value("line1\nline2"), "=?base64?bGluZTEKbGluZTI=?=");
  EXPECT_EQ(to_header_value("=?base64?literal?="), "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=");
  EXPECT_EQ(from_header_value("=?base64?SGVsbG8=?="), "Hello");
  EXPECT_EQ(from_header_value("SGVsbG8="), "SGVsbG8=");
  EXPECT_EQ(from_header_value("=?base64?SGVsbG8="), "=?base64?SGVsbG8=");
  EXPECT_EQ(from_header_value("=?base64?SGVsbG8?="), std::nullopt);  // no padding
  EXPECT_EQ(from_header_value("=?base64?SGVs!!!bG8=?="), std::nullopt);
  EXPECT_EQ(from_header_value("=?base64?_-8=?="), std::nullopt);  // the other alphabet
  EXPECT_EQ(from_header_value("=?base64?/w==?="), std::nullopt);  // no UTF-8
  EXPECT_EQ(from_header_value("a\x01"), std::nullopt);
}

RC_GTEST_PROP(HeaderValue, EveryTextComesBack, (const std::string& bytes)) {
  const std::string text = base::valid_utf8(bytes);
  const std::string value = to_header_value(text);
  for (const char c : value) RC_ASSERT((c >= 0x20 && c < 0x7F) || c == '\t');
  RC_ASSERT(from_header_value(value) == text);
}

RequestMeta meta_of(std::string_view version) {
  RequestMeta out;
  out.version = version;
  return out;
}

TEST(Era, Table) {
  using H = HeaderFields;
  EXPECT_EQ(era_of(H{}, meta_of("2026-07-28")), Era::modern);
  EXPECT_EQ(era_of(H{"2025-11-25", {}, {}}, meta_of("2026-07-28")), Era::modern);
  EXPECT_EQ(era_of(H{"2026-07-28", {}, {}}, meta_of("")), Era::modern);
  EXPECT_EQ(era_of(H{"v999", {}, {}}, meta_of("")), Era::modern);
  EXPECT_EQ(era_of(H{"2025-06-18", {}, {}}, meta_of("")), Era::legacy);
  EXPECT_EQ(era_of(H{}, meta_of("")), Era::legacy);
  EXPECT_EQ(era_of(H{{}, "tools/list", {}}, meta_of("")), Era::modern);
}

struct ModernCase {
  HeaderFields headers;
  std::string version = std::string(kModern);
  bool capabilities = true;
  std::string method = "tools/call";
  std::string params = R"({"name":"t"})";
  int code = 0;  // 0: it is in order
};

TEST(Era, ModernRequestsMustAgreeWithTheirHeaders) {
  const std::vector<ModernCase> cases{
      {{kModern, "tools/call", "t"}},
      {{kModern, "tools/call", "=?base64?dA==?="}},
      {{kModern, "tools/list", {}}, std::string(kModern), true, "tools/list", "{}"},
      {{{}, "tools/call", "t"},
       std::string(kModern),
       true,
       "tools/call",
       R"({"name":"t"})",
       -32020},
      {{kModern, {}, "t"}, std::string(kModern), true, "tools/call", R"({"name":"t"})", -32020},
      {{kModern, "TOOLS/CALL", "t"}, std::string(kModern), true, "tools/call", "{}", -32020},
      {{kModern, "tools/call", "u"},
       std::string(kModern),
       true,
       "tools/call",
       R"({"name":"t"})",
       -32020},
      {{kModern, "tools/call", {}}, std::string(kModern), true, "tools/call", "{}", -32020},
      {{kModern, "tools/call", "=?base64?dA?="},
       std::string(kModern),
       true,
       "tools/call",
       "{}",
       -32020},
      {{kModern, "resources/read", "a://b"},
       std::string(kModern),
       true,
       "resources/read",
       R"({"uri":"a://c"})",
       -32020},
      {{kModern, "tools/call", "t"}, "", true, "tools/call", "{}", -32602},
      {{kModern, "tools/call", "t"}, std::string(kModern), false, "tools/call", "{}", -32602},
      {{kModern, "tools/call", "t"}, "2027-01-01", true, "tools/call", "{}", -32020},
      {{"2027-01-01", "tools/call", "t"}, "2027-01-01", true, "tools/call", "{}", -32022},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const ModernCase& one = cases[i];
    Message message;
    message.method = one.method;
    message.params = one.params;
    RequestMeta meta = meta_of(one.version);
    meta.has_capabilities = one.capabilities;
    const auto wrong = check_modern(one.headers, message, meta);
    EXPECT_EQ(wrong ? static_cast<int>(wrong->code) : 0, one.code) << "case " << i;
    EXPECT_EQ(wrong ? wrong->http_status : 400, 400);
  }
}

TEST(RequestMeta, ReadsWhatARequestSays) {
  const RequestMeta meta = read_meta(R"({"_meta":{"progressToken":"a\"b",
    "io.modelcontextprotocol/protocolVersion":"2026-07-28",
    "io.modelcontextprotocol/logLevel":"debug","traceparent":"tp",
    "headgate/idempotencyKey":"k-1","headgate/nesting":2,
    "io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}},"roots":{},
      "extensions":{"io.modelcontextprotocol/tasks":{}}}}})");
  EXPECT_TRUE(meta.present && meta.has_capabilities && meta.tasks);
  EXPECT_EQ(meta.progress, R"("a\"b")");
  EXPECT_EQ(meta.log_level, "debug");
  EXPECT_EQ(meta.traceparent, "tp");
  EXPECT_EQ(meta.idempotency_key, "k-1");
  EXPECT_FALSE(meta.is_bad_key);
  EXPECT_EQ(meta.nesting, 2);
  EXPECT_TRUE(meta.features.elicit_url && meta.features.roots);
  EXPECT_FALSE(meta.features.elicit_form || meta.features.sample);
  EXPECT_TRUE(read_features(R"({"elicitation":{}})").elicit_form);
  EXPECT_FALSE(read_meta(R"({"_meta":[]})").present);
  EXPECT_FALSE(read_meta("").present);
}

TEST(RequestMeta, NamesTheCapabilityThatAQuestionNeeds) {
  const CallerFeatures none;
  CallerFeatures all{true, true, true, true, true};
  EXPECT_EQ(missing_capability(none, "roots/list", "{}"), R"({"roots":{}})");
  EXPECT_EQ(missing_capability(none, "sampling/createMessage", "{}"), R"({"sampling":{}})");
  EXPECT_EQ(missing_capability(none, "elicitation/create", "{}"), R"({"elicitation":{}})");
  EXPECT_EQ(missing_capability(all, "elicitation/create", R"({"mode":"url"})"), "");
  all.elicit_url = all.sample_with_tools = false;
  EXPECT_EQ(missing_capability(all, "elicitation/create", R"({"mode":"url"})"),
            R"({"elicitation":{"url":{}}})");
  EXPECT_EQ(missing_capability(all, "sampling/createMessage", R"({"tools":[]})"),
            R"({"sampling":{"tools":{}}})");
}

std::string property(std::string_view schema) {
  return R"({"type":"object","properties":{"a":)" + std::string(schema) + "}}";
}

TEST(ParamHeaders, AnnotationsThatBreakTheRules) {
  const std::vector<std::string> right{
      property(R"({"type":"string","x-mcp-header":"Region"})"),
      property(R"({"type":["integer","null"],"x-mcp-header":"N"})"),
      property(R"({"type":"object","properties":{"b":{"type":"boolean","x-mcp-header":"B"}}})"),
      R"({"type":"object","properties":{"x-mcp-header":{"type":"string"}}})",
      property(R"({"type":"string","default":{"x-mcp-header":1}})"),
      R"({"type":"object"})",
  };
  const std::vector<std::string> wrong{
      property(R"({"type":"string","x-mcp-header":""})"),
      property(R"({"type":"string","x-mcp-header":"a b"})"),
      property(R"({"type":"string","x-mcp-header":"a\r\nb"})"),
      property(R"({"type":"string","x-mcp-header":"ü"})"),
      property(R"({"type":"string","x-mcp-header":7})"),
      property(R"({"type":"number","x-mcp-header":"N"})"),
      property(R"({"type":"object","x-mcp-header":"N"})"),
      property(R"({"x-mcp-header":"N"})"),
      property(R"({"type":"array","items":{"type":"string","x-mcp-header":"N"}})"),
      property(R"({"anyOf":[{"type":"string","x-mcp-header":"N"}]})"),
      R"({"type":"object","x-mcp-header":"N"})",
      R"({"$defs":{"d":{"properties":{"a":{"type":"string","x-mcp-header":"N"}}}}})",
      R"({"properties":{"a":{"type":"string","x-mcp-header":"N"},
                        "b":{"type":"string","x-mcp-header":"n"}}})",
      "no JSON",
  };
  for (const auto& schema : right) EXPECT_TRUE(ParamHeaders::read(schema).has_value()) << schema;
  for (const auto& schema : wrong) EXPECT_FALSE(ParamHeaders::read(schema).has_value()) << schema;
}

class ParamHeadersOfCall : public testing::Test {
 protected:
  std::string mismatch(std::string_view arguments,
                       const std::map<std::string, std::string>& headers) const {
    return headers_.mismatch(arguments,
                             [&](const std::string& name) -> std::optional<std::string_view> {
                               const auto found = headers.find(name);
                               if (found == headers.end()) return std::nullopt;
                               return found->second;
                             });
  }
  ParamHeaders headers_ = *ParamHeaders::read(
      R"({"properties":{"s":{"type":"string","x-mcp-header":"S"},
                        "o":{"properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
                        "b":{"type":"boolean","x-mcp-header":"B"}}})");
};

TEST_F(ParamHeadersOfCall, AreMadeAndAgree) {
  const std::string_view arguments = R"({"s":"é","o":{"n":42.0},"b":false})";
  const auto lines = headers_.of_call(arguments);
  ASSERT_TRUE(lines.has_value());
  std::map<std::string, std::string> all;
  for (const HeaderLine& line : *lines) all[line.name] = line.value;
  EXPECT_EQ(all, (std::map<std::string, std::string>{{"Mcp-Param-S", "=?base64?w6k=?="},
                                                     {"Mcp-Param-N", "42"},
                                                     {"Mcp-Param-B", "false"}}));
  EXPECT_EQ(mismatch(arguments, all), "");
  EXPECT_EQ(mismatch(R"({"s":null})", {}), "");
  EXPECT_TRUE(headers_.of_call(R"({"s":null})")->empty());
}

TEST_F(ParamHeadersOfCall, AreRefusedWhenTheyDisagree) {
  EXPECT_NE(mismatch(R"({"s":"a"})", {}), "");
  EXPECT_NE(mismatch(R"({"s":"a"})", {{"Mcp-Param-S", "b"}}), "");
  EXPECT_NE(mismatch(R"({"s":"a"})", {{"Mcp-Param-S", "=?base64?YQ?="}}), "");
  EXPECT_NE(mismatch("{}", {{"Mcp-Param-S", "b"}}), "");
  EXPECT_EQ(mismatch(R"({"o":{"n":42}})", {{"Mcp-Param-N", "42.0"}}), "");
  EXPECT_NE(mismatch(R"({"o":{"n":42}})", {{"Mcp-Param-N", "43"}}), "");
  EXPECT_FALSE(headers_.of_call(R"({"o":{"n":9007199254740993}})").has_value());
  EXPECT_FALSE(headers_.of_call(R"({"o":{"n":1.5}})").has_value());
}

}  // namespace
}  // namespace headgate::agents::mcp
