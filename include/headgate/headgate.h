// The C++ API of Headgate, whole: agents, their tools and policies within another program. Link
// headgate::headgate (find_package(headgate)). Needs C++20 and the standard library only; throws
// nothing of its own. docs/cpp-api.md is its manual.
#pragma once

#include "headgate/engine.h"
#include "headgate/result.h"
#include "headgate/run.h"
#include "headgate/tool.h"
