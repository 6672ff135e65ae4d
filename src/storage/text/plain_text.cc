#include "storage/text/plain_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/text/utf8.h"

namespace headgate::storage::text {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr int kInsideMax = 2;  // JSON in a string of JSON, as arguments of tools are

std::string_view after_blank(std::string_view text) {
  const std::size_t at = text.find_first_not_of(kBlank);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at);
}

bool begins_json(std::string_view text) {
  const std::string_view json = after_blank(text);
  if (json.empty() || (json[0] != '[' && json[0] != '{')) return false;
  const std::string_view inside = after_blank(json.substr(1));
  if (inside.empty()) return false;
  return json[0] == '{' ? inside[0] == '"'
                        : inside[0] == '{' || inside[0] == '"' || inside[0] == '[';
}

bool is_hash(std::string_view content) {
  constexpr std::string_view kMark = "sha256:";
  constexpr std::size_t kDigits = 64;
  return content.size() == kMark.size() + kDigits && content.starts_with(kMark) &&
         content.find_first_not_of("0123456789abcdef", kMark.size()) == std::string_view::npos;
}

std::optional<char32_t> four_digits(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  char32_t code = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    code = code << 4 | static_cast<char32_t>(digit);
  }
  return code;
}

class Extractor {
 public:
  Extractor(std::string_view json, std::string& out, int depth)
      : rest_(json), out_(out), depth_(depth) {}

  void run() {
    while (!rest_.empty()) {
      const std::size_t quote = std::min(rest_.find('"'), rest_.size());
      const std::string_view between = rest_.substr(0, quote);
      out_.append(between);
      rest_.remove_prefix(quote);
      // A value that is no string ends what the key said of it.
      if (after_blank(between).size() > 1) mute_ = false;
      if (!rest_.empty()) string();
    }
  }

 private:
  void string() {
    rest_.remove_prefix(1);
    const std::size_t begun = out_.size();
    while (!rest_.empty() && rest_.front() != '"') character();
    if (!rest_.empty()) rest_.remove_prefix(1);
    if (after_blank(rest_).starts_with(':')) {
      const std::string_view key = std::string_view(out_).substr(begun);
      mute_ = key == "role" || key == "type";
      out_.resize(begun);
    } else if (mute_) {
      out_.resize(begun);
      mute_ = false;
    } else {
      inside(begun);
    }
    out_ += ' ';
  }

  void inside(std::size_t begun) {
    if (depth_ >= kInsideMax || !begins_json(std::string_view(out_).substr(begun))) return;
    const std::string json = out_.substr(begun);
    out_.resize(begun);
    Extractor(json, out_, depth_ + 1).run();
  }

  void character() {
    if (rest_.front() != '\\') {
      const std::size_t plain = std::min(rest_.find_first_of("\"\\"), rest_.size());
      out_.append(rest_.substr(0, plain));
      rest_.remove_prefix(plain);
      return;
    }
    const char escaped = rest_.size() > 1 ? rest_[1] : ' ';
    rest_.remove_prefix(std::min<std::size_t>(rest_.size(), 2));
    switch (escaped) {
      case '"':
      case '\\':
      case '/': out_ += escaped; break;
      case 'u': unicode(); break;
      default: out_ += ' '; break;
    }
  }

  void unicode() {
    auto code = four_digits(rest_);
    if (!code) {
      out_ += ' ';
      return;
    }
    rest_.remove_prefix(4);
    if (*code >= 0xD800 && *code <= 0xDFFF) {
      const auto low = rest_.starts_with("\\u") ? four_digits(rest_.substr(2)) : std::nullopt;
      const bool pair = *code <= 0xDBFF && low && *low >= 0xDC00 && *low <= 0xDFFF;
      if (pair) rest_.remove_prefix(6);
      code = pair ? 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00) : U' ';
    }
    std::array<char, 4> bytes{};
    out_.append(bytes.data(), base::encode_utf8(*code, bytes));
  }

  std::string_view rest_;
  std::string& out_;
  int depth_;
  bool mute_ = false;  // the value that comes says what its object is, and nothing else
};

}  // namespace

std::string_view plain_text(std::string_view content, std::string& storage) {
  if (is_hash(content)) return {};
  const bool quoted = after_blank(content).starts_with('"');
  if (!quoted && !begins_json(content)) return content;
  storage.clear();
  if (quoted && !after_blank(content).ends_with('"')) return content;
  Extractor(content, storage, 0).run();
  return storage;
}

}  // namespace headgate::storage::text
