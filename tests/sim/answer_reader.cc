#include "answer_reader.h"

#include <boost/json.hpp>

namespace headgate::sim {
namespace {

namespace json = boost::json;

// The value there, or null.
json::value at(const json::value& object, std::string_view key) {
  const auto* members = object.if_object();
  if (members == nullptr || !members->contains(key)) return nullptr;
  return members->at(key);
}

std::string text_at(const json::value& object, std::string_view key) {
  const json::value found = at(object, key);
  return found.is_string() ? std::string(found.get_string()) : std::string();
}

json::value first_choice(const json::value& body) {
  const json::value choices = at(body, "choices");
  const auto* list = choices.if_array();
  return list == nullptr || list->empty() ? json::value() : list->front();
}

}  // namespace

void AnswerReader::begin(int status, std::string_view content_type) {
  seen_.status = status;
  seen_.streamed = content_type.starts_with("text/event-stream");
}

void AnswerReader::feed(std::string_view body) {
  in_ += body;
  if (!seen_.streamed) return;
  std::size_t begin = 0;
  for (auto end = in_.find('\n'); end != std::string::npos; end = in_.find('\n', begin)) {
    read_line(std::string_view(in_).substr(begin, end - begin));
    begin = end + 1;
  }
  in_.erase(0, begin);
}

void AnswerReader::end() {
  if (!seen_.streamed) read_whole();
}

void AnswerReader::read_line(std::string_view line) {
  constexpr std::string_view kData = "data: ";
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) {
    if (!data_.empty()) read_event();
    data_.clear();
  } else if (line.starts_with(kData)) {
    data_ += line.substr(kData.size());
  }
}

void AnswerReader::read_event() {
  if (seen_.farewells + seen_.errors > 0) ++seen_.after_end;
  if (data_ == "[DONE]") {
    ++seen_.farewells;
    return;
  }
  json::error_code error;
  const json::value event = json::parse(data_, error);
  if (error || !at(event, "error").is_null()) {  // an SDK throws at either
    ++seen_.errors;
    return;
  }
  const json::value choice = first_choice(event);
  seen_.text += text_at(at(choice, "delta"), "content");
  const std::string finish = text_at(choice, "finish_reason");
  if (!finish.empty()) seen_.finish = finish;
}

void AnswerReader::read_whole() {
  json::error_code error;
  const json::value body = json::parse(in_, error);
  const json::value choice = first_choice(body);
  if (error || choice.is_null()) return;
  seen_.is_answer = true;
  seen_.text = text_at(at(choice, "message"), "content");
  seen_.finish = text_at(choice, "finish_reason");
}

}  // namespace headgate::sim
