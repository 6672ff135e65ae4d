// The writer behind encode_request(). Internal to the folder; lives on the stack.
// request_encode.cc has the top level, message_encode.cc the messages and their parts.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/writer.h"
#include "llm/chat/codec.h"
#include "llm/chat/loss_names.h"

namespace headgate::llm::openai_chat {

/// What could not be said, each in the words of the request's own dialect.
class LossBook {
 public:
  LossBook(const chat::Request& request, chat::Losses& losses)
      : request_(request), losses_(losses) {}

  void hint(std::string field, std::string why) {
    add(std::move(field), std::move(why), chat::Loss::Weight::hint);
  }
  void hint(chat::Field field, std::string why) {
    hint(std::string(chat::name(field, request_.origin)), std::move(why));
  }
  void meaning(std::string field, std::string why) {
    add(std::move(field), std::move(why), chat::Loss::Weight::meaning);
  }
  void meaning(chat::Field field, std::string why) {
    meaning(std::string(chat::name(field, request_.origin)), std::move(why));
  }
  /// What would come again with every message is said once: a hint by its topic, an unknown member
  /// by its name.
  void hint_once(std::string_view topic, std::string field, std::string_view why);
  void extra(std::string field, const chat::Extra& extra);
  /// "messages[2].content[0]", "contents[1].parts[0]".
  std::string place(std::size_t message, std::size_t part) const {
    return chat::part_name(request_, message, part);
  }

 private:
  void add(std::string field, std::string why, chat::Loss::Weight weight);

  const chat::Request& request_;
  chat::Losses& losses_;
  std::vector<std::string_view> said_;
};

class RequestWriter {
 public:
  RequestWriter(const chat::Request& request, const chat::Target& target, chat::Losses& losses)
      : request_(request),
        target_(target),
        own_(request.origin == chat::Dialect::openai_chat),
        lost_(request, losses),
        json_(out_) {}

  std::string run();

 private:
  // A part and where it stood.
  struct Placed {
    const chat::Part* part;
    std::size_t message;
    std::size_t index;
  };

  void messages();
  void message(std::size_t index);
  void begin_message(std::string_view role, const chat::Message& message);
  void plain_message(std::size_t index, std::string_view role);
  void assistant(std::size_t index);
  void annotations(const std::vector<Placed>& parts);
  void thoughts(std::size_t index);
  void skip_thoughts(std::size_t index);
  void calls(std::size_t index);
  void results(std::size_t index);
  void result(const chat::Part& part, std::size_t message, std::size_t index);
  void moved_parts();
  bool content(const std::vector<Placed>& parts, const char* when_empty);
  void part(const Placed& placed);
  void media(const chat::Media& media, const Placed& placed);
  void begin_media(std::string_view type);
  void finish_part(const Placed& placed, std::string_view group);
  void part_losses(const Placed& placed);
  void lose_mark(const Placed& placed);
  void cache_mark(const chat::CacheMark& mark);
  std::string_view ttl_of(const chat::CacheMark& mark);

  void tools();
  void tool(const chat::Tool& tool, std::size_t index);
  void tool_choice();
  void choice_of(std::string_view name, bool custom);
  bool is_custom(std::string_view name) const;
  void format();
  void reasoning_effort();
  void sampling();
  void number(std::string_view name, const std::string& value);
  void stop();
  void stream();
  void identity();
  void tier();
  void caching();
  void extras();

  const chat::Request& request_;
  const chat::Target& target_;
  bool own_;  // the request came in this dialect
  LossBook lost_;
  std::string out_;
  base::json::Writer json_;
  bool has_tools_ = false;
  std::vector<Placed> moved_;  // to be written behind the message, as a user's
};

}  // namespace headgate::llm::openai_chat
