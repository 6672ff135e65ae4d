#include "llm/openai/embeddings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json/writer.h"
#include "llm/openai/chat_response.h"
#include "llm/openai/chat_usage.h"
#include "llm/openai/request_errors.h"
#include "llm/openai/vectors.h"

namespace headgate::llm::openai {
namespace {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

constexpr std::array<std::string_view, 5> kMembers{"model", "input", "encoding_format",
                                                   "dimensions", "user"};

// Reads a request, with its inputs and extras or only counting them. A read function returns false
// when the cursor failed or error_ was set.
class Reader {
 public:
  Reader(std::string_view body, const chat::Limits& limits, chat::EmbeddingRequest* request)
      : body_(body), limits_(limits), cursor_(body, limits.depth_max), request_(request) {}

  base::Result<EmbeddingHead> run();

 private:
  bool reject(base::Error error) {
    error_ = std::move(error);
    return false;
  }
  bool wrong(std::string_view param, std::string_view expected);
  bool member(std::string_view key);
  bool model();
  bool input();
  bool inputs();
  bool token(std::vector<std::int64_t>& tokens);
  bool tokens();
  void put(chat::EmbeddingInput input);
  bool encoding_format();
  bool dimensions();
  bool user();

  std::string_view body_;
  const chat::Limits& limits_;
  Cursor cursor_;
  chat::EmbeddingRequest* request_;  // null: only the head is wanted
  EmbeddingHead found_;
  std::uint32_t seen_ = 0;
  std::optional<base::Error> error_;
};

bool Reader::wrong(std::string_view param, std::string_view expected) {
  const Kind kind = cursor_.kind();
  return kind == Kind::none ? cursor_.skip() : reject(wrong_type(param, expected, kind));
}

bool Reader::member(std::string_view key) {
  const auto* found = std::find(kMembers.begin(), kMembers.end(), key);
  if (found == kMembers.end()) {
    if (request_ == nullptr) return cursor_.skip();
    std::string name = cursor_.key_decoded();
    if (!cursor_.skip()) return false;
    if (cursor_.value_text() != "null") {
      request_->extras.push_back({std::move(name), std::string(cursor_.value_text())});
    }
    return true;
  }
  const std::uint32_t bit = 1U << (found - kMembers.begin());
  if ((seen_ & bit) != 0) return reject(duplicate(key));
  seen_ |= bit;
  if (key == "model") return model();
  if (key == "input") return input();
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (key == "encoding_format") return encoding_format();
  return key == "user" ? user() : dimensions();
}

bool Reader::model() {
  if (cursor_.kind() != Kind::string) return wrong("model", "a string");
  Text value;
  if (!cursor_.string(value)) return false;
  found_.head.model_value = cursor_.value_range();
  if (append(found_.head.model, value, limits_.model_bytes_max)) return true;
  return reject(
      invalid("model", "longer than " + std::to_string(limits_.model_bytes_max) + " bytes."));
}

void Reader::put(chat::EmbeddingInput input) {
  ++found_.inputs;
  if (request_ != nullptr) request_->inputs.push_back(std::move(input));
}

bool Reader::input() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::string && kind != Kind::array) {
    return wrong("input", "a string or an array of strings or tokens");
  }
  const std::size_t begin = cursor_.offset();
  Text text;
  if (kind == Kind::string) {
    if (!cursor_.string(text)) return false;
    put(request_ == nullptr ? std::string() : text.decode());
  } else if (!inputs()) {
    return false;
  }
  found_.head.prompt = body_.substr(begin, cursor_.value_range().end - begin);
  return true;
}

// Strings, arrays of tokens, or the tokens of one input.
bool Reader::inputs() {
  std::vector<std::int64_t> of_one;
  cursor_.enter_array();
  while (cursor_.next_element()) {
    const Kind kind = cursor_.kind();
    Text text;
    bool read = true;
    if (found_.inputs == limits_.messages_max) {
      return reject(
          invalid("input", "more than " + std::to_string(limits_.messages_max) + " inputs."));
    }
    if (kind == Kind::number) {
      read = token(of_one);
    } else if (kind == Kind::string) {
      read = cursor_.string(text);
      if (read) put(request_ == nullptr ? std::string() : text.decode());
    } else if (kind == Kind::array) {
      read = tokens();
    } else {
      return wrong("input", "strings, tokens or arrays of tokens in the array");
    }
    if (!read) return false;
    if (!of_one.empty() && found_.inputs > 0) {
      return reject(invalid("input", "tokens beside whole inputs."));
    }
  }
  if (!of_one.empty()) put(std::move(of_one));
  return cursor_.ok();
}

bool Reader::token(std::vector<std::int64_t>& tokens) {
  if (cursor_.kind() != Kind::number) return wrong("input", "integers as tokens");
  const auto value = cursor_.maybe_integer();
  if (!cursor_.ok()) return false;
  if (!value || *value < 0) return reject(invalid("input", "a token is no integer."));
  if (request_ != nullptr || tokens.empty()) tokens.push_back(*value);
  return true;
}

bool Reader::tokens() {
  std::vector<std::int64_t> list;
  cursor_.enter_array();
  while (cursor_.next_element()) {
    if (!token(list)) return false;
  }
  if (!cursor_.ok()) return false;
  if (list.empty()) return reject(invalid("input", "an array of tokens is empty."));
  put(std::move(list));
  return true;
}

bool Reader::encoding_format() {
  if (cursor_.kind() != Kind::string) return wrong("encoding_format", "a string");
  Text value;
  if (!cursor_.string(value)) return false;
  found_.want_base64 = equals(value, "base64");
  if (found_.want_base64 || equals(value, "float")) return true;
  return reject(invalid("encoding_format", "expected 'float' or 'base64'."));
}

bool Reader::dimensions() {
  if (cursor_.kind() != Kind::number) return wrong("dimensions", "an integer");
  found_.dimensions = cursor_.maybe_integer();
  if (!cursor_.ok()) return false;
  if (found_.dimensions && *found_.dimensions > 0) return true;
  return reject(invalid("dimensions", "expected a positive integer."));
}

bool Reader::user() {
  if (cursor_.kind() != Kind::string) return wrong("user", "a string");
  Text value;
  if (!cursor_.string(value)) return false;
  append(found_.head.user, value, limits_.user_bytes_max);
  return true;
}

base::Result<EmbeddingHead> Reader::run() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::object && kind != Kind::none) {
    return base::fail(Errc::invalid_request,
                      "Invalid type for the request body: expected an object, but got " +
                          std::string(name(kind)) + " instead.");
  }
  std::string_view key;
  if (cursor_.enter_object()) {
    while (cursor_.next_key(key) && member(key)) {
    }
    found_.head.end = cursor_.value_range().begin;
  }
  if (error_) return *std::move(error_);
  if (!cursor_.finish()) return not_json(cursor_);
  if (found_.head.model.empty()) {
    return base::fail(Errc::invalid_request, "you must provide a model parameter", "model");
  }
  if (found_.head.prompt.empty()) return missing("input");
  if (found_.inputs == 0) return invalid("input", "there is nothing to embed.");
  return std::move(found_);
}

// An element of "data", with its place in the answer.
struct Element {
  std::int64_t index = 0;
  std::vector<float> vector;
};

bool read_embedding(Cursor& cursor, std::vector<float>& vector) {
  if (cursor.kind() != Kind::string) return read_numbers(cursor, vector);
  Text text;
  if (!cursor.string(text)) return false;
  auto read = vector_of_base64(text.escaped ? text.decode() : text.raw);
  if (!read) return cursor.reject("base64 of floats");
  vector = *std::move(read);
  return true;
}

bool read_element(Cursor& cursor, Element& element) {
  if (!cursor.enter_object()) return false;
  bool found = false;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (key == "index") {
      element.index = cursor.maybe_integer().value_or(element.index);
    } else if (key == "embedding") {
      found = true;
      if (!read_embedding(cursor, element.vector)) return false;
    }
  }
  return cursor.ok() && (found || cursor.reject("an embedding in the object"));
}

bool read_elements(Cursor& cursor, std::vector<Element>& elements) {
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    Element& element = elements.emplace_back();
    element.index = static_cast<std::int64_t>(elements.size()) - 1;
    if (!read_element(cursor, element)) return false;
  }
  return cursor.ok();
}

bool count_elements(Cursor& cursor, std::size_t& count) {
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) ++count;
  return cursor.ok();
}

// Reads an answer; its vectors too, if `elements` is there.
base::Result<EmbeddingFacts> read_answer(std::string_view body, std::size_t depth_max,
                                         std::vector<Element>* elements) {
  Cursor cursor(body, depth_max);
  EmbeddingFacts facts;
  bool has_data = false;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    Text text;
    if (key == "data") {
      has_data = true;
      elements == nullptr ? count_elements(cursor, facts.vectors)
                          : read_elements(cursor, *elements);
    } else if (key == "model" && cursor.maybe_string(text)) {
      facts.model = text.decode();
    } else if (key == "usage") {
      read_embedding_usage(cursor, facts.usage);
    } else if (key == "error") {
      read_error(cursor, facts.error);
    }
  }
  if (!cursor.finish()) {
    base::Error error = cursor.error(Errc::upstream_malformed);
    error.detail.insert(0, "the provider's answer has no embeddings: ");
    return error;
  }
  if (!has_data && !facts.error) {
    return base::fail(Errc::upstream_malformed,
                      "the provider's answer has neither 'data' nor 'error'");
  }
  return facts;
}

void write_input(base::json::Writer& json, const chat::EmbeddingInput& input) {
  if (const auto* text = std::get_if<std::string>(&input)) return json.string(*text);
  json.begin_array();
  for (const std::int64_t token : std::get<std::vector<std::int64_t>>(input)) json.integer(token);
  json.end_array();
}

}  // namespace

base::Result<EmbeddingHead> scan_embedding_request(std::string_view body,
                                                   const chat::Limits& limits) {
  return Reader(body, limits, nullptr).run();
}

base::Result<EmbeddingFacts> scan_embedding_answer(std::string_view body, std::size_t depth_max) {
  return read_answer(body, depth_max, nullptr);
}

base::Result<chat::EmbeddingRequest> decode_embedding_request(std::string_view body,
                                                              const chat::Limits& limits) {
  chat::EmbeddingRequest request;
  auto found = Reader(body, limits, &request).run();
  if (!found) return found.error();
  request.model = std::move(found->head.model);
  request.user = std::move(found->head.user);
  request.want_base64 = found->want_base64;
  request.dimensions = found->dimensions;
  return request;
}

std::string encode_embedding_request(const chat::EmbeddingRequest& request,
                                     const chat::Target& target, chat::Losses& losses) {
  std::string out;
  base::json::Writer json(out);
  json.begin_object();
  json.member("model", target.model.empty() ? std::string_view(request.model) : target.model);
  json.array("input");
  for (const chat::EmbeddingInput& input : request.inputs) write_input(json, input);
  json.end_array();
  if (request.want_base64) json.member("encoding_format", "base64");
  if (request.dimensions) json.member("dimensions", *request.dimensions);
  if (!request.user.empty()) json.member("user", request.user);
  for (const chat::Extra& extra : request.extras) {
    if (request.origin == chat::Dialect::openai_chat) {
      json.member_raw(extra.name, extra.json);
    } else {
      losses.push_back(
          {extra.name, "OpenAI's embeddings have no such member", chat::Loss::Weight::meaning});
    }
  }
  json.end_object();
  return out;
}

base::Result<chat::EmbeddingAnswer> decode_embedding_answer(std::string_view body,
                                                            const chat::Limits& limits) {
  std::vector<Element> elements;
  auto facts = read_answer(body, limits.depth_max, &elements);
  if (!facts) return facts.error();
  if (facts->error) {
    return base::fail(Errc::upstream_status,
                      "the provider answered 200 with an error: " + facts->error->message);
  }
  std::stable_sort(elements.begin(), elements.end(),
                   [](const Element& a, const Element& b) { return a.index < b.index; });
  chat::EmbeddingAnswer answer;
  answer.model = std::move(facts->model);
  answer.usage = facts->usage;
  for (Element& element : elements) answer.vectors.push_back(std::move(element.vector));
  return answer;
}

std::string encode_embedding_answer(const chat::EmbeddingAnswer& answer,
                                    const chat::EmbeddingRequest& request) {
  std::string out;
  base::json::Writer json(out);
  json.begin_object();
  json.member("object", "list");
  json.array("data");
  for (std::size_t i = 0; i < answer.vectors.size(); ++i) {
    json.begin_object();
    json.member("object", "embedding");
    json.member("index", i);
    json.key("embedding");
    if (request.want_base64) {
      out += '"';
      append_base64(out, answer.vectors[i]);
      out += '"';
    } else {
      append_numbers(out, answer.vectors[i]);
    }
    json.end_object();
  }
  json.end_array();
  json.member("model", answer.model.empty() ? request.model : answer.model);
  if (answer.usage) {
    json.object("usage");
    json.member("prompt_tokens", answer.usage->input);
    json.member("total_tokens", answer.usage->input);
    json.end_object();
  }
  json.end_object();
  return out;
}

}  // namespace headgate::llm::openai
