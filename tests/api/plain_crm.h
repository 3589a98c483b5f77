#pragma once
// What Dealog should answer, said again without a line of the domain's code: plain maps, one function for each command,
// straight from SPEC. Slow and simple on purpose; model_test.cpp compares it with the real one after every command.

#include "tests/api/plain_access.h"

namespace dealog::test::plain {

using Crm = Access;

}  // namespace dealog::test::plain
