#include "lab/anthropic/cache_control.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace headgate::lab::anthropic {
namespace {

constexpr int kMarksMax = 4;

}  // namespace

void CacheMarks::read(const Node& node, CacheBlock& block) {
  const Node mark = node["cache_control"];
  if (!mark.given() || mark.variant({"ephemeral"}).empty()) return;
  const Node named = mark.as("ephemeral");
  named.only({"type", "ttl"});
  block.long_lived = named["ttl"].choice({"5m", "1h"}) == "1h";
  block.breakpoint = true;
  ++count_;
  if (block.long_lived && short_lived_) {
    mark["ttl"].note(
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note "
        "that blocks are processed in the following order: `tools`, `system`, `messages`.");
  }
  short_lived_ = short_lived_ || !block.long_lived;
}

void CacheMarks::finish(const Node& root) const {
  if (count_ <= kMarksMax) return;
  root.note_all(fmt::format("A maximum of {} blocks with cache_control may be provided. Found {}.",
                            kMarksMax, count_));
}

std::string cache_text_of(const Node& node, std::string_view prefix) {
  boost::json::value copy = node.value();
  if (auto* object = copy.if_object()) object->erase("cache_control");
  return fmt::format("{}{}", prefix, boost::json::serialize(copy));
}

}  // namespace headgate::lab::anthropic
