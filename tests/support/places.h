#pragma once
// Where things stand on this machine. In one compiled file, so that the compiler cache serves every clone of the others.

#include <filesystem>
#include <string>

namespace dealog::test {

// The folder of the project, and tests/golden in it.
std::filesystem::path source_root();
std::filesystem::path golden();
// The built `dealog`.
std::string program();

}  // namespace dealog::test
