"""The rules of tidy.py that read C++: banned calls, coroutines, headers, function length."""

import fnmatch
import re
from dataclasses import dataclass

import cpp_text

FUNCTION_LINES_MAX = 70
HEADER_COMMENT_LINES = range(2, 13)


@dataclass
class Ban:
    """`pattern` is not written in C++ matched by `where`, unless the file matches `allow`."""

    name: str
    pattern: str
    instead: str
    allow: tuple = ()
    where: tuple = ("src/*", "lab/*", "cli/*")


# To allow a place, add it to `allow` in the commit that needs it, so that the review sees it.
BANS = [
    Ban("raw clock",
        r"\b(?:steady|system|high_resolution|utc|file)_clock::now\b|\bMonoTime::clock::now\b"
        r"|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)|\bgettimeofday\b|\bclock_gettime\b",
        "take a base::Clock&", allow=("src/base/clock.cc",)),
    Ban("std::regex", r"\bstd::w?regex\b|#\s*include\s*<regex>", "use base's patterns or RE2"),
    Ban("random_device", r"\brandom_device\b", "take a base::Random&"),
    Ban("rand()", r"(?<![\w.>])s?rand\s*\(", "take a base::Random&"),
    Ban("mt19937", r"\b(?:mt19937|minstd_rand|default_random_engine)\w*\b", "take a base::Random&"),
    Ban("detached", r"\bdetached(?:_t)?\b", "spawn in a base::TaskGroup",
        allow=("src/base/async/task_group.*",)),
    Ban("detach()", r"\.\s*detach\s*\(\s*\)", "join the thread"),
    Ban("catch (...)", r"\bcatch\s*\(\s*\.\.\.\s*\)", "let session, task or main catch it",
        allow=("src/base/async/task_group.*", "src/http/server/session.cc",
               "src/agents/native/native_tools.cc", "cli/main.cc")),
    Ban("getenv", r"\b(?:secure_)?getenv\b", "read it once, where configuration is loaded",
        allow=("src/base/text/secret.cc", "src/server/app.cc", "cli/main.cc",
               "lab/lab.cc", "*_bench.cc")),
    Ban("sleep", r"\bsleep_for\b|\bthis_thread::sleep_until\b|(?<![\w.:>])u?sleep\s*\("
        r"|\bnanosleep\b", "wait for the event itself, or base::sleep_until in a coroutine"),
    Ban("printing", r"\bstd::(?:cout|cerr|clog)\b|(?<![\w.:>])printf\s*\(",
        "return the text or log it", where=("src/*",)),
    Ban("using namespace", r"\busing\s+namespace\b", "name what you use",
        where=("src/*.h", "lab/*.h", "cli/*.h", "tests/*.h")),
    Ban("vague name", r"\b(?:class|struct)\s+\w*(?:Manager|Helper|Utils?|Impl)\b",
        "name what it is"),
]


def check(path, source):
    """Problems of one C++ file except function length, as (path, line, message)."""
    problems = []
    for ban in BANS:
        if _matches(path, ban.where) and not _matches(path, ban.allow):
            for match in re.finditer(ban.pattern, source.code):
                message = f"banned: {ban.name} ({ban.instead})"
                problems.append((path, source.line_of(match.start()), message))
    problems += _coroutine_problems(path, source)
    if path.endswith(".h"):
        problems += _header_problems(path, source.text)
    return problems


def _matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def long_functions(source):
    return [f for f in cpp_text.functions(source) if f.lines > FUNCTION_LINES_MAX]


def _header_problems(path, text):
    lines = text.split("\n")
    comment = 0
    while comment < len(lines) and lines[comment].startswith("//"):
        comment += 1
    rest = next((line for line in lines[comment:] if line.strip()), "")
    problems = []
    if comment not in HEADER_COMMENT_LINES:
        message = f"a header opens with a comment of 3 to 10 lines (here {comment}): what it is, " \
                  "who owns it, threads, invariants"
        problems.append((path, 1, message))
    if rest != "#pragma once":
        problems.append((path, comment + 1, "#pragma once follows the opening comment"))
    return problems


# --- Coroutines. GCC 12 miscompiles temporaries that live across a suspension, so a statement has
# --- one co_await, its arguments are named variables and its result is bound to one plain name.

CO_AWAIT = re.compile(r"\bco_await\b")
AWAITED = re.compile(r"[(){}\[\];]|\bco_await\b")
# Types are PascalCase and functions are not, so Name( is a temporary; so are these of the library.
TEMPORARY = re.compile(
    r"(?<!::)\b(?:[a-z]\w*::)*[A-Z]\w*(?:<[^<>()]*>)?\s*\("
    r"|\bstd::(?:string|vector|function|optional|make_\w+|to_string|format)(?:<[^<>()]*>)?\s*\(")
LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(?:\([^()]*\)\s*)?(?:mutable\b\s*)?(?:->[^{};]*)?\{")
CAPTURING_COROUTINE = re.compile(
    r"\[[^\[\]]+\]\s*\([^()]*\)\s*(?:mutable\s*)?(?:noexcept\s*)?"
    r"->\s*[\w:]*\b(?:awaitable|Task)\s*<[^{};]*\{")
BLOCK_WORDS = {"else", "do", "try", "const", "noexcept", "mutable", "override", "final"}
CONTROL_WORDS = {"if", "while", "switch", "for", "co_await", "co_return", "co_yield", "return"}


def _coroutine_problems(path, source):
    code, problems, end_of_last = source.code, [], 0
    for match in CO_AWAIT.finditer(code):
        line = source.line_of(match.start())
        if match.start() < end_of_last:
            problems.append((path, line, "two co_await in one statement"))
            continue
        end, braced = _awaited_end(code, match.end())
        end_of_last = end
        awaited = code[match.end():end]
        if braced:
            kind = "lambda" if LAMBDA.search(code, match.end(), braced + 1) else "braced temporary"
            problems.append((path, line, f"{kind} in a co_await expression: name it first"))
        if TEMPORARY.search(awaited):
            message = "temporary object in a co_await expression: name it first"
            problems.append((path, line, message))
        problems += [(path, line, message) for message in _before(code, match.start())]
    if not path.endswith(("_test.cc", "_bench.cc")) and not path.startswith("tests/"):
        problems += _capturing_coroutines(path, source)
    return problems


def _awaited_end(code, start):
    """Where the statement of a co_await ends, and the first brace inside it (0: none)."""
    depth = 0
    position, braced = start, 0
    while token := AWAITED.search(code, position):
        symbol, position = token.group(), token.end()
        if symbol in "([":
            depth += 1
        elif symbol in ")]":
            depth -= 1
        elif symbol == "{" and depth >= 0:
            braced = braced or token.start()
            position = cpp_text.matching(code, token.start())
        elif symbol in "{};":
            return token.start(), braced
    return len(code), braced


def _before(code, position):
    """Complaints about the part of the statement before its co_await."""
    start, depth, messages = position, 0, []
    while start > 0:
        start -= 1
        symbol = code[start]
        if symbol in ")]":
            depth += 1
        elif symbol in "([":
            depth -= 1
            called = re.search(r"([\w>]+)\s*$", code[max(0, start - 80):start])
            if symbol == "(" and depth < 0 and called and called.group(1) not in CONTROL_WORDS:
                messages.append(
                    f"co_await inside the arguments of {called.group(1)}: name its result first")
                depth = 0
        elif symbol == "{" and depth <= 0:
            word = re.search(r"([\w>]*)\s*$", code[max(0, start - 80):start]).group(1)
            if re.fullmatch(r"\w+", word) and word not in BLOCK_WORDS:
                messages.append("co_await inside a braced initialiser: name its result first")
            break
        elif symbol in ";}" and depth <= 0:
            break
    if re.search(r"\bauto\b[\s&]*\[", code[start:position]):
        messages.append("structured binding of a co_await result: bind it to one plain name")
    return messages


def _capturing_coroutines(path, source):
    problems = []
    for match in CAPTURING_COROUTINE.finditer(source.code):
        body = source.code[match.end():cpp_text.matching(source.code, match.end() - 1)]
        if re.search(r"\bco_(?:await|return|yield)\b", body):
            message = "capturing lambda coroutine: make it a function with parameters"
            problems.append((path, source.line_of(match.start()), message))
    return problems
