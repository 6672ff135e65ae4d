// Timed actions for an answer: pacing by the script's delays, and what a fault does to it. Works on
// what a family renders, in any dialect. Pure.
#pragma once

#include "base/random.h"
#include "lab/neutral/completion.h"
#include "lab/neutral/family.h"
#include "lab/plan.h"
#include "lab/script/script.h"

namespace headgate::lab {

struct AnswerPlanInput {
  const Family& family;
  const RequestContext& context;
  const Call& call;
  const Completion& completion;
  const Delay& delay;
  const Fault* fault;  // null: none
};

Plan plan_answer(const AnswerPlanInput& input, base::Random& random);

/// The plan of a fault that needs no completion; empty when `fault` needs one.
Plan plan_bare_fault(const Fault& fault, const Delay& delay, const Family& family,
                     const RequestContext& context, base::Random& random);

}  // namespace headgate::lab
