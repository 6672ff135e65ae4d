// Where the text of a conversation comes from: what its models have read that nobody vouches for,
// what they have read that the caller or the configuration says, and what was kept from them. Part
// of a run's state. Plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headgate::agents {

/// Text in the conversation that is not trusted.
struct TextSource {
  std::string call;  // whose result it is; "input": of the run's own messages
  std::vector<std::string> labels;
  friend bool operator==(const TextSource&, const TextSource&) = default;
};

/// A result that the model knows by a reference.
struct WithheldText {
  std::string call;
  std::vector<std::string> labels;
  std::string text;
  friend bool operator==(const WithheldText&, const WithheldText&) = default;
};

struct Provenance {
  std::vector<TextSource> sources;
  std::vector<std::string> trusted;   // texts: of the caller, and of tools that are trusted
  std::vector<std::string> endorsed;  // values of types that can carry no instruction; JSON
  std::vector<WithheldText> withheld;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

/// What text is labelled with.
inline constexpr std::string_view kUserLabel = "user";        // the caller's own messages: trusted
inline constexpr std::string_view kHistoryLabel = "history";  // answers that a caller sent along
inline constexpr std::string_view kClientLabel = "client";    // arguments of calls without a run
inline std::string label_of_tool(std::string_view tool) { return "tool:" + std::string(tool); }

/// By which a model passes on a result that it has not seen: "$c3_1".
inline std::string reference_to(std::string_view call) { return "$" + std::string(call); }

}  // namespace headgate::agents
