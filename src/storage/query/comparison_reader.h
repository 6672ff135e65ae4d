// One comparison of a filter: a field, and what it is held against in the field's own type. Part of
// the parser, which says where in the tokens it begins and asks where it ended. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/query/expression.h"
#include "storage/query/fields.h"
#include "storage/query/lexer.h"

namespace headgate::storage::query {

class ComparisonReader {
 public:
  /// `text` and `tokens` outlive the reader.
  ComparisonReader(std::string_view text, const std::vector<Token>& tokens, std::size_t at,
                   std::int64_t now_unix_us)
      : text_(text), tokens_(tokens), at_(at), now_unix_us_(now_unix_us) {}

  base::Result<Expression> run();
  std::size_t at() const { return at_; }

 private:
  const Token& next() const { return tokens_[at_]; }
  base::Error fail(std::string_view what) const { return error_at(text_, next().at, what); }
  base::Result<void> read_field();
  base::Result<Expression> read_flag();
  base::Result<Expression> read_list();
  base::Result<Expression> read_compared();
  base::Result<Op> read_op(bool& negated);
  base::Result<void> check_op(Op op, std::string_view written) const;
  base::Result<Expression> meaning(Op op, std::vector<Value> values);
  base::Result<Value> read_value();
  base::Result<Value> value_of(const Token& token) const;
  base::Result<Value> words_of(const Token& token) const;
  base::Result<Value> trace_of(const Token& token) const;
  base::Result<Value> error_of(const Token& token) const;

  std::string_view text_;
  const std::vector<Token>& tokens_;
  std::size_t at_;
  std::int64_t now_unix_us_;
  Field field_{};
  std::size_t field_at_ = 0;
  std::string attribute_;
};

}  // namespace headgate::storage::query
