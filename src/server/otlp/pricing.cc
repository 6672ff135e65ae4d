#include "server/otlp/pricing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace headgate::server {
namespace {

using telemetry::ReadSpan;
using telemetry::Span;
using telemetry::SpanKind;

constexpr std::size_t kNone = SIZE_MAX;

// By the price book: as the provider's model, else as what clients here call a model.
std::optional<base::Picodollars> book_price(const gateway::Catalog& catalog, const Span& span) {
  if (!catalog.prices || !span.usage) return std::nullopt;
  for (const std::string_view model : {span.model_served, span.model_requested}) {
    if (model.empty() || span.provider.empty()) continue;
    const auto price = catalog.prices->price(span.provider, model, *span.usage, span.start_unix_us);
    if (price) return price;
  }
  const gateway::Model* model = catalog.find(span.model_requested);
  if (model == nullptr) return std::nullopt;
  const std::string_view name = model->price_name.empty() ? std::string_view(model->upstream_model)
                                                          : std::string_view(model->price_name);
  return catalog.prices->price(model->provider->name, name, *span.usage, span.start_unix_us);
}

// Of its strings called "id", the first that `is_one` knows; empty: none.
template <class IsOne>
std::string_view find_id(std::string_view json, const IsOne& is_one) {
  constexpr std::string_view kName = "\"id\"";
  constexpr int kLooksMax = 64;
  for (int look = 0; look < kLooksMax; ++look) {
    const std::size_t at = json.find(kName);
    if (at == std::string_view::npos) break;
    json.remove_prefix(at + kName.size());
    const std::size_t colon = json.find_first_not_of(" \t\r\n");
    if (colon == std::string_view::npos || json[colon] != ':') continue;
    const std::size_t begin = json.find_first_not_of(" \t\r\n", colon + 1);
    if (begin == std::string_view::npos || json[begin] != '"') continue;
    const std::size_t end = json.find('"', begin + 1);
    if (end == std::string_view::npos) break;
    const std::string_view id = json.substr(begin + 1, end - begin - 1);
    if (is_one(id)) return id;
  }
  return {};
}

class Pricing {
 public:
  Pricing(std::vector<ReadSpan>& spans, const gateway::Catalog& catalog, Seen& seen)
      : spans_(spans), catalog_(catalog), seen_(seen), sources_(spans.size(), CostSource::none) {
    index();
  }

  std::vector<CostSource> run() {
    std::vector<std::size_t> order(spans_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return depths_[a] > depths_[b]; });
    for (const std::size_t i : order) price(i);
    return std::move(sources_);
  }

 private:
  void index() {
    std::map<std::pair<base::TraceId, base::SpanId>, std::size_t> by_id;
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      by_id.emplace(std::pair(spans_[i].trace, spans_[i].span.id), i);
    }
    parents_.assign(spans_.size(), kNone);
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      const auto found = by_id.find({spans_[i].trace, spans_[i].span.parent});
      if (found != by_id.end() && found->second != i) parents_[i] = found->second;
    }
    depths_.assign(spans_.size(), kNone);
    for (std::size_t i = 0; i < spans_.size(); ++i) depth_of(i);
  }

  // Parents that go round in a circle end where they meet what is being counted.
  void depth_of(std::size_t i) {
    std::vector<std::size_t> way;
    while (i != kNone && depths_[i] == kNone) {
      depths_[i] = 0;
      way.push_back(i);
      i = parents_[i];
    }
    std::size_t depth = i == kNone ? 0 : depths_[i] + 1;
    for (auto at = way.rbegin(); at != way.rend(); ++at) depths_[*at] = depth++;
  }

  void price(std::size_t i) {
    ReadSpan& one = spans_[i];
    if (sources_[i] == CostSource::none) sources_[i] = known_source(one);
    const bool counts = one.span.kind == SpanKind::llm && one.span.usage;
    if (sources_[i] == CostSource::none && counts) settle(i, one);
    if (sources_[i] != CostSource::none || one.span.unpriced) tell_parent(i);
  }

  CostSource known_source(ReadSpan& one) const {
    switch (seen_.counted(one.trace, one.span.id)) {
      case Seen::Counted::by_gateway: return CostSource::gateway;
      case Seen::Counted::below: return CostSource::below;
      case Seen::Counted::nowhere: break;
    }
    return is_answer_of_call(one.span) ? CostSource::gateway : CostSource::none;
  }

  // By what its provider called the answer. OpenInference has no key for that; the answer itself,
  // as its programs write it down, has it.
  bool is_answer_of_call(Span& span) const {
    if (span.kind != SpanKind::llm) return false;
    const auto is_known = [this](std::string_view id) { return seen_.is_answer_of_call(id); };
    if (!span.response_id.empty()) return is_known(span.response_id);
    span.response_id = find_id(span.output, is_known);
    return !span.response_id.empty();
  }

  void settle(std::size_t i, ReadSpan& one) {
    one.span.cost = book_price(catalog_, one.span);
    sources_[i] = CostSource::price_book;
    if (one.span.cost) return;
    one.span.cost = one.reported_cost;
    sources_[i] = one.reported_cost ? CostSource::reported : CostSource::none;
    one.span.unpriced = !one.span.cost;
  }

  void tell_parent(std::size_t i) {
    const ReadSpan& one = spans_[i];
    const std::size_t parent = parents_[i];
    const bool by_gateway = sources_[i] == CostSource::gateway;
    if (parent != kNone) {
      if (sources_[parent] != CostSource::none) return;
      sources_[parent] = by_gateway ? CostSource::gateway : CostSource::below;
    } else if (!one.span.parent.empty()) {
      seen_.note_counted(one.trace, one.span.parent,
                         by_gateway ? Seen::Counted::by_gateway : Seen::Counted::below);
    }
  }

  std::vector<ReadSpan>& spans_;
  const gateway::Catalog& catalog_;
  Seen& seen_;
  std::vector<std::size_t> parents_;
  std::vector<std::size_t> depths_;
  std::vector<CostSource> sources_;
};

}  // namespace

std::string_view name(CostSource source) {
  switch (source) {
    case CostSource::none: return "";
    case CostSource::price_book: return "price_book";
    case CostSource::reported: return "reported";
    case CostSource::gateway: return "gateway";
    case CostSource::below: return "below";
  }
  return "";
}

std::vector<CostSource> price_spans(std::vector<ReadSpan>& spans, const gateway::Catalog& catalog,
                                    Seen& seen) {
  return Pricing(spans, catalog, seen).run();
}

}  // namespace headgate::server
