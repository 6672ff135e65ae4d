#include "base/redact/redact.h"

#include <hs.h>

#include <algorithm>
#include <cstdint>
#include <new>

#include "base/redact/cards.h"
#include "base/redact/fields.h"
#include "base/redact/tokens.h"
#include "base/text/strings.h"

namespace headgate::base {

using redact::Span;

// The compiled literals and what each of them announces. Immutable, shared by all copies.
struct Redactor::Database {
  struct Literal {
    std::string text;
    bool caseless = false;
    const redact::TokenRule* token = nullptr;  // null: a member name
    std::string kind;                          // of a member
    std::size_t chars_min = 1;                 // likewise
  };

  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { hs_free_database(compiled); }

  void add_tokens();
  void add_field(std::string_view name, std::size_t chars_min);
  bool compile(std::string& why);

  std::vector<Literal> literals;
  hs_database_t* compiled = nullptr;
};

// One text at a time, and Vectorscan's working memory.
struct Redactor::Scan {
  Scan() = default;
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;
  ~Scan() { hs_free_scratch(scratch); }

  void candidate(const Database::Literal& literal, std::size_t end);
  void add_cards();
  void merge();
  int quotes_of(const Span& span, bool in_string) const;
  void write(std::string& out) const;

  const Database* database = nullptr;
  hs_scratch_t* scratch = nullptr;
  std::string_view text;
  std::vector<Span> spans;
  std::size_t covered = 0;  // candidates in front of it lie inside a span
};

void Redactor::Database::add_tokens() {
  for (const redact::TokenRule& rule : redact::token_rules()) {
    literals.push_back({std::string(rule.literal), is_caseless(rule), &rule, {}, 0});
  }
}

// One literal a spelling: "api_key", "api-key", "apikey". The opening quote is part of it.
void Redactor::Database::add_field(std::string_view name, std::size_t chars_min) {
  std::string kind = to_lower(name);
  for (char& c : kind) c = redact::is_alnum(c) ? c : '_';
  std::string dashed = kind;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  std::string joined = kind;
  std::erase(joined, '_');
  for (const std::string& spelling : {to_lower(name), kind, dashed, joined}) {
    const std::string text = "\"" + spelling;
    const auto same = [&](const Literal& literal) { return literal.text == text; };
    if (spelling.empty() || std::any_of(literals.begin(), literals.end(), same)) continue;
    literals.push_back({text, true, nullptr, kind, chars_min});
  }
}

bool Redactor::Database::compile(std::string& why) {
  std::vector<const char*> texts;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  std::vector<std::size_t> sizes;
  for (const Literal& literal : literals) {
    ids.push_back(static_cast<unsigned>(texts.size()));
    texts.push_back(literal.text.data());
    sizes.push_back(literal.text.size());
    flags.push_back(literal.caseless ? HS_FLAG_CASELESS : 0U);
  }
  hs_compile_error_t* error = nullptr;
  const hs_error_t result = hs_compile_lit_multi(texts.data(), flags.data(), ids.data(),
                                                 sizes.data(), static_cast<unsigned>(texts.size()),
                                                 HS_MODE_BLOCK, nullptr, &compiled, &error);
  if (result == HS_SUCCESS) return true;
  why = error != nullptr ? error->message : "out of memory";
  hs_free_compile_error(error);
  return false;
}

void Redactor::Scan::candidate(const Database::Literal& literal, std::size_t end) {
  const std::size_t begin = end - literal.text.size();
  if (begin < covered) return;
  const std::optional<Span> span =
      literal.token != nullptr
          ? redact::match_token(text, *literal.token, end)
          : redact::match_field(text, begin, end, literal.kind, literal.chars_min);
  if (!span) return;
  spans.push_back(*span);
  covered = std::max(covered, span->end);
}

void Redactor::Scan::add_cards() {
  for (auto card = redact::find_card(text, 0); card; card = redact::find_card(text, card->end)) {
    spans.push_back(*card);
  }
}

// By position, without overlap: of two that share bytes, the first (or longer) takes all of them.
void Redactor::Scan::merge() {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    return a.end != b.end ? a.end > b.end : a.quotes > b.quotes;
  });
  std::size_t kept = 0;
  for (const Span& span : spans) {
    if (kept > 0 && span.begin < spans[kept - 1].end) {
      spans[kept - 1].end = std::max(spans[kept - 1].end, span.end);
    } else {
      spans[kept++] = span;
    }
  }
  spans.resize(kept);
}

// Digits may be a JSON number, whose replacement has to be a string. They are one if they stand
// where a value stands, in JSON, outside a string; or as a member's value in JSON that a string
// holds.
int Redactor::Scan::quotes_of(const Span& span, bool in_string) const {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t before = text.substr(0, span.begin).find_last_not_of(kBlanks);
  const std::size_t after = text.find_first_not_of(kBlanks, span.end);
  const char previous = before == std::string_view::npos ? '\0' : text[before];
  const char next = after == std::string_view::npos ? '\0' : text[after];
  if (!in_string) {
    const char first = text[text.find_first_not_of(kBlanks)];
    const bool whole = previous == '\0' && next == '\0';
    const bool is_value = (previous == ':' || previous == ',' || previous == '[') &&
                          (next == ',' || next == ']' || next == '}');
    return whole || (is_value && (first == '{' || first == '[')) ? 0 : Span::kNoQuotes;
  }
  if (previous != ':') return Span::kNoQuotes;
  const std::size_t quote = text.substr(0, before).find_last_not_of(kBlanks);
  if (quote == std::string_view::npos || text[quote] != '"') return Span::kNoQuotes;
  const std::size_t slashes = redact::backslashes_before(text, quote);
  return slashes % 2 == 1 ? static_cast<int>(slashes) : Span::kNoQuotes;
}

void Redactor::Scan::write(std::string& out) const {
  out.clear();
  std::size_t from = 0;
  std::size_t read = 0;  // in_string is known up to here
  bool in_string = false;
  for (const Span& span : spans) {
    int quotes = span.quotes;
    if (span.bare_number && quotes == Span::kNoQuotes) {
      for (; read < span.begin; ++read) {
        if (text[read] == '\\' && in_string) {
          ++read;
        } else if (text[read] == '"') {
          in_string = !in_string;
        }
      }
      quotes = quotes_of(span, in_string);
    }
    const std::string quote =
        quotes < 0 ? std::string() : std::string(static_cast<std::size_t>(quotes), '\\') + '"';
    out.append(text.substr(from, span.begin - from)).append(quote);
    out.append(redact::kMarkerLead).append(span.kind).append("]").append(quote);
    from = span.end;
  }
  out.append(text.substr(from));
}

Redactor::Redactor(std::shared_ptr<const Database> database)
    : database_(std::move(database)), scan_(std::make_unique<Scan>()) {
  scan_->database = database_.get();
}
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;
Redactor::~Redactor() = default;

Redactor::Redactor(const Redactor& other) : Redactor(other.database_) {
  if (hs_clone_scratch(other.scan_->scratch, &scan_->scratch) != HS_SUCCESS) throw std::bad_alloc();
}

Result<Redactor> Redactor::create(const std::vector<std::string>& extra_fields) {
  auto database = std::make_shared<Database>();
  database->add_tokens();
  for (const redact::FieldName& field : redact::secret_fields()) {
    database->add_field(field.name, field.chars_min);
  }
  for (const std::string& name : extra_fields) database->add_field(name, 1);
  std::string why;
  if (!database->compile(why)) {
    return fail(Errc::config_invalid, "the redaction patterns do not compile: " + why);
  }
  Redactor redactor(std::move(database));
  if (hs_alloc_scratch(redactor.database_->compiled, &redactor.scan_->scratch) != HS_SUCCESS) {
    return fail(Errc::internal, "no memory for the redaction patterns");
  }
  return redactor;
}

// A removal can uncover what was part of a longer word before, so the result is looked at again.
bool Redactor::redact(std::string_view in, std::string& out) {
  constexpr int kPassesMax = 4;
  if (!pass(in, out)) return false;
  std::string next;
  for (int i = 1; i < kPassesMax && pass(out, next); ++i) out.swap(next);
  return true;
}

bool Redactor::pass(std::string_view in, std::string& out) {
  Scan& scan = *scan_;
  scan.text = in;
  scan.spans.clear();
  scan.covered = 0;
  const auto on_match = [](unsigned id, unsigned long long, unsigned long long end, unsigned,
                           void* context) {
    auto& self = *static_cast<Scan*>(context);
    self.candidate(self.database->literals[id], static_cast<std::size_t>(end));
    return 0;
  };
  hs_scan(database_->compiled, in.data(), static_cast<unsigned>(in.size()), 0, scan.scratch,
          on_match, &scan);
  scan.add_cards();
  if (scan.spans.empty()) return false;
  scan.merge();
  scan.write(out);
  return true;
}

std::string Redactor::redacted(std::string_view in) {
  std::string out;
  return redact(in, out) ? out : std::string(in);
}

}  // namespace headgate::base
