#include "base/redact/tokens.h"

#include <algorithm>
#include <limits>

namespace headgate::base::redact {
namespace {

constexpr std::size_t kAnyLength = std::numeric_limits<std::size_t>::max() / 2;

constexpr TokenRule kRules[] = {
    {"sk-", "api_key", Shape::token, Alphabet::base64url, 20, kAnyLength, true},
    {"sk_live_", "stripe_key", Shape::token, Alphabet::alnum, 16, kAnyLength},
    {"sk_test_", "stripe_key", Shape::token, Alphabet::alnum, 16, kAnyLength},
    {"rk_live_", "stripe_key", Shape::token, Alphabet::alnum, 16, kAnyLength},
    {"rk_test_", "stripe_key", Shape::token, Alphabet::alnum, 16, kAnyLength},
    {"whsec_", "stripe_key", Shape::token, Alphabet::base64, 24, kAnyLength},
    {"AIza", "google_key", Shape::token, Alphabet::base64url, 35, 35},
    {"ya29.", "google_token", Shape::token, Alphabet::base64url, 20, kAnyLength, true},
    {"GOCSPX-", "google_secret", Shape::token, Alphabet::base64url, 28, 28},
    {"ghp_", "github_token", Shape::token, Alphabet::alnum, 36, kAnyLength},
    {"gho_", "github_token", Shape::token, Alphabet::alnum, 36, kAnyLength},
    {"ghu_", "github_token", Shape::token, Alphabet::alnum, 36, kAnyLength},
    {"ghs_", "github_token", Shape::token, Alphabet::alnum, 36, kAnyLength},
    {"ghr_", "github_token", Shape::token, Alphabet::alnum, 36, kAnyLength},
    {"github_pat_", "github_token", Shape::token, Alphabet::word, 22, kAnyLength},
    {"glpat-", "gitlab_token", Shape::token, Alphabet::base64url, 20, kAnyLength},
    {"xoxa-", "slack_token", Shape::token, Alphabet::base64url, 10, kAnyLength},
    {"xoxb-", "slack_token", Shape::token, Alphabet::base64url, 10, kAnyLength},
    {"xoxp-", "slack_token", Shape::token, Alphabet::base64url, 10, kAnyLength},
    {"xoxr-", "slack_token", Shape::token, Alphabet::base64url, 10, kAnyLength},
    {"xoxs-", "slack_token", Shape::token, Alphabet::base64url, 10, kAnyLength},
    {"xapp-", "slack_token", Shape::token, Alphabet::base64url, 20, kAnyLength, true},
    {"hooks.slack.com/services/", "slack_webhook", Shape::token, Alphabet::path, 20, kAnyLength},
    {"AKIA", "aws_key", Shape::token, Alphabet::upper, 16, 16},
    {"ASIA", "aws_key", Shape::token, Alphabet::upper, 16, 16},
    {"AccountKey=", "azure_key", Shape::token, Alphabet::base64, 40, kAnyLength},
    {"SharedAccessKey=", "azure_key", Shape::token, Alphabet::base64, 40, kAnyLength},
    {"hf_", "huggingface_token", Shape::token, Alphabet::alnum, 30, kAnyLength},
    {"r8_", "replicate_token", Shape::token, Alphabet::alnum, 37, 40},
    {"gsk_", "groq_key", Shape::token, Alphabet::alnum, 40, kAnyLength},
    {"xai-", "xai_key", Shape::token, Alphabet::alnum, 40, kAnyLength},
    {"pplx-", "perplexity_key", Shape::token, Alphabet::alnum, 40, kAnyLength},
    {"nvapi-", "nvidia_key", Shape::token, Alphabet::base64url, 40, kAnyLength},
    {"npm_", "npm_token", Shape::token, Alphabet::alnum, 36, 36},
    {"pypi-", "pypi_token", Shape::token, Alphabet::base64url, 50, kAnyLength},
    {"SG.", "sendgrid_key", Shape::token, Alphabet::sendgrid, 60, 80},
    {"shpat_", "shopify_token", Shape::token, Alphabet::hex, 32, 32},
    {"dop_v1_", "digitalocean_token", Shape::token, Alphabet::hex, 64, 64},
    {"hvs.", "vault_token", Shape::token, Alphabet::base64url, 24, kAnyLength, true},
    {"hg_", "headgate_key", Shape::token, Alphabet::word, 40, kAnyLength},
    {"eyJ", "jwt", Shape::jwt},
    {"-----BEGIN ", "private_key", Shape::private_key},
    {"bearer ", "bearer_token", Shape::bearer},
    {"://", "url_password", Shape::url_password},
    {":\\/\\/", "url_password", Shape::url_password},
};

constexpr bool in(Alphabet alphabet, char c) {
  switch (alphabet) {
    case Alphabet::alnum: return is_alnum(c);
    case Alphabet::upper: return is_digit(c) || (c >= 'A' && c <= 'Z');
    case Alphabet::hex: return is_hex(c);
    case Alphabet::word: return is_alnum(c) || c == '_';
    case Alphabet::base64url: return is_alnum(c) || c == '_' || c == '-';
    case Alphabet::base64: return is_alnum(c) || c == '+' || c == '/' || c == '=';
    case Alphabet::path: return is_alnum(c) || c == '/';
    case Alphabet::sendgrid: return is_alnum(c) || c == '_' || c == '-' || c == '.';
  }
  return false;
}

std::size_t run_end(std::string_view text, std::size_t from, Alphabet alphabet, std::size_t max) {
  const std::size_t stop = std::min(text.size(), from + std::min(max, text.size()));
  while (from < stop && in(alphabet, text[from])) ++from;
  return from;
}

// A digit, and 16 letters or digits in a row: keys have that, kebab-case names do not.
bool looks_random(std::string_view body) {
  std::size_t row = 0;
  std::size_t row_max = 0;
  bool digit = false;
  for (const char c : body) {
    row = is_alnum(c) ? row + 1 : 0;
    row_max = std::max(row_max, row);
    digit = digit || is_digit(c);
  }
  return digit && row_max >= 16;
}

std::optional<Span> match_plain(std::string_view text, const TokenRule& rule, std::size_t begin,
                                std::size_t body) {
  const std::size_t end = run_end(text, body, rule.alphabet, rule.chars_max + 1);
  const std::size_t size = end - body;
  if (size < rule.chars_min || size > rule.chars_max) return std::nullopt;
  if (end < text.size() && in(Alphabet::word, text[end])) return std::nullopt;
  if (rule.random && !looks_random(text.substr(body, size))) return std::nullopt;
  return Span{begin, end, rule.kind};
}

// header.payload.signature, or the five parts of an encrypted one.
std::optional<Span> match_jwt(std::string_view text, const TokenRule& rule, std::size_t begin) {
  constexpr std::size_t kPartMin = 10;
  std::size_t end = begin;
  int parts = 0;
  while (parts < 5) {
    if (parts > 0 && (end == text.size() || text[end] != '.')) break;
    const std::size_t from = parts == 0 ? end : end + 1;
    const std::size_t to = run_end(text, from, Alphabet::base64url, kAnyLength);
    if (to - from < kPartMin) break;
    end = to;
    ++parts;
  }
  return parts >= 3 ? std::optional(Span{begin, end, rule.kind}) : std::nullopt;
}

// Behind the body of a key in PEM: what may stand there, and line breaks, also escaped ones.
std::size_t pem_end(std::string_view text, std::size_t at) {
  constexpr std::string_view kMarks = "+/=:,-";
  for (;;) {
    const std::size_t escape = std::min(text.find_first_not_of('\\', at), text.size());
    if (escape == text.size()) return at;
    if (escape > at) {
      const char c = text[escape];
      if (c != 'n' && c != 'r' && c != 't' && c != '/') return at;
    } else if (!is_alnum(text[at]) && !is_blank(text[at]) && kMarks.find(text[at]) == kMarks.npos) {
      return at;
    }
    at = escape + 1;
  }
}

std::optional<Span> match_private_key(std::string_view text, const TokenRule& rule,
                                      std::size_t begin, std::size_t label) {
  constexpr std::string_view kDashes = "-----";
  constexpr std::string_view kEnd = "-----END ";
  constexpr std::size_t kLabelMax = 48;
  const std::size_t dashes = text.substr(label, kLabelMax + kDashes.size()).find(kDashes);
  if (dashes == std::string_view::npos) return std::nullopt;
  if (text.substr(label, dashes).find("PRIVATE KEY") == std::string_view::npos) return std::nullopt;
  const std::size_t body = label + dashes + kDashes.size();
  const std::string_view rest = text.substr(body, pem_end(text, body) - body);
  const std::size_t last = rest.find(kEnd);
  if (last == std::string_view::npos) return Span{begin, body + rest.size(), rule.kind};
  const std::size_t close = rest.find(kDashes, last + kEnd.size());
  const std::size_t end = close == std::string_view::npos ? rest.size() : close + kDashes.size();
  return Span{begin, body + end, rule.kind};
}

std::optional<Span> match_bearer(std::string_view text, const TokenRule& rule, std::size_t body) {
  constexpr std::size_t kCharsMin = 16;
  std::size_t end = body;
  bool digit = false;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (!in(Alphabet::sendgrid, c) && !in(Alphabet::base64, c) && c != '~') break;
    digit = digit || is_digit(c);
  }
  if (end - body < kCharsMin || !digit) return std::nullopt;
  return Span{body, end, rule.kind};
}

// The colon behind the user's name, which may hold a marker.
std::size_t user_end(std::string_view text) {
  std::size_t colon = text.find(':');
  while (colon != std::string_view::npos && text.substr(0, colon + 1).ends_with(kMarkerLead)) {
    colon = text.find(':', std::min(text.find(']', colon), text.size()));
  }
  return std::min(colon, text.size());
}

// user:password@ behind "://": the password alone.
std::optional<Span> match_url_password(std::string_view text, const TokenRule& rule,
                                       std::size_t user) {
  constexpr std::size_t kUserMax = 128;
  constexpr std::size_t kPasswordMax = 512;
  constexpr std::string_view kStop = " \t\r\n\"'\\/@<>?#";
  const std::string_view rest = text.substr(user, kUserMax + kPasswordMax + 2);
  const std::size_t at = rest.find_first_of(kStop);
  if (at == std::string_view::npos || rest[at] != '@') return std::nullopt;
  const std::size_t colon = user_end(rest.substr(0, at));
  if (colon + 1 >= at) return std::nullopt;
  const std::string_view password = rest.substr(colon + 1, at - colon - 1);
  if (is_marker(password) || password.starts_with("${") || password.starts_with("{{")) {
    return std::nullopt;
  }
  return Span{user + colon + 1, user + at, rule.kind};
}

}  // namespace

std::span<const TokenRule> token_rules() { return kRules; }

std::optional<Span> match_token(std::string_view text, const TokenRule& rule,
                                std::size_t literal_end) {
  const std::size_t begin = literal_end - rule.literal.size();
  if (rule.shape == Shape::url_password) return match_url_password(text, rule, literal_end);
  if (rule.shape == Shape::bearer) return match_bearer(text, rule, literal_end);
  if (rule.shape == Shape::private_key) return match_private_key(text, rule, begin, literal_end);
  if (!starts_token(text, begin)) return std::nullopt;
  if (rule.shape == Shape::jwt) return match_jwt(text, rule, begin);
  return match_plain(text, rule, begin, literal_end);
}

}  // namespace headgate::base::redact
