#include "agents/definitions/template.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "agents/definitions/tool_templates.h"
#include "base/text/strings.h"

namespace headgate::agents {
namespace {

Template::Lookup one(const std::string& name, const std::string& json) {
  return [=](std::string_view asked) -> std::optional<std::string_view> {
    if (asked == name) return std::string_view(json);
    return std::nullopt;
  };
}

TEST(Template, fills_in_what_arguments_say) {
  const auto text = Template::parse("id {a.b-c_1}, {{literal}}");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->names(), std::vector<std::string_view>{"a.b-c_1"});
  EXPECT_EQ(text->fill(one("a.b-c_1", R"("x \"y\"")")), R"(id x "y", {literal})");
  EXPECT_EQ(text->fill(one("a.b-c_1", "12.50")), "id 12.50, {literal}");
  EXPECT_EQ(text->fill(one("other", "1")), std::nullopt);
}

TEST(Template, refuses_braces_that_do_not_match) {
  for (const char* const text : {"{", "}", "{}", "{a", "{a b}", "a}b", "{{a}"}) {
    EXPECT_FALSE(Template::parse(text)) << text;
  }
}

TEST(UrlTemplate, keeps_the_host_to_itself) {
  for (const char* const text :
       {"http://{host}/x", "http://a.example:{port}/x", "ftp://a/x", "/x",
        "http://a.example/x?y={z}", "http://a.example/x#y", "{scheme}://a/"}) {
    EXPECT_FALSE(UrlTemplate::parse(text)) << text;
  }
}

TEST(UrlTemplate, refuses_arguments_that_are_another_path) {
  const auto url = UrlTemplate::parse("http://a.example:81/orders/{id}/items");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin().text(), "http://a.example:81");
  EXPECT_EQ(*url->path(one("id", R"("O 1/ä")")), "/orders/O%201%2F%C3%A4/items");
  for (const char* const json : {R"("")", R"(".")", R"("..")", R"("../admin")", R"("a/../../b")",
                                 R"("..\\x")", R"("a\u0000b")", R"("a\nb")"}) {
    EXPECT_FALSE(url->path(one("id", json))) << json;
  }
  EXPECT_FALSE(url->path(one("other", "1")));
}

RC_GTEST_PROP(UrlTemplate, arguments_fill_one_segment, (const std::string& value)) {
  const auto url = UrlTemplate::parse("http://a.example/orders/{id}/items");
  const auto path = url->path(one("id", base::json_string(value)));
  if (!path) return;
  RC_ASSERT(std::count(path->begin(), path->end(), '/') == 3);
  RC_ASSERT(path->starts_with("/orders/"));
  RC_ASSERT(path->ends_with("/items"));
  RC_ASSERT(path->find_first_of("?#\r\n ") == std::string::npos);
}

TEST(ToolTemplates, makes_query_and_body) {
  HttpToolConfig config;
  config.url = "http://a.example/orders/{id}";
  config.query.add("limit") = "{limit}";
  config.query.add("q x") = "a {id}";
  config.body.text =
      R"({"id":"{id}","n":"{limit}","both":"{id}-{limit}","list":["{limit}","x"],"on":true})";
  ToolTemplates::Wrongs wrongs;
  const auto made = ToolTemplates::parse(config, wrongs);
  ASSERT_TRUE(wrongs.empty());
  EXPECT_EQ(*made.target(one("id", R"("7&8")")), "/orders/7%268?q%20x=a%207%268");
  EXPECT_EQ(made.body(one("id", R"("7")")), R"({"id":"7","list":["x"],"on":true})");
  const auto both = [](std::string_view name) -> std::optional<std::string_view> {
    return name == "id" ? R"("7")" : "[1, 2]";
  };
  EXPECT_EQ(made.body(both),
            R"({"id":"7","n":[1, 2],"both":"7-[1, 2]","list":[[1, 2],"x"],"on":true})");
}

TEST(ToolTemplates, lists_are_repeated_or_joined) {
  HttpToolConfig config;
  config.url = "http://a.example/{l,}";
  for (const char* text : {"{l*}", "{l,}", "{l}", "x{l,}"}) config.query.add(text) = text;
  config.header_templates.add("x-l") = "{l,}";
  config.body.text = R"(["{l}","{l,}"])";
  ToolTemplates::Wrongs wrongs;
  const auto made = ToolTemplates::parse(config, wrongs);
  ASSERT_TRUE(wrongs.empty());
  const auto list = one("l", R"(["a,b", 1])");
  EXPECT_EQ(*made.target(list),
            "/a%2Cb%2C1?%7Bl%2A%7D=a%2Cb&%7Bl%2A%7D=1&%7Bl%2C%7D=a%2Cb%2C1&"
            "%7Bl%7D=%5B%22a%2Cb%22%2C%201%5D&x%7Bl%2C%7D=xa%2Cb%2C1");
  EXPECT_EQ((*made.headers(list)).front().second, "a,b,1");
  EXPECT_EQ(made.body(list), R"([["a,b", 1],"a,b,1"])");
  EXPECT_FALSE(made.target(one("l", "[]")));  // no part of a path
}

TEST(ToolTemplates, null_is_a_value_in_bodies_only) {
  HttpToolConfig config;
  config.url = "http://a.example/x";
  config.query.add("q") = "{a}";
  config.query.add("r") = "{a*}";
  config.header_templates.add("h") = "{a}";
  config.body.text = R"({"a":"{a}","b":"{b}","c":"is {a}"})";
  ToolTemplates::Wrongs wrongs;
  const auto made = ToolTemplates::parse(config, wrongs);
  const auto null = one("a", "null");
  EXPECT_EQ(*made.target(null), "/x");
  EXPECT_TRUE(made.headers(null)->empty());
  EXPECT_EQ(made.body(null), R"({"a":null})");
}

TEST(ToolTemplates, each_is_for_values_of_the_query) {
  HttpToolConfig config;
  config.url = "http://a.example/{l*}";
  config.query.add("a") = "x{l*}";
  config.header_templates.add("b") = "{l*}";
  config.body.text = R"(["{l*}"])";
  ToolTemplates::Wrongs wrongs;
  ToolTemplates::parse(config, wrongs);
  std::vector<std::string_view> sections;
  for (const auto& wrong : wrongs) sections.push_back(wrong.section);
  EXPECT_EQ(sections, (std::vector<std::string_view>{"url", "query", "header_templates", "body"}));
}

TEST(ToolTemplates, says_where_each_is_wrong) {
  HttpToolConfig config;
  config.url = "http://{x}/";
  config.query.add("a") = "{";
  config.body.text = R"({"b":["}"]})";
  ToolTemplates::Wrongs wrongs;
  ToolTemplates::parse(config, wrongs);
  ASSERT_EQ(wrongs.size(), 3U);
  EXPECT_EQ(wrongs[0].section, "url");
  EXPECT_EQ(wrongs[1].key, "a");
  EXPECT_EQ(wrongs[2].section, "body");
}

}  // namespace
}  // namespace headgate::agents
