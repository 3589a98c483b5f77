#include "domain/refusal.h"

#include <set>

#include "tests/support/catch.h"

using namespace dealog;

TEST_CASE("every code has a name and a title of its own", "[domain][refusal]") {
  std::set<std::string_view> names, titles;
  int known = 0;
  for (int number = 0; number < 200; ++number) {
    const Code code = static_cast<Code>(number);
    if (name(code) == "unknown") continue;
    ++known;
    CAPTURE(number, name(code));
    CHECK(names.insert(name(code)).second);
    CHECK(titles.insert(title(code)).second);
    CHECK(title(code).back() == '.');
    CHECK(name(code).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
  }
  CHECK(known == 51);   // a code that was lost from `name` would say "unknown"
}

TEST_CASE("a refusal without words of its own says its title", "[domain][refusal]") {
  const Refusal made = refusal(Code::deal_not_open, "/x");
  REQUIRE(made.faults.size() == 1);
  CHECK(made.faults[0].message == title(Code::deal_not_open));
  CHECK(made.faults[0].pointer == "/x");
  CHECK(refusal(Code::invalid, "", "So.").faults[0].message == "So.");
}
