#include "tools/settings.h"

#include <CLI/CLI.hpp>

#include <map>
#include <set>
#include <sstream>

namespace dealog::tools {
namespace {

constexpr std::string_view prefix = "DEALOG_";

std::string variable_of(std::string_view option) {
  std::string name(prefix);
  for (const char c : option) name += c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

struct Sources {
  std::map<std::string, std::string> file;       // "listen" or "serve.listen"
  std::map<std::string, std::string> variables;  // "DEALOG_LISTEN"
  std::set<std::string> known;                   // of both, those that some option has
};

// What stands for the option nearest: the variable, the subcommand's own line, the line for all.
std::optional<std::pair<std::string, std::string>> nearest(Sources& sources, const std::string& section, const std::string& option) {
  const std::string variable = variable_of(option);
  const std::string own = section.empty() ? option : section + "." + option;
  sources.known.insert({variable, own, option});
  if (const auto found = sources.variables.find(variable); found != sources.variables.end())
    return std::pair{variable, found->second};
  for (const std::string& key : {own, option})
    if (const auto found = sources.file.find(key); found != sources.file.end())
      return std::pair{"the configuration file's '" + key + "'", found->second};
  return std::nullopt;
}

std::optional<std::string> apply(CLI::App& app, const std::string& section, Sources& sources) {
  for (CLI::Option* option : app.get_options()) {
    const auto& names = option->get_lnames();
    if (names.empty() || names.front() == "help" || names.front() == "help-all" || names.front() == "version" ||
        names.front() == "config")
      continue;
    const auto given = nearest(sources, section, names.front());
    if (!given) continue;
    try {
      option->default_val(given->second);
      option->required(false);
    } catch (const CLI::Error& error) {
      return given->first + " is refused: " + error.what();
    }
  }
  for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; }))
    if (auto trouble = apply(*sub, section.empty() ? sub->get_name() : section + "." + sub->get_name(), sources)) return trouble;
  return std::nullopt;
}

}  // namespace

std::string config_file(const std::vector<std::string>& words, const std::function<const char*(const char*)>& variable) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--config" && i + 1 < words.size()) return words[i + 1];
    if (words[i].starts_with("--config=")) return words[i].substr(9);
  }
  const char* named = variable("DEALOG_CONFIG");
  return named == nullptr ? "" : named;
}

std::optional<std::string> apply_settings(CLI::App& app, const std::string& file_text,
                                          const std::vector<std::pair<std::string, std::string>>& variables) {
  Sources sources;
  for (const auto& [name, value] : variables)
    if (name.starts_with(prefix) && name != "DEALOG_CONFIG") sources.variables[name] = value;
  std::istringstream stream(file_text);
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigINI().from_config(stream)) {
      if (item.name == "++" || item.name == "--") continue;  // CLI11's marks for the start and end of a section
      std::string value;
      for (const std::string& word : item.inputs) value += (value.empty() ? "" : " ") + word;
      sources.file[item.fullname()] = value;
    }
  } catch (const CLI::Error& error) {
    return std::string("the configuration file is unreadable: ") + error.what();
  }
  if (auto trouble = apply(app, "", sources)) return trouble;
  for (const auto& [key, value] : sources.file)
    if (!sources.known.contains(key)) return "the configuration file's '" + key + "' names no option";
  return std::nullopt;
}

}  // namespace dealog::tools
