#include "server/admin/admin_path.h"

#include <gtest/gtest.h>

namespace headgate::server {
namespace {

TEST(AdminPath, NamesResources) {
  const struct {
    std::string_view path;
    AdminResource resource;
    std::string_view provider;
    std::string_view model;
  } cases[] = {
      {"/admin/v1/breakers", AdminResource::breakers, "", ""},
      {"/admin/v1/limits", AdminResource::limits, "", ""},
      {"/admin/v1/breakers/openai/gpt-5.6", AdminResource::breaker, "openai", "gpt-5.6"},
      {"/admin/v1/breakers/local/meta%2Fllama", AdminResource::breaker, "local", "meta/llama"},
      {"/admin/v1/breakers/local/meta/llama%203", AdminResource::breaker, "local", "meta/llama 3"},
      {"/admin/v1/breakers/a%20b/%", AdminResource::breaker, "a b", "%"},
      {"/admin/v1/chaos", AdminResource::chaos, "", ""},
      {"/admin/v1/chaos/slow-1", AdminResource::chaos_rule, "", ""},
      {"/admin/v1/chaos/", AdminResource::unknown, "", ""},
      {"/admin/v1/breakers/openai", AdminResource::unknown, "", ""},
      {"/admin/v1/breakers/openai/", AdminResource::unknown, "", ""},
      {"/admin/v1/breakers//m", AdminResource::unknown, "", ""},
      {"/admin/v1/breakers/", AdminResource::unknown, "", ""},
      {"/admin/v1/", AdminResource::unknown, "", ""},
      {"/admin/v2/breakers", AdminResource::unknown, "", ""},
      {"/admin", AdminResource::unknown, "", ""},
  };
  for (const auto& each : cases) {
    const AdminPath path = admin_path(each.path);
    EXPECT_TRUE(is_admin_path(each.path)) << each.path;
    EXPECT_EQ(path.resource, each.resource) << each.path;
    EXPECT_EQ(path.provider, each.provider) << each.path;
    EXPECT_EQ(path.model, each.model) << each.path;
    EXPECT_EQ(path.allow.empty(), each.resource == AdminResource::unknown) << each.path;
  }
  EXPECT_EQ(admin_path("/admin/v1/chaos/a%2Db").rule, "a-b");
  EXPECT_FALSE(is_admin_path("/v1/models"));
  EXPECT_FALSE(is_admin_path("/administration"));
}

}  // namespace
}  // namespace headgate::server
