// The lab as a whole, over real sockets: run_lab() in a thread, ended by SIGTERM like the process.
#include "lab/lab.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/clock.h"

namespace headgate::lab {
namespace {

namespace asio = boost::asio;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "headgate-lab-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name, const std::string& text = {}) const {
    const auto path = path_ / name;
    if (!text.empty()) std::ofstream(path) << text;
    return path.string();
  }

 private:
  std::filesystem::path path_;
};

/// A running lab. SIGTERM goes to the process: stopping one stops all there are.
class RunningLab {
 public:
  RunningLab(const Folder& folder, LabOptions options) {
    options.listen = "127.0.0.1:0";
    options.ready_file = folder.file("ready-" + std::to_string(++count_) + ".json");
    thread_ = std::thread([this, options] { exit_code_ = run_lab(options); });
    while (!std::filesystem::exists(options.ready_file)) std::this_thread::yield();
    const auto ready = boost::json::parse(read_file(options.ready_file));
    const std::string address(ready.at("listeners").at(0).at("address").as_string());
    port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  ~RunningLab() {
    if (thread_.joinable()) stop();
  }
  int stop() {
    std::raise(SIGTERM);
    return join();
  }
  int join() {
    thread_.join();
    return exit_code_;
  }

  /// Everything the lab sends until it closes; "<reset>" at the end when it does so by RST.
  std::string send(const std::string& head, const std::string& body) const {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port_});
    const std::string request = head + "\r\nhost: lab\r\nconnection: close\r\ncontent-length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body;
    asio::write(socket, asio::buffer(request));
    std::string answer;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return error == asio::error::connection_reset ? answer + "<reset>" : answer;
  }
  std::string chat(const std::string& text, bool stream = false) const {
    return send("POST /v1/chat/completions HTTP/1.1",
                R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + text +
                    R"("}],"stream":)" + (stream ? "true}" : "false}"));
  }
  std::uint16_t port() const { return port_; }

 private:
  static inline int count_ = 0;
  std::thread thread_;
  int exit_code_ = -1;
  std::uint16_t port_ = 0;
};

const char kScript[] = R"(
rules:
  - {match: {user_contains: "reset now"}, fault: {kind: reset}}
  - {match: {user_contains: "cut now"}, answer: "a b c", fault: {kind: cut, after_tokens: 1}}
  - {match: {user_contains: "huge now"}, answer: "a", fault: {kind: huge_body, bytes: 3000000}}
  - {match: {user_contains: "hang now"}, fault: {kind: hang}}
  - {answer: "fine, thanks", delay: {first_token_ms: 30, per_token_ms: 1}}
)";

TEST(Lab, AnswersAndEndsOnSigterm) {
  const Folder folder;
  LabOptions options;
  options.script = folder.file("lab.yaml", kScript);
  RunningLab lab(folder, options);

  const base::RealClock clock;
  const auto begin = clock.now();
  const std::string whole = lab.chat("hello");
  EXPECT_GE(clock.now() - begin, base::milliseconds(30));
  EXPECT_THAT(whole, HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(whole, HasSubstr(R"("content":"fine, thanks")"));
  const std::string streamed = lab.chat("hello", true);
  EXPECT_THAT(streamed, HasSubstr("transfer-encoding: chunked"));
  EXPECT_THAT(streamed, HasSubstr("data: [DONE]\n\n\r\n0\r\n\r\n"));
  EXPECT_EQ(lab.stop(), 0);
}

TEST(Lab, BreaksConnectionsAsScripted) {
  const Folder folder;
  LabOptions options;
  options.script = folder.file("lab.yaml", kScript);
  RunningLab lab(folder, options);

  EXPECT_EQ(lab.chat("reset now"), "<reset>");
  EXPECT_THAT(lab.chat("cut now", true), Not(HasSubstr("0\r\n\r\n")));
  EXPECT_THAT(lab.chat("cut now"), Not(EndsWith("}")));
  EXPECT_GT(lab.chat("huge now").size(), 3'000'000U);
  {
    asio::io_context io;
    asio::ip::tcp::socket gone(io);
    gone.connect({asio::ip::address_v4::loopback(), lab.port()});
    const std::string body =
        R"({"model":"gpt-4o","messages":[{"role":"user","content":"hang now"}]})";
    asio::write(gone, asio::buffer("POST /v1/chat/completions HTTP/1.1\r\nhost: l\r\n"
                                   "content-length: " +
                                   std::to_string(body.size()) + "\r\n\r\n" + body));
    while (lab.send("GET /lab/stats HTTP/1.1", "").find("\"requests\":5") == std::string::npos) {
      std::this_thread::yield();
    }
  }
  while (lab.send("GET /lab/stats HTTP/1.1", "").find("\"client_disconnects\":1") ==
         std::string::npos) {
    std::this_thread::yield();
  }
  EXPECT_EQ(lab.stop(), 0);
}

TEST(Lab, ClosesAHangOnSigterm) {
  const Folder folder;
  LabOptions options;
  options.script = folder.file("lab.yaml", kScript);
  RunningLab lab(folder, options);
  std::thread client([&] { lab.chat("hang now"); });
  while (lab.send("GET /lab/stats HTTP/1.1", "").find("\"requests\":1") == std::string::npos) {
    std::this_thread::yield();
  }
  EXPECT_EQ(lab.stop(), 0);
  client.join();
}

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n")); }

TEST(Lab, RecordsAProviderAndReplaysIt) {
  const Folder folder;
  const std::string file = folder.file("recording.jsonl");
  std::string whole;
  std::string streamed;
  {
    LabOptions scripted;
    scripted.script = folder.file("lab.yaml", kScript);
    RunningLab provider(folder, scripted);
    LabOptions recording;
    recording.record = file;
    recording.upstream = "http://127.0.0.1:" + std::to_string(provider.port()) + "/v1";
    RunningLab recorder(folder, recording);
    whole = recorder.chat("my key is sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEF");
    EXPECT_THAT(whole, HasSubstr("fine, thanks"));
    streamed = recorder.chat("hello", true);
    EXPECT_THAT(recorder.chat("cut now", true), Not(HasSubstr("0\r\n\r\n")));
    EXPECT_EQ(recorder.stop(), 0);
    EXPECT_EQ(provider.join(), 0);  // the signal was for both
  }
  EXPECT_THAT(read_file(file), Not(HasSubstr("sk-proj-abcdefghij")));

  LabOptions replaying;
  replaying.replay = file;
  replaying.speed = 0;
  RunningLab replay(folder, replaying);
  EXPECT_EQ(body_of(replay.chat("my key is sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEF")),
            body_of(whole));
  EXPECT_THAT(replay.chat("hello", true), HasSubstr("data: [DONE]"));
  EXPECT_THAT(replay.chat("cut now", true), Not(HasSubstr("0\r\n\r\n")));
  EXPECT_THAT(replay.chat("never asked"), HasSubstr("not_recorded"));
}

TEST(Lab, ReportsAWrongScript) {
  const Folder folder;
  LabOptions options;
  options.script = folder.file("lab.yaml", "rules: [{fault: {kind: cutt}}]\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_lab(options), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("lab.yaml:1:24: "));
}

TEST(Lab, ChecksAScriptWithoutServing) {
  const Folder folder;
  LabOptions options;
  options.check = true;
  EXPECT_EQ(run_lab(options), 0);
  options.script = folder.file("lab.yaml", "keys: [\"env:HEADGATE_LAB_TEST_UNSET\"]\n");
  EXPECT_EQ(run_lab(options), 0);
  options.check = false;
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_lab(options), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("HEADGATE_LAB_TEST_UNSET"));
}

}  // namespace
}  // namespace headgate::lab
