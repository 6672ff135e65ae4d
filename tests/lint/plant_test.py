#!/usr/bin/env python3
"""Plants one violation of each rule in a small clean tree and expects its checker to name the line.

The same tree without the violation has to pass, so a checker that always fails is found as well.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

HEADER = """// A clock that stands still. One per test, owned by it; any thread.
// Invariant: now() never changes.
#pragma once
"""
CLEAN = {
    "src/layers.txt": "base\nllm telemetry\nhttp\n",
    "CMakeLists.txt": """cmake_minimum_required(VERSION 3.25)
project(planted CXX)
set(CMAKE_CXX_STANDARD 20)
enable_testing()
include(folders.cmake)
headgate_folder(base DEPENDS)
headgate_folder(llm DEPENDS base)
headgate_folder(http DEPENDS llm)
add_library(headgate_server INTERFACE)
target_include_directories(headgate_server INTERFACE src)
add_subdirectory(tests/lint)
""",
    "folders.cmake": "function(headgate_folder)\nendfunction()\n",
    "tools/tidy_ratchet.txt": "# None.\n",
    "tools/README.md": "# Tools\n\nNothing.\n",
    "tests/README.md": "# Tests\n\nNothing.\n",
    "tests/lint/README.md": "# Lint\n\nNothing.\n",
    "src/base/README.md": "# Base\n\nA clock.\n",
    "src/llm/README.md": "# LLM\n\nNothing yet.\n",
    "src/http/README.md": "# HTTP\n\nNothing yet.\n",
    "src/base/clock.h": HEADER + "\nint now();\n",
    "src/base/clock.cc": """#include "base/clock.h"

#include <chrono>

// std::regex, catch (...) and co_await f({1}) are only words in a comment.
int now() {
  const char* text = R"(rand() "detached" { )";
  return text[0] + 1'000 + '{' + (std::chrono::steady_clock::now() == decltype(
      std::chrono::steady_clock::now()){});
}
""",
    "src/llm/chat.cc": """#include "base/clock.h"

Task<void> chat(Context& ctx) {
  const Request request{1};
  auto reply = co_await send(ctx, request);
  if (auto more = co_await send(ctx, request); !more) co_return more.error();
  while (co_await next(ctx)) {
    const Part part{2};
    co_await emit(ctx, part);
  }
  co_return co_await finish(ctx, request);
}
""",
    "src/http/http.cc": '#include "base/clock.h"\n#include "llm/chat.h"\n',
}


def body(*lines):
    """A function of llm with `lines` from line 4 on."""
    return '#include "base/clock.h"\n\nTask<void> f(Context& ctx) {\n' + "".join(
        f"  {line}\n" for line in lines) + "}\n"


def in_llm(*lines):
    return {"src/llm/chat.cc": body(*lines)}


# checker → rule → (changed files, where, what the message contains)
PLANTS = {
    "check_layers.py": {
        "sibling": ({"src/llm/chat.cc": '#include "base/clock.h"\n#include "telemetry/x.h"\n'},
                    "src/llm/chat.cc:2", "sibling"),
        "later_layer": ({"src/base/clock.cc": '\n\n#include "http/http.h"\n'},
                        "src/base/clock.cc:3", "later layer"),
        "outside": ({"src/base/clock.cc": '#include "lab/lab.h"\n'},
                    "src/base/clock.cc:1", "may not include lab/"),
        "tests": ({"src/base/clock.cc": '#include "tests/net.h"\n'},
                  "src/base/clock.cc:1", "may not include tests/"),
        "lab_to_cli": ({"lab/lab.cc": '#include "cli/main.h"\n'}, "lab/lab.cc:1", "cli/"),
        "unknown_folder": ({"src/base/clock.cc": '#include "util/x.h"\n'},
                           "src/base/clock.cc:1", "util is not in src/layers.txt"),
        "relative": ({"src/base/clock.cc": '#include "clock.h"\n'},
                     "src/base/clock.cc:1", "not a path from src/"),
        "angle_brackets": ({"src/base/clock.cc": "#include <http/http.h>\n"},
                           "src/base/clock.cc:1", "quotes"),
        "api_from_within": ({"src/base/clock.cc": '#include "headgate/engine.h"\n'},
                            "src/base/clock.cc:1", "may not include the public API"),
        "api_on_others": ({"include/headgate/x.h": HEADER + "#include <boost/json.hpp>\n"},
                          "include/headgate/x.h:4", "the standard library only"),
        "api_on_src": ({"include/headgate/x.h": HEADER + '#include "base/clock.h"\n'},
                       "include/headgate/x.h:4", "the standard library only"),
        "unlisted_folder": ({"src/util/x.cc": "\n"}, "src/util/x.cc:1", "src/util is not in"),
        "link_list_upwards": ({"CMakeLists.txt": "# 1\nheadgate_folder(base DEPENDS\n  http)\n"
                               "headgate_folder(llm DEPENDS base)\n"
                               "headgate_folder(http DEPENDS llm)\n"},
                              "CMakeLists.txt:2", "base links http"),
        "link_list_incomplete": ({"CMakeLists.txt": "headgate_folder(base DEPENDS)\n"
                                  "headgate_folder(llm DEPENDS)\n"
                                  "headgate_folder(http DEPENDS llm base)\n"},
                                 "src/llm/chat.cc:1", "does not name"),
        "link_beside_list": ({"lab/CMakeLists.txt":
                              "\ntarget_link_libraries(headgate_base PUBLIC headgate_lab)\n"},
                             "lab/CMakeLists.txt:2", "base links lab"),
    },
    "tidy.py": {
        "columns": (in_llm("// " + "x" * 100), "src/llm/chat.cc:4", "columns"),
        "tab": (in_llm("\tx();"), "src/llm/chat.cc:4", "tab"),
        "trailing_blank": (in_llm("x(); "), "src/llm/chat.cc:4", "trailing blank"),
        "function_length": (in_llm(*["x();"] * 70), "src/llm/chat.cc:3", "function f has 72"),
        "file_length": ({"src/llm/chat.cc": "\n" * 501}, "src/llm/chat.cc:501", "file has 501"),
        "ratchet_grew": ({**in_llm(*["x();"] * 80),
                          "tools/tidy_ratchet.txt": "src/llm/chat.cc:f 81\n"},
                         "src/llm/chat.cc:3", "at most 81"),
        "ratchet_can_shrink": ({**in_llm(*["x();"] * 80),
                                "tools/tidy_ratchet.txt": "# old\nsrc/llm/chat.cc:f 90\n"},
                               "tools/tidy_ratchet.txt:2", "lower it"),
        "ratchet_stale": ({"tools/tidy_ratchet.txt": "src/llm/chat.cc:f 90\n"},
                          "tools/tidy_ratchet.txt:1", "remove it"),
        "braced_temporary": (in_llm("auto r = co_await send(ctx, Request{1});"),
                             "src/llm/chat.cc:4", "braced temporary"),
        "bare_braces": (in_llm("x();", "co_await send(ctx, {1, 2});"),
                        "src/llm/chat.cc:5", "braced temporary"),
        "lambda_awaited": (in_llm("co_await run(ctx, [&] { x(); });"),
                           "src/llm/chat.cc:4", "lambda"),
        "temporary_awaited": (in_llm('co_await send(ctx, std::string("x"));'),
                              "src/llm/chat.cc:4", "temporary object"),
        "constructed_temporary": (in_llm("co_await send(ctx, llm::Request(1));"),
                                  "src/llm/chat.cc:4", "temporary object"),
        "two_awaits": (in_llm("f(", "  (co_await a(x)) +", "  co_await b(x));"),
                       "src/llm/chat.cc:6", "two co_await"),
        "await_as_argument": (in_llm("EXPECT_EQ(co_await a(x), 1);"),
                              "src/llm/chat.cc:4", "inside the arguments of EXPECT_EQ"),
        "await_in_braces": (in_llm("Reply reply{co_await a(x)};"),
                            "src/llm/chat.cc:4", "braced initialiser"),
        "structured_binding": (in_llm("auto [a, b] = co_await pair(ctx);"),
                               "src/llm/chat.cc:4", "structured binding"),
        "capturing_coroutine": (in_llm("spawn([this]() -> Task<void> { co_return; });"),
                                "src/llm/chat.cc:4", "capturing lambda coroutine"),
        "raw_clock": (in_llm("auto t = std::chrono::steady_clock::now();"),
                      "src/llm/chat.cc:4", "raw clock"),
        "c_time": (in_llm("auto t = time(nullptr);"), "src/llm/chat.cc:4", "raw clock"),
        "std_regex": (in_llm("std::regex r;"), "src/llm/chat.cc:4", "std::regex"),
        "random_device": (in_llm("std::random_device d;"), "src/llm/chat.cc:4", "random_device"),
        "rand": (in_llm("int i = rand();"), "src/llm/chat.cc:4", "rand()"),
        "detached": (in_llm("co_spawn(io, f(), asio::detached);"),
                     "src/llm/chat.cc:4", "detached"),
        "catch_all": (in_llm("try {", "} catch (...) {", "}"), "src/llm/chat.cc:5", "catch (...)"),
        "getenv": (in_llm('auto e = std::getenv("X");'), "src/llm/chat.cc:4", "getenv"),
        "sleep_for": (in_llm("std::this_thread::sleep_for(t);"), "src/llm/chat.cc:4", "sleep"),
        "cout": (in_llm("std::cout << 1;"), "src/llm/chat.cc:4", "printing"),
        "using_namespace": ({"src/base/clock.h": HEADER + "using namespace std;\n"},
                            "src/base/clock.h:4", "using namespace"),
        "vague_name": (in_llm("struct ChatManager {};"), "src/llm/chat.cc:4", "vague name"),
        "no_header_comment": ({"src/base/clock.h": "#pragma once\n"},
                              "src/base/clock.h:1", "3 to 10 lines"),
        "no_pragma_once": ({"src/base/clock.h": "// A.\n// B.\nint now();\n"},
                           "src/base/clock.h:3", "#pragma once"),
        "no_readme": ({"src/base/README.md": None}, "src/base/README.md:1", "missing"),
        "empty_readme": ({"src/base/README.md": "\n"}, "src/base/README.md:1", "# Title"),
        "too_many_files": ({f"src/base/x{i}.cc": "\n" for i in range(20)},
                           "src/base/README.md:1", "22 files"),
        "too_deep": ({"src/base/a/README.md": "# A\n\nA.\n", "src/base/a/b/x.cc": "\n"},
                     "src/base/a/b/x.cc:1", "two levels"),
        "registry": ({"notes.txt": "\nregistry." "npmjs.org\n"}, "notes.txt:2", "registry"),
        "resolved": ({"tests/package-lock.json": '{\n "resolved": "x"}\n'},
                     "tests/package-lock.json:2", "resolved"),
        "local_path": ({"notes.txt": "\n\nsee /wo" "rk/main\n"}, "notes.txt:3", "local path"),
    },
    "format.py": {
        "indentation": ({"src/base/clock.h": HEADER + "\nint  now();\n"},
                        "src/base/clock.h:5", "clang-formatted"),
        "include_order": ({"src/llm/chat.cc": '#include "base/clock.h"\n\n#include <string>\n'},
                          "src/llm/chat.cc:1", "clang-formatted"),
    },
}
# Uses std::string without including it.
NOT_SELF_CONTAINED = {"src/base/text/log.h": HEADER + "\nvoid log(const std::string& text);\n"}


class PlantedTree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="headgate-plant-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, files):
        for path, content in files.items():
            file = self.root / path
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")

    def run_checker(self, checker):
        command = [sys.executable, str(ROOT / "tools" / checker), "--root", str(self.root)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def check_plant(self, checker, files, where, message):
        self.write({**CLEAN, ".clang-format": (ROOT / ".clang-format").read_text()})
        if checker == "format.py":
            self.write({"src/base/clock.cc": '#include "base/clock.h"\n'})
        status, output = self.run_checker(checker)
        self.assertEqual(status, 0, f"the clean tree does not pass:\n{output}")
        self.write(files)
        status, output = self.run_checker(checker)
        self.assertEqual(status, 1, f"not found:\n{output}")
        lines = [line for line in output.splitlines() if f"{where}:" in line and message in line]
        self.assertTrue(lines, f"nothing about '{message}' at {where}:\n{output}")

    def test_headers_alone(self):
        """The header check needs CMake and a compiler, so it is one test: clean, then planted."""
        self.write({**CLEAN, "src/base/clock.h": HEADER + "\nint now();\n"})
        shutil.copy(ROOT / "tests/lint/CMakeLists.txt", self.root / "tests/lint/CMakeLists.txt")
        status, output = self.build_headers()
        self.assertEqual(status, 0, output)
        self.write(NOT_SELF_CONTAINED)
        status, output = self.build_headers()
        self.assertNotEqual(status, 0, "the planted header compiled")
        self.assertIn("src/base/text/log.h:5:", output)

    def build_headers(self):
        build = self.root / "build"
        commands = [["cmake", "-S", str(self.root), "-B", str(build), "-G", "Ninja",
                     "-DHEADGATE_LINT=ON"],
                    ["cmake", "--build", str(build)]]
        output = ""
        for command in commands:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True)
            output += done.stdout
            if done.returncode != 0:
                return done.returncode, output
        return 0, output


def add_tests():
    for checker, plants in PLANTS.items():
        for rule, (files, where, message) in plants.items():
            def test(self, checker=checker, files=files, where=where, message=message):
                self.check_plant(checker, files, where, message)

            setattr(PlantedTree, f"test_{checker.split('.')[0]}_{rule}", test)


add_tests()

if __name__ == "__main__":
    unittest.main()
