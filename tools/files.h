#pragma once
// Whole files as text, for subcommands. Errors are thrown as std::runtime_error with words for the user.

#include <filesystem>
#include <string>
#include <string_view>

namespace dealog::tools {

std::string file_text(const std::filesystem::path& path);
// Beside it and then renamed, so that nobody finds half of it.
void write_file_text(const std::filesystem::path& path, std::string_view text);

}  // namespace dealog::tools
