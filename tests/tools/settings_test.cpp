#include "tools/settings.h"

#include <CLI/CLI.hpp>

#include "tests/support/catch.h"

using namespace dealog::tools;

namespace {

struct Program {
  CLI::App app{"test", "dealog"};
  std::string listen = "built-in", data;
  bool json = false;

  Program() {
    auto* serve = app.add_subcommand("serve");
    serve->add_option("--listen", listen)->check([](const std::string& text) { return text == "bad" ? "no good" : ""; });
    serve->add_option("--data", data)->required();
    serve->add_flag("--json", json);
  }
  void parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(words);
  }
};

using Variables = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("flags are stronger than variables, variables than the file, the file than what is built in", "[tools][settings]") {
  const std::string file = "data = from-file\n[serve]\nlisten = from-file\n";
  const Variables variables{{"DEALOG_LISTEN", "from-variable"}, {"PATH", "/bin"}};
  {
    Program program;
    CHECK_FALSE(apply_settings(program.app, file, {}));
    program.parse({"serve"});
    CHECK(program.listen == "from-file");
    CHECK(program.data == "from-file");
  }
  {
    Program program;
    CHECK_FALSE(apply_settings(program.app, file, variables));
    program.parse({"serve"});
    CHECK(program.listen == "from-variable");
    CHECK(program.data == "from-file");
  }
  {
    Program program;
    CHECK_FALSE(apply_settings(program.app, file, variables));
    program.parse({"serve", "--listen", "from-flag"});
    CHECK(program.listen == "from-flag");
  }
  {
    Program program;
    CHECK_FALSE(apply_settings(program.app, "", {}));
    CHECK_THROWS_AS(program.parse({"serve"}), CLI::RequiredError);
    program.parse({"serve", "--data", "x"});
    CHECK(program.listen == "built-in");
  }
}

TEST_CASE("flags without a value can be switched on by variable and file", "[tools][settings]") {
  Program by_variable;
  CHECK_FALSE(apply_settings(by_variable.app, "", {{"DEALOG_JSON", "true"}, {"DEALOG_DATA", "d"}}));
  by_variable.parse({"serve"});
  CHECK(by_variable.json);
  Program by_file;
  CHECK_FALSE(apply_settings(by_file.app, "[serve]\njson = true\ndata = d\n", {}));
  by_file.parse({"serve"});
  CHECK(by_file.json);
}

TEST_CASE("what variables and file say is checked at start", "[tools][settings]") {
  Program program;
  CHECK(apply_settings(program.app, "[serve]\nlisten = bad\n", {}));
  CHECK(apply_settings(program.app, "", {{"DEALOG_LISTEN", "bad"}}));
  CHECK(apply_settings(program.app, "[serve]\ncolour = red\n", {}));
  CHECK(apply_settings(program.app, "colour = red\n", {}));
}

TEST_CASE("the configuration file is named by flag or variable", "[tools][settings]") {
  const auto none = [](const char*) { return static_cast<const char*>(nullptr); };
  const auto one = [](const char*) { return "/etc/dealog.conf"; };
  CHECK(config_file({"serve", "--config", "a.conf"}, one) == "a.conf");
  CHECK(config_file({"--config=b.conf", "serve"}, none) == "b.conf");
  CHECK(config_file({"serve"}, one) == "/etc/dealog.conf");
  CHECK(config_file({"serve"}, none).empty());
}
