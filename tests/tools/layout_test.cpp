// The shape of the tree (ARCHITECTURE 1): who may include whom, where coroutines live, how long files get, and that
// no file lies outside the build.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/places.h"

namespace fs = std::filesystem;

namespace {

// In the order of the arrows: each may include itself and those before it.
constexpr std::array<std::string_view, 5> folders{"domain", "eventstore", "projections", "api", "tools"};
constexpr std::size_t most_lines = 600;

const fs::path root = dealog::test::source_root();

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_source(const fs::path& file) {
  const std::string end = file.extension().string();
  return end == ".cpp" || end == ".h" || end == ".fbs";
}

std::vector<fs::path> sources_under(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && is_source(entry.path())) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::string shown(const fs::path& file) { return fs::relative(file, root).generic_string(); }

// The text without comments, so that words in them count for nothing.
std::string without_comments(const std::string& text) {
  std::string code;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "//") == 0) {
      while (i < text.size() && text[i] != '\n') ++i;
      code += '\n';
    } else if (text.compare(i, 2, "/*") == 0) {
      const auto end = text.find("*/", i + 2);
      if (end == std::string::npos) break;
      i = end + 1;
    } else {
      code += text[i];
    }
  }
  return code;
}

// The folders of ours that a text includes from.
std::set<std::string> included_folders(const std::string& text) {
  static const std::regex include(R"re(#\s*include\s*["<](\w+)/)re");
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match)
    if (std::ranges::find(folders, (*match)[1].str()) != folders.end() || (*match)[1] == "tests") found.insert((*match)[1]);
  return found;
}

bool may_include(std::string_view from, std::string_view whom) {
  const auto includer = std::ranges::find(folders, from), included = std::ranges::find(folders, whom);
  return included != folders.end() && included <= includer;
}

bool has_coroutines(const std::string& code) {
  static const std::regex word(R"(\bco_(await|return|yield)\b)");
  return std::regex_search(code, word);
}

}  // namespace

TEST_CASE("the checks of the layout see what they look for", "[tools][layout]") {
  CHECK(included_folders("#include \"api/http.h\"\n#include <boost/json.hpp>\n# include <domain/types.h>") ==
        std::set<std::string>{"api", "domain"});
  CHECK(may_include("api", "domain"));
  CHECK(may_include("domain", "domain"));
  CHECK_FALSE(may_include("domain", "eventstore"));
  CHECK_FALSE(may_include("eventstore", "api"));
  CHECK_FALSE(may_include("tools", "tests"));
  CHECK(has_coroutines("  co_return 1;"));
  CHECK_FALSE(has_coroutines(without_comments("// co_return 1;\nint x;")));
}

TEST_CASE("folders include only along the arrows", "[tools][layout]") {
  for (const std::string_view folder : folders) {
    const auto files = sources_under(root / folder);
    REQUIRE_FALSE(files.empty());
    for (const fs::path& file : files)
      for (const std::string& whom : included_folders(contents(file))) {
        INFO(shown(file) << " includes from " << whom << "/");
        CHECK(may_include(folder, whom));
      }
  }
}

TEST_CASE("our headers are included from the root", "[tools][layout]") {
  static const std::regex quoted(R"re(#\s*include\s*"([^"]+)")re");
  std::vector<std::string_view> all(folders.begin(), folders.end());
  all.push_back("tests");
  for (const std::string_view folder : all)
    for (const fs::path& file : sources_under(root / folder)) {
      const std::string text = contents(file);
      for (std::sregex_iterator match(text.begin(), text.end(), quoted), end; match != end; ++match) {
        const std::string path = (*match)[1];
        const bool is_generated = path.ends_with("_generated.h");
        INFO(shown(file) << " includes \"" << path << "\"");
        CHECK((is_generated || fs::exists(root / path)));
      }
    }
}

TEST_CASE("coroutines live in api alone, where the gate reads them", "[tools][layout]") {
  for (const std::string_view folder : folders) {
    if (folder == "api") continue;
    for (const fs::path& file : sources_under(root / folder)) {
      INFO(shown(file));
      CHECK_FALSE(has_coroutines(without_comments(contents(file))));
    }
  }
}

TEST_CASE("no file is longer than six hundred lines", "[tools][layout]") {
  std::vector<std::string_view> all(folders.begin(), folders.end());
  all.push_back("tests");
  for (const std::string_view folder : all)
    for (const fs::path& file : sources_under(root / folder)) {
      const std::string text = contents(file);
      INFO(shown(file));
      CHECK(static_cast<std::size_t>(std::ranges::count(text, '\n')) <= most_lines);
    }
}

TEST_CASE("each folder has a README.md to begin with", "[tools][layout]") {
  CHECK(fs::exists(root / "README.md"));
  for (const std::string_view folder : folders) {
    INFO(folder);
    CHECK(fs::exists(root / folder / "README.md"));
  }
  CHECK(fs::exists(root / "tests/README.md"));
}

TEST_CASE("the top level holds what was agreed and no more", "[tools][layout]") {
  const std::set<std::string> agreed{"CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "domain",
                                     "eventstore",     "projections",       "api",       "tools",   "tests", "build"};
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK((name.starts_with('.') || agreed.contains(name)));
  }
}

TEST_CASE("every source is listed in its folder's CMakeLists.txt", "[tools][layout]") {
  std::vector<fs::path> all(folders.begin(), folders.end());
  all.emplace_back("tests");
  for (const fs::path& folder : all) {
    for (const fs::path& file : sources_under(root / folder)) {
      if (file.extension() != ".cpp") continue;
      // The nearest list at or above the file; a name may carry its folder ("routes/deals.cpp").
      fs::path at = file.parent_path();
      while (!fs::exists(at / "CMakeLists.txt") && at != root) at = at.parent_path();
      std::string listed = contents(at / "CMakeLists.txt");
      if (at == root / "tests")  // shared by several programs: ../support/server.cpp
        for (const auto& entry : fs::directory_iterator(at))
          if (fs::exists(entry.path() / "CMakeLists.txt")) listed += contents(entry.path() / "CMakeLists.txt");
      const std::string name = fs::relative(file, at).generic_string();
      const std::regex word("(^|[\\s(\"/])" + std::regex_replace(name, std::regex(R"([.+])"), "\\$&") + "([\\s)\"]|$)");
      INFO(shown(file) << " is not in " << shown(at / "CMakeLists.txt"));
      CHECK(std::regex_search(listed, word));
    }
  }
}
