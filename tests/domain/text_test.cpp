#include "domain/text.h"

#include <random>

#include "tests/support/catch.h"

using namespace dealog;

TEST_CASE("names that look alike are the same name [GEN-11]", "[domain][text]") {
  CHECK(normalised("  New   Lead\t\n") == "new lead");
  CHECK(normalised("new lead") == "new lead");
  CHECK(normalised("") == "");
  CHECK(normalised(" \t ") == "");
  CHECK(normalised("ZAŻÓŁĆ") == "zażółć");
  CHECK(normalised("Za\u017co\u0301\u0142c\u0301") == "zażółć");             // Composed or not.
  CHECK(normalised("\u00A0Łódź\u2003\u3000Północ ") == "łódź północ");        // Every kind of space.
  CHECK(normalised("Straße") == normalised("STRASSE"));
  CHECK(normalised("\uFF34\uFF25\uFF33\uFF34 \u2460") == "test 1");             // Full width, circled.
  CHECK(normalised("\uFB01le") == "file");                                      // Ligature.
  CHECK(normalised("ab\u200Bc") == "abc");                                      // What cannot be seen.
  CHECK(normalised("\u039F\u0394\u039F\u03A3") == normalised("\u03BF\u03B4\u03BF\u03C2"));  // Final sigma.
}

TEST_CASE("names that differ stay different", "[domain][text]") {
  CHECK(normalised("lodz") != normalised("Łódź"));
  CHECK(normalised("newlead") != normalised("new lead"));
  CHECK(normalised("a-b") != normalised("a b"));
  CHECK(normalised("I") == "i");
}

TEST_CASE("the short way for ASCII gives what the long one does", "[domain][text][property]") {
  std::mt19937 random(5);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (std::size_t k = random() % 12; k > 0; --k) text += static_cast<char>(" \t\nAzZ09-_"[random() % 10]);
    CAPTURE(i, text);
    const std::string longer = normalised(text + "x\u017B");  // A letter that ASCII does not have.
    REQUIRE(longer == normalised(text + "x") + "\u017C");
  }
}

TEST_CASE("normalising twice changes nothing", "[domain][text][property]") {
  std::mt19937 random(9);
  const std::string parts[] = {" ", "\u00A0", "a", "\u0301", "\u00B4", "\u1E9E", "\u0130", "\u200D", "\uFDFA", "\u3000",
                               "Ł", "\U0001F600", "\u037A", "\u0345", "\u00AD", "\x80", "Z", "\u2028"};
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (std::size_t k = random() % 8; k > 0; --k) text += parts[random() % std::size(parts)];
    const std::string once = normalised(text);
    CAPTURE(i, text, once);
    REQUIRE(normalised(once) == once);
    REQUIRE(is_valid_utf8(once));
    const std::string searched = fold_for_search(text);
    REQUIRE(fold_for_search(searched) == searched);
  }
}

TEST_CASE("a search does not mind diacritics", "[domain][text]") {
  CHECK(fold_for_search("Łódź") == "lodz");
  CHECK(fold_for_search("  ZAŻÓŁĆ  gęślą ") == "zazolc gesla");
  CHECK(fold_for_search("Møller") == "moller");
  CHECK(fold_for_search("Žižek") == fold_for_search("zizek"));
  CHECK(fold_for_search("plain") == "plain");
}

TEST_CASE("only sound UTF-8 is accepted", "[domain][text]") {
  for (const char* good : {"", "abc", "\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\uFFFF", "\U00010000", "\U0010FFFF"}) {
    CHECK(is_valid_utf8(good));
  }
  CHECK(is_valid_utf8(std::string_view("a\0b", 3)));
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "\xE2\x82(", "\xE2(\x82",
        "a\xC3", "\xF0\x9F\x98(", "\xFE"}) {
    CHECK(!is_valid_utf8(bad));
  }
}
