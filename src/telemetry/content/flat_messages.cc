#include "telemetry/content/flat_messages.h"

#include <map>
#include <optional>

#include "base/json/writer.h"

namespace headgate::telemetry {
namespace {

constexpr std::uint64_t kMessagesMax = 4096;

struct Message {
  std::string_view role;
  std::string_view content;
};

struct Place {
  std::uint64_t index = 0;
  std::string_view member;
};

// Of "3.message.role" behind the prefix.
std::optional<Place> place_of(std::string_view rest) {
  const auto dot = rest.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto index = base::parse_u64(rest.substr(0, dot));
  if (!index || *index >= kMessagesMax) return std::nullopt;
  std::string_view member = rest.substr(dot + 1);
  constexpr std::string_view kWrapper = "message.";
  if (member.starts_with(kWrapper)) member.remove_prefix(kWrapper.size());
  return Place{*index, member};
}

std::string written(const std::map<std::uint64_t, Message>& messages) {
  std::string out;
  base::json::Writer to(out);
  to.begin_array();
  for (const auto& [index, message] : messages) {
    to.begin_object();
    to.member("role", message.role);
    to.member("content", message.content);
    to.end_object();
  }
  to.end_array();
  return out;
}

}  // namespace

std::string messages_from_flat(std::span<const Attribute> attributes,
                               std::span<const std::string_view> prefixes,
                               std::vector<bool>& used) {
  for (const std::string_view prefix : prefixes) {
    std::map<std::uint64_t, Message> messages;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      if (!attributes[i].key.starts_with(prefix)) continue;
      const auto place = place_of(attributes[i].key.substr(prefix.size()));
      if (!place || (place->member != "role" && place->member != "content")) continue;
      Message& message = messages[place->index];
      (place->member == "role" ? message.role : message.content) = attributes[i].value;
      used[i] = true;
    }
    if (!messages.empty()) return written(messages);
  }
  return {};
}

}  // namespace headgate::telemetry
