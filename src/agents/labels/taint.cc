#include "agents/labels/taint.h"

#include <algorithm>
#include <optional>

#include "agents/labels/verbatim.h"
#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/json/writer.h"

namespace headgate::agents {

namespace json = base::json;
using rules::Decimal;

namespace {

constexpr std::size_t kComparedMax = 1'000;  // values of one call; more are taken as tainted

void add_new(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const std::string& one : from) {
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
  }
}

/// A scalar as it is compared.
struct Scalar {
  json::Kind kind = json::Kind::none;
  std::string text;  // what a string says, else as written
  std::optional<Decimal> number;
};

Scalar scalar_of(std::string_view value) {
  Scalar out;
  json::Cursor cursor(value);
  json::Text text;
  out.kind = cursor.kind();
  if (out.kind == json::Kind::string) {
    if (cursor.string(text)) out.text = text.decode();
  } else if (cursor.skip()) {
    out.text = cursor.value_text();
  }
  const bool may_count = out.kind == json::Kind::string || out.kind == json::Kind::number;
  if (may_count) out.number = Decimal::parse(out.text);
  return out;
}

bool is_same(const Scalar& a, const Scalar& b) {
  if (a.number && b.number) return *a.number == *b.number;
  const bool both_bool = a.kind == json::Kind::boolean && b.kind == json::Kind::boolean;
  const bool both_text = a.kind == json::Kind::string && b.kind == json::Kind::string;
  return (both_bool || both_text) && a.text == b.text;
}

/// One call: what is known of its context, and its arguments one by one.
class Judge {
 public:
  explicit Judge(const TaintAsk& ask) : ask_(ask) {
    for (const TextSource& source : ask.provenance.sources) {
      add_new(context_.labels, source.labels);
      if (!source.call.empty()) add_new(context_.calls, {source.call});
    }
    for (const std::string& one : ask.provenance.endorsed) endorsed_.push_back(scalar_of(one));
  }

  Taints all() {
    json::Cursor cursor(ask_.arguments);
    std::string_view key;
    if (context_.labels.empty() && ask_.provenance.withheld.empty()) return {};
    if (!cursor.enter_object()) return {};
    while (cursor.next_key(key)) {
      argument_ = json::member_name(cursor, ask_.arguments);
      value(cursor);
    }
    return std::move(out_);
  }

 private:
  void value(json::Cursor& cursor) {
    switch (cursor.kind()) {
      case json::Kind::object: return object(cursor);
      case json::Kind::array:
        if (!cursor.enter_array()) return;
        while (cursor.next_element()) value(cursor);
        return;
      default:
        if (cursor.skip()) scalar(scalar_of(cursor.value_text()));
    }
  }

  void object(json::Cursor& cursor) {
    std::string_view key;
    if (!cursor.enter_object()) return;
    while (cursor.next_key(key)) {
      const std::string name = json::member_name(cursor, ask_.arguments);
      const bool is_known = says_text(ask_.input_schema, '"' + name + '"');
      if (!is_known) scalar({json::Kind::string, name, std::nullopt});
      value(cursor);
    }
  }

  void scalar(const Scalar& value) {
    if (value.kind == json::Kind::null || value.text.empty()) return;
    const WithheldText* passed_on = withheld_as(value);
    const bool is_certain =
        passed_on != nullptr && ask_.by_reference && value.kind == json::Kind::string;
    if (!is_certain && ++compared_ <= kComparedMax && is_clean(value)) return;
    if (passed_on != nullptr) return taint({argument_, passed_on->labels, {passed_on->call}});
    if (!context_.labels.empty()) taint({argument_, context_.labels, context_.calls});
  }

  const WithheldText* withheld_as(const Scalar& value) const {
    const auto& all = ask_.provenance.withheld;
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const WithheldText& one) { return value.text == one.text; });
    return at == all.end() ? nullptr : &*at;
  }

  bool is_clean(const Scalar& value) const {
    const bool is_endorsed = std::any_of(endorsed_.begin(), endorsed_.end(),
                                         [&](const Scalar& one) { return is_same(one, value); });
    if (is_endorsed) return true;
    const auto says = [&](std::string_view text) {
      if (value.kind == json::Kind::string) return says_text(text, value.text);
      return value.number && says_number(text, *value.number);
    };
    const auto& trusted = ask_.provenance.trusted;
    return says(ask_.prompt) || std::any_of(trusted.begin(), trusted.end(), says);
  }

  void taint(const Taint& more) {
    const auto at = std::find_if(out_.begin(), out_.end(),
                                 [&](const Taint& one) { return one.argument == more.argument; });
    if (at == out_.end()) {
      out_.push_back(more);
      return;
    }
    add_new(at->labels, more.labels);
    add_new(at->calls, more.calls);
  }

  const TaintAsk& ask_;
  Taint context_;
  std::vector<Scalar> endorsed_;
  std::string argument_;
  std::size_t compared_ = 0;
  Taints out_;
};

void write_list(json::Writer& writer, std::string_view name, const std::vector<std::string>& list) {
  writer.array(name);
  for (const std::string& one : list) writer.string(one);
  writer.end_array();
}

}  // namespace

std::vector<std::string> context_labels(const Provenance& provenance) {
  std::vector<std::string> out{std::string(kUserLabel)};
  for (const TextSource& source : provenance.sources) add_new(out, source.labels);
  return out;
}

Taints taints_of(const TaintAsk& ask) { return Judge(ask).all(); }

Taints among(const Taints& taints, const std::vector<std::string>& names) {
  Taints out;
  std::copy_if(taints.begin(), taints.end(), std::back_inserter(out), [&](const Taint& one) {
    return std::find(names.begin(), names.end(), one.argument) != names.end();
  });
  return out;
}

std::string describe(const Taints& taints) {
  std::string out;
  for (const Taint& taint : taints) {
    if (!out.empty()) out += "; ";
    out += "`" + taint.argument + "` may come from ";
    for (const std::string& label : taint.labels) {
      if (&label != &taint.labels.front()) out += ", ";
      out += label;
    }
  }
  return out;
}

std::string to_json(const Taints& taints) {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (const Taint& taint : taints) {
    writer.begin_object();
    writer.member("argument", taint.argument);
    write_list(writer, "labels", taint.labels);
    write_list(writer, "calls", taint.calls);
    writer.end_object();
  }
  writer.end_array();
  return out;
}

}  // namespace headgate::agents
