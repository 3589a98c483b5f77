#include "tests/support/places.h"

namespace dealog::test {

std::filesystem::path source_root() { return DEALOG_SOURCE_ROOT; }
std::filesystem::path golden() { return source_root() / "tests/golden"; }
std::string program() { return DEALOG_PROGRAM; }

}  // namespace dealog::test
