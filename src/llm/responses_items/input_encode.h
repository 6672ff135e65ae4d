// The messages of a request as input items. What items cannot say is reported as a loss and left
// out: another provider's reasoning (its signature proves nothing here), video, marks beyond the
// four that OpenAI writes. Lives for one request.
#pragma once

#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "llm/chat/codec.h"
#include "llm/responses_items/item_encode.h"

namespace headgate::llm::responses {

class InputEncoder {
 public:
  InputEncoder(base::json::Writer& out, const chat::Request& request, chat::Losses& losses);

  /// Writes the items of all messages from `first` on, without the array's brackets.
  void write(std::size_t first);

 private:
  void message(const chat::Message& message);
  void plain_message(const chat::Message& message);
  void plain_content(const std::vector<chat::Part>& parts);
  void input_part(const chat::Part& part);
  void text(const chat::Part& part, const ItemForm& form);
  void turn(const std::vector<chat::Part>& parts);
  bool in_message(const chat::Part& part) const;
  bool goes_on(const chat::Part& first, const chat::Part& next) const;
  std::size_t assistant_message(const std::vector<chat::Part>& parts, std::size_t begin);
  void assistant_part(const chat::Part& part);
  std::size_t reasoning(const std::vector<chat::Part>& parts, std::size_t begin);
  void call(const chat::Part& part);
  void results(const std::vector<chat::Part>& parts);
  void result(const chat::Part& part);
  void opaque(const chat::Part& part);
  void mark(const chat::Part& part, ItemForm& form);
  void lose(std::string_view member, std::string_view why, chat::Loss::Weight weight);
  /// What they weigh at most.
  void lose_extras(const chat::Extras& extras, chat::Loss::Weight weight);
  std::string_view known_id(std::string_view id) const;
  bool is_bare(const chat::Part& part) const;

  base::json::Writer& out_;
  const chat::Request& request_;
  chat::Losses& losses_;
  const bool is_own_;
  std::size_t marks_to_drop_ = 0;
  std::size_t message_ = 0;  // being written, for losses
  std::size_t part_ = 0;
  chat::CacheMark mark_;
};

/// What a cache's lifetime is called here: "30m", "12h" or, for the default, nothing.
std::string_view cache_ttl(std::string_view ttl);

}  // namespace headgate::llm::responses
