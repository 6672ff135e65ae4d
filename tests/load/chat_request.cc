#include "chat_request.h"

#include <array>
#include <stdexcept>

namespace headgate::load {
namespace {

constexpr std::string_view kNumber = "#00000000";

constexpr std::string_view kSystem =
    R"({"role":"system","content":"You are the support agent of Brambleworks, an online shop for )"
    R"(garden tools.\nRules:\n- Answer in the customer's language.\n- Never promise a refund )"
    R"(above € 200 without approval.\n- Quote order numbers as \"order 48213\".\n- If you do not )"
    R"(know, say so and offer to ask a colleague."})";

// One conversation, repeated until the body has its size. Already JSON-escaped.
constexpr std::array<std::string_view, 6> kTurns = {
    R"(Hello, my order 48213 (two pruning saws and a watering can) has not arrived. The tracking )"
    R"(page has said \"in transit\" since Tuesday. Could you find out where it is?)",
    R"(I am sorry about the wait. I have looked at the shipment:\n\n* left the warehouse on 4 )"
    R"(November\n* last scan in Liège, 5 November, 22:14\n\nI would start a trace with the )"
    R"(carrier. Is the address Rue de l’Église 12 still right?)",
    R"(Yes, it is. But I am away from the 12th, so it would have to go to my neighbour Zoë )"
    R"(Müller at number 14. Her buzzer says \"Z. Müller / 2nd floor\". Also: was I charged )"
    R"(twice? My bank shows € 84.90 on the 3rd and again on the 4th.)",
    R"(The second € 84.90 is an authorisation that was never captured; your bank will drop it )"
    R"(within five working days. I have attached both records:\n\tpay_1 captured\n\tpay_2 voided )"
    R"(\u2713)",
    R"(Thanks. 注文の状況をメールでも送ってください。 And one more thing: the saw in the picture has a red handle, )"
    R"(the one in the confirmation has a blue one 🙂. I would like the red one, please.)",
    R"(Noted: red handle. I will send the status by e-mail as well, in Japanese. The change is )"
    R"(possible because the replacement has not been packed; it costs nothing.)"};

std::string opening(const ChatOptions& options) {
  std::string text = R"({"model":"gpt-4o-mini","temperature":0.2)";
  if (options.stream) {
    text += R"(,"stream":true,"stream_options":{"include_usage":true},"max_tokens":)" +
            std::to_string(options.chunks);
  }
  return text.append(R"(,"messages":[)").append(kSystem);
}

std::string turn(std::size_t index) {
  const std::string_view role = index % 2 == 0 ? "user" : "assistant";
  std::string text = R"(,{"role":")";
  text.append(role).append(R"(","content":")");
  return text.append(kTurns[index % kTurns.size()]).append("\"}");
}

std::string head_of(const ChatOptions& options, std::size_t body_bytes) {
  std::string text = "POST " + options.path + " HTTP/1.1\r\nHost: " + options.host + "\r\n";
  text +=
      "Accept: application/json\r\n"
      "Accept-Encoding: identity\r\n"
      "Content-Type: application/json\r\n"
      "User-Agent: OpenAI/JS 6.9.1\r\n"
      "X-Stainless-Arch: x64\r\n"
      "X-Stainless-Lang: js\r\n"
      "X-Stainless-OS: Linux\r\n"
      "X-Stainless-Package-Version: 6.9.1\r\n"
      "X-Stainless-Retry-Count: 0\r\n"
      "X-Stainless-Runtime: node\r\n"
      "X-Stainless-Runtime-Version: v22.11.0\r\n"
      "X-Stainless-Timeout: 600\r\n";
  if (!options.key.empty()) text += "Authorization: Bearer " + options.key + "\r\n";
  for (const std::string& header : options.headers) text += header + "\r\n";
  return text + "Content-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}

}  // namespace

std::string chat_body(const ChatOptions& options) {
  const std::string last = R"(,{"role":"user","content":"Ticket )" + std::string(kNumber) + ": ";
  constexpr std::string_view kClosing = "\"}]}";
  constexpr std::string_view kFiller = "Please answer all of my questions in one message. ";
  std::string text = opening(options);
  const std::size_t fixed = last.size() + kClosing.size();
  if (options.body_bytes < 1024 || options.body_bytes < text.size() + fixed) {
    throw std::invalid_argument("a chat request needs at least 1024 bytes");
  }
  std::string next_turn = turn(0);
  for (std::size_t i = 0; text.size() + next_turn.size() + fixed <= options.body_bytes;) {
    text += next_turn;
    next_turn = turn(++i);
  }
  text += last;
  while (text.size() + kClosing.size() < options.body_bytes) {
    text += kFiller.substr(0, options.body_bytes - kClosing.size() - text.size());
  }
  return text.append(kClosing);
}

ChatRequest::ChatRequest(const ChatOptions& options) {
  const std::string body = chat_body(options);
  bytes_ = head_of(options, body.size());
  number_at_ = bytes_.size() + body.rfind(kNumber) + 1;
  bytes_ += body;
}

std::string_view ChatRequest::next() {
  std::uint64_t rest = ++number_;
  for (std::size_t i = number_at_ + kNumber.size() - 1; i-- > number_at_; rest /= 10) {
    bytes_[i] = static_cast<char>('0' + rest % 10);
  }
  return bytes_;
}

}  // namespace headgate::load
