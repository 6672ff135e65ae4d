// Any rule is read or refused with a place; what is read is decided for any JSON, twice the same.
#include "agents/rules/parser.h"

#include <cstdlib>
#include <string>

#include "agents/rules/evaluate.h"

namespace {

class OneText final : public headgate::agents::rules::Roots {
 public:
  explicit OneText(std::string_view text) : text_(text) {}
  std::optional<std::string_view> root(std::string_view) const override { return text_; }
  std::optional<std::string_view> fact(std::string_view name) const override {
    if (name == "none") return std::nullopt;
    return text_;
  }

 private:
  std::string_view text_;
};

}  // namespace

// The rule, a line end, the JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headgate::agents::rules;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto rule = parse(text.substr(0, end));
  if (!rule) {
    if (!rule.error().detail.starts_with("1:")) std::abort();
    return 0;
  }
  const OneText roots(text.substr(end));
  const Truth first = evaluate(*rule, roots);
  Expression opposite;
  opposite.kind = Expression::Kind::negation;
  opposite.parts.push_back(*rule);
  const Truth second = evaluate(opposite, roots);
  const bool both = first == Truth::undecided && second == Truth::undecided;
  if (!both && (first == second || first == Truth::undecided)) std::abort();
  return 0;
}
