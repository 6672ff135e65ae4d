#include "lab/anthropic/models.h"

#include <gtest/gtest.h>

#include "lab/talk_test.h"

namespace headgate::lab {
namespace {

const HeaderList kVersion{{"anthropic-version", "2026-10-21"}};

TEST(AnthropicModels, AreListedByPages) {
  Talk lab("models: [claude-x, claude-y, \"claude-hidden-*\"]");
  const auto list = body_of(lab.get("/v1/models", kVersion));
  EXPECT_EQ(list.at("data").as_array().size(), 2U);
  EXPECT_EQ(text_at(list, "/data/0/display_name"), "claude-x");
  EXPECT_EQ(text_at(list, "/data/0/created_at"), "2024-05-10T18:50:49Z");
  EXPECT_EQ(text_at(list, "/last_id"), "claude-y");
  const auto page = body_of(lab.get("/v1/models?limit=1", kVersion));
  EXPECT_EQ(text_at(page, "/has_more"), "true");
  const auto rest = body_of(lab.get("/v1/models?after_id=claude-x", kVersion));
  EXPECT_EQ(text_at(rest, "/first_id"), "claude-y");
  EXPECT_EQ(text_at(body_of(lab.get("/v1/models/claude-y", kVersion)), "/id"), "claude-y");
  const auto unknown = lab.get("/v1/models/nope", kVersion);
  EXPECT_EQ(reply_of(unknown).status, 404);
  EXPECT_EQ(text_at(body_of(unknown), "/error/message"), "model: nope");
  EXPECT_EQ(text_at(body_of(lab.get("/v1/models")), "/object"), "list");  // OpenAI's
  EXPECT_EQ(reply_of(lab.get("/v1/messages", kVersion)).status, 405);
  EXPECT_EQ(text_at(body_of(lab.get("/v1/files", kVersion)), "/error/type"), "not_found_error");
}

}  // namespace
}  // namespace headgate::lab
