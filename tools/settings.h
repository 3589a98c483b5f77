#pragma once
// Where options come from when no flag gives them: DEALOG_* variables, then a file. Flags are stronger than variables,
// variables stronger than the file.
//
//     # dealog.conf, given by --config or DEALOG_CONFIG
//     data = /var/lib/dealog          for every subcommand that has --data  (DEALOG_DATA)
//     [serve]
//     listen = 0.0.0.0:8080           for `dealog serve` only               (DEALOG_LISTEN)
//     [account.create]
//     time-zone = Europe/Warsaw       for `dealog account create` only      (DEALOG_TIME_ZONE)

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace dealog::tools {

// The file that the words of the command line or DEALOG_CONFIG name; "" for none.
std::string config_file(const std::vector<std::string>& words, const std::function<const char*(const char*)>& variable);

// Gives the options of `app` and its subcommands the values of variables and of the file's text as defaults; an
// option that got one is no longer required. Returns what is wrong with them, nothing when all is well: a value that
// the option refuses, or a line that names no option. Variables that no option knows are other programs' business.
std::optional<std::string> apply_settings(CLI::App& app, const std::string& file_text,
                                          const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace dealog::tools
