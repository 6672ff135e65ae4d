#include "agents/mcp/request_meta.h"

#include <algorithm>
#include <array>

#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"

namespace headgate::agents::mcp {

namespace {

constexpr std::size_t kTextBytesMax = 512;

std::string short_string(ObjectView& view, std::string_view name) {
  auto text = view.string(name);
  return text && text->size() <= kTextBytesMax ? std::move(*text) : std::string();
}

bool is_fit_key(std::string_view key) {
  constexpr std::size_t kKeyBytesMax = 255;  // as of the header
  return !key.empty() && key.size() <= kKeyBytesMax &&
         std::none_of(key.begin(), key.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

int nesting(ObjectView& meta) {
  constexpr std::int64_t kMost = 100;
  return static_cast<int>(
      std::clamp<std::int64_t>(meta.integer(key::kNesting).value_or(0), 0, kMost));
}

// A token is a string or an integer, and goes back as it came.
std::string_view progress_token(ObjectView& meta) {
  const base::json::Member* member = meta.members().take("progressToken");
  if (member == nullptr || member->raw.size() > kIdBytesMax) return {};
  const bool fits =
      member->kind == base::json::Kind::string || member->kind == base::json::Kind::number;
  return fits ? member->raw : std::string_view();
}

}  // namespace

CallerFeatures read_features(std::string_view capabilities) {
  CallerFeatures out;
  ObjectView view(capabilities);
  out.roots = !view.object("roots").empty();
  if (const std::string_view sampling = view.object("sampling"); !sampling.empty()) {
    out.sample = true;
    out.sample_with_tools = ObjectView(sampling).has("tools");
  }
  if (const std::string_view elicitation = view.object("elicitation"); !elicitation.empty()) {
    ObjectView modes(elicitation);
    out.elicit_url = modes.has("url");
    out.elicit_form = modes.has("form") || !out.elicit_url;
  }
  return out;
}

RequestMeta read_meta(std::string_view params) {
  RequestMeta out;
  ObjectView outer(params);
  const std::string_view text = outer.object("_meta");
  out.present = !text.empty();
  ObjectView meta(text);
  out.version = short_string(meta, key::kVersion);
  out.log_level = short_string(meta, key::kLogLevel);
  out.traceparent = short_string(meta, "traceparent");
  out.tracestate = short_string(meta, "tracestate");
  out.progress = progress_token(meta);
  out.nesting = nesting(meta);
  if (meta.has(key::kIdempotency)) {
    out.idempotency_key = meta.string(key::kIdempotency).value_or("");
    out.is_bad_key = !is_fit_key(out.idempotency_key);
  }
  ObjectView client(meta.object(key::kClientInfo));
  out.client_name = short_string(client, "name");
  out.client_version = short_string(client, "version");
  const std::string_view capabilities = meta.object(key::kCapabilities);
  out.has_capabilities = !capabilities.empty();
  out.features = read_features(capabilities);
  ObjectView all(capabilities);
  out.tasks = ObjectView(all.object("extensions")).has("io.modelcontextprotocol/tasks");
  return out;
}

std::string missing_capability(const CallerFeatures& features, std::string_view method,
                               std::string_view params) {
  if (method == method::kRoots) return features.roots ? "" : R"({"roots":{}})";
  ObjectView view(params);
  if (method == method::kSample) {
    if (!features.sample) return R"({"sampling":{}})";
    const bool with_tools = view.has("tools") || view.has("toolChoice");
    return with_tools && !features.sample_with_tools ? R"({"sampling":{"tools":{}}})" : "";
  }
  if (view.string("mode") == "url") {
    return features.elicit_url ? "" : R"({"elicitation":{"url":{}}})";
  }
  return features.elicit_form ? "" : R"({"elicitation":{}})";
}

std::optional<int> severity(std::string_view level) {
  constexpr std::array<std::string_view, 8> kLevels{"emergency", "alert",  "critical", "error",
                                                    "warning",   "notice", "info",     "debug"};
  const auto found = std::find(kLevels.begin(), kLevels.end(), level);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<int>(found - kLevels.begin());
}

}  // namespace headgate::agents::mcp
