// Shared by the tests of this folder: requests, what is stored before them, and the error that the
// provider answers with. Test code only; included by each test once.
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "lab/formats/sealed.h"
#include "lab/responses/request.h"
#include "lab/script/script_reader.h"

namespace headgate::lab::responses {

struct Refused {
  std::string name;
  std::string body;
  std::string param;
  std::string code;
  std::string message;
  int status = 400;
};

/// A request for a model that takes everything, with `members` added.
inline std::string with(const std::string& members) {
  return R"({"model":"m","input":"hi",)" + members + "}";
}
inline std::string items(const std::string& list) {
  return R"({"model":"m","input":[)" + list + "]}";
}
inline std::string parts(const std::string& list) {
  return items(R"({"role":"user","content":[)" + list + "]}");
}
inline std::string asked_of(const std::string& model, const std::string& members) {
  return R"({"model":")" + model + R"(","input":"hi",)" + members + "}";
}
inline std::string type_of(const std::string& what, const std::string& expected,
                           const std::string& got) {
  return "Invalid type for '" + what + "': expected " + expected + ", but got " + got + " instead.";
}

inline const std::string kCall =
    R"({"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}"})";
inline const std::string kUser = R"({"role":"user","content":"hi"})";

inline Script script() {
  auto read = read_script("models: [\"m\", \"gpt-*\", \"o3\"]", "test.yaml");
  return *std::move(read);
}

/// A response with thoughts and a call that nobody has answered, and one that has none of that.
inline void fill(ResponseStore& store) {
  StoredResponse calling;
  calling.id = "resp_call";
  Item thoughts;
  thoughts.kind = ItemKind::reasoning;
  thoughts.type = "reasoning";
  thoughts.id = "rs_1";
  Item call;
  call.kind = ItemKind::call;
  call.type = "function_call";
  call.id = "fc_1";
  call.call_id = "call_1";
  call.needs = "rs_1";
  calling.output = {thoughts, call};
  store.put(std::move(calling));
  StoredResponse plain;
  plain.id = "resp_plain";
  Item message;
  message.type = "message";
  message.id = "msg_1";
  message.text = "hello";
  plain.output = {message};
  store.put(std::move(plain));
}

inline openai::ApiError error_of(const std::string& body) {
  const auto read = read_create_request(body);
  if (!read) return read.error();
  ResponseStore store;
  fill(store);
  std::vector<const Item*> context;
  const auto problem = place_request(*read, store, script(), context);
  EXPECT_TRUE(problem.has_value()) << body << " was taken";
  return problem.value_or(openai::ApiError{});
}

/// Each gets its error, word by word.
inline void expect_refused(std::span<const Refused> cases) {
  for (const auto& test : cases) {
    SCOPED_TRACE(test.name);
    const auto error = error_of(test.body);
    EXPECT_EQ(error.message, test.message);
    EXPECT_EQ(error.param, test.param);
    EXPECT_EQ(error.code, test.code);
    EXPECT_EQ(error.status, test.status);
    EXPECT_EQ(error.type, "invalid_request_error");
  }
}

}  // namespace headgate::lab::responses
