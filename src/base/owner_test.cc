#include "base/owner.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace headgate::base {
namespace {

Principal key(std::string id, std::string tenant) {
  Principal out;
  out.key_id = std::move(id);
  out.tenant = std::move(tenant);
  return out;
}

TEST(Owner, IsTheTenantOrTheKeyWithoutOne) {
  EXPECT_EQ(owner_of(key("a", "acme")), owner_of(key("b", "acme")));
  EXPECT_NE(owner_of(key("a", "")), owner_of(key("b", "")));
  EXPECT_EQ(tenant_or_key(key("a", "acme")), "acme") << "rows say so since they are written";
  EXPECT_NE(tenant_or_key(key("a", "")), tenant_or_key(key("b", "")));
}

TEST(Owner, IsNoOneElse) {
  std::set<std::string> owners;
  std::set<std::string> files;
  const std::set<std::string> tenants{"", "acme", "a", "key a", "tenant acme", "tenant key a"};
  for (const std::string& tenant : tenants) {
    owners.insert(owner_of(key("a", tenant)));
    files.insert(tenant_or_key(key("a", tenant)));
  }
  EXPECT_EQ(owners.size(), tenants.size());
  EXPECT_EQ(files.size(), tenants.size());
}

}  // namespace
}  // namespace headgate::base
