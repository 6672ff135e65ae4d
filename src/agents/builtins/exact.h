// A decimal number of at most 36 digits, and what can be done with it without loss: sums, products
// and, where there is an end, quotients. What would need more digits is nothing rather than wrong.
// A plain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::agents {

__extension__ using Int128 = __int128;

class Exact {
 public:
  /// Digits, perhaps with a point among them; no sign. Nothing: too many digits, or none.
  static std::optional<Exact> parse(std::string_view text);
  static Exact of(int whole) { return Exact(whole, 0); }

  bool is_zero() const { return digits_ == 0; }
  bool is_negative() const { return digits_ < 0; }
  /// Nothing: it is no whole number, or not within 0 … `max`.
  std::optional<int> whole(int max) const;

  Exact negated() const { return Exact(-digits_, places_); }
  /// Nothing: more digits than there is room for.
  std::optional<Exact> plus(const Exact& other) const;
  std::optional<Exact> times(const Exact& other) const;
  struct Quotient;
  /// Likewise. REQUIRES: `by` is not zero.
  std::optional<Quotient> over(const Exact& by, int places_max) const;
  /// Half to even.
  Exact rounded(int places) const;

  std::string text() const;

 private:
  Exact(Int128 digits, int places) : digits_(digits), places_(places) { trim(); }
  void trim();

  Int128 digits_ = 0;  // without the point
  int places_ = 0;     // behind the point; no zero ends them
};

struct Exact::Quotient {
  Exact value;
  bool rounded = false;
};

}  // namespace headgate::agents
