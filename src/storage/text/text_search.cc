#include "storage/text/text_search.h"

#include <algorithm>
#include <utility>

#include "storage/query/fields.h"
#include "storage/text/text_index.h"

namespace headgate::storage::text {
namespace {

void answer(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  auto* search = static_cast<TextSearch*>(sqlite3_user_data(context));
  const LogPlace place{sqlite3_value_int64(values[3]), sqlite3_value_int64(values[4]),
                       sqlite3_value_int64(values[5])};
  const auto term = static_cast<std::size_t>(sqlite3_value_int64(values[0]));
  sqlite3_result_int(context, search->holds(term, sqlite3_value_int64(values[1]), place) ? 1 : 0);
}

}  // namespace

TextSearch::TextSearch(const std::string& folder, Day day,
                       const std::vector<query::TextTerm>& terms, ScanLimit& limit)
    : reader_(folder), limit_(limit) {
  if (terms.empty()) return;
  TextIndexReader index(folder, day);
  indexed_end_ = index.end();
  for (const query::TextTerm& term : terms) {
    Phrase phrase = phrase_of(term.value);
    auto chunks = index.chunks_of(phrase);
    terms_.push_back({term, PhraseMatcher(std::move(phrase)), std::move(chunks)});
  }
}

bool TextSearch::may_be_in(const Term& term, std::int64_t chunk) const {
  if (!term.chunks || chunk < 0 || chunk >= indexed_end_) return true;
  return (*term.chunks)[static_cast<std::size_t>(chunk)];
}

bool TextSearch::may_hold(const std::vector<query::TextTerm>& terms, std::int64_t chunk) const {
  return std::all_of(terms.begin(), terms.end(), [&](const query::TextTerm& asked) {
    const auto term = std::find_if(terms_.begin(), terms_.end(),
                                   [&](const Term& one) { return one.asked == asked; });
    return term == terms_.end() || may_be_in(*term, chunk);
  });
}

base::Result<void> TextSearch::serve(Database& partition) {
  return partition.add_function(query::kTextFunction, 6, &answer, this);
}

// Several terms about one call read it once.
bool TextSearch::read(std::int64_t id, const LogPlace& place) {
  if (read_id_ == id) return record_.has_value();
  read_id_ = id;
  record_.reset();
  if (limit_.bytes_left < place.bytes) {
    ++limit_.unsearched;
    return false;
  }
  limit_.bytes_left -= place.bytes;
  record_ = reader_.read(place);
  limit_.lost += record_ ? 0 : 1;
  return record_.has_value();
}

bool TextSearch::holds(std::size_t term, std::int64_t id, const LogPlace& place) {
  if (term >= terms_.size() || !may_be_in(terms_[term], id >> kChunkBits)) return false;
  if (!read(id, place)) return false;
  PhraseMatcher& matcher = terms_[term].matcher;
  const query::Field field = terms_[term].asked.field;
  for (const telemetry::Span& span : record_->spans) {
    if (field != query::Field::output && matcher.matches(span.input)) return true;
    if (field != query::Field::input && matcher.matches(span.output)) return true;
  }
  return false;
}

}  // namespace headgate::storage::text
