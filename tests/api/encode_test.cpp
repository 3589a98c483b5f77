#include "api/encode.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::api;
namespace json = boost::json;

TEST_CASE("JSON is written as it is called", "[api][encode]") {
  JsonWriter writer;
  writer.object().field("a", 1).key("b").array().value(true).null().value("x").object().end().end();
  writer.field("c", std::optional<int>()).field("d", std::uint64_t{18446744073709551615u}).field("e", INT64_MIN).end();
  CHECK(writer.text() == R"({"a":1,"b":[true,null,"x",{}],"c":null,"d":18446744073709551615,"e":-9223372036854775808})");
}

TEST_CASE("values have the forms of the API", "[api][encode]") {
  JsonWriter writer;
  writer.array().value(*parse_uuid("0190D2C4-0000-7000-8000-0000000000FF")).value(Uuid()).value(Instant{0}).value(end_of_time);
  writer.value(Day{0}).money(123450, *parse_currency("PLN")).money(-7, *parse_currency("JPY")).money(5, *parse_currency("KWD"));
  writer.percent(1250).percent(1205).percent(-100).percent(0).percent(-5).end();
  CHECK(writer.text() == R"(["0190d2c4-0000-7000-8000-0000000000ff",null,"1970-01-01T00:00:00.000Z",null,"1970-01-01",)"
                         R"({"amount":"1234.50","currency":"PLN"},{"amount":"-7","currency":"JPY"},{"amount":"0.005","currency":"KWD"},)"
                         R"(12.5,12.05,-1,0,-0.05])");
}

TEST_CASE("every byte in a string comes back through another parser", "[api][encode]") {
  const unsigned seed = 20261121;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::string pieces[] = {"\"", "\\", "/", "\n", "\r", "\t", "\b", "\f", std::string(1, '\0'), "\x01", "\x1f", "\x7f", "a",
                                "ż", "\xE2\x80\xA8", "\xF0\x9F\x98\x80", "<", "&"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto i = random() % 20; i > 0; --i) text += pieces[random() % std::size(pieces)];
    std::string written;
    append_json_string(written, text);
    CHECK(json::parse(written).as_string() == text);
  }
}

TEST_CASE("what is not UTF-8 is written as replacement characters", "[api][encode]") {
  for (const std::string bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98"}) {
    std::string written;
    append_json_string(written, "a" + bad + "b");
    CAPTURE(written);
    const json::string text = json::parse(written).as_string();
    CHECK(text.starts_with("a\xEF\xBF\xBD"));
    CHECK(text.ends_with("b"));
  }
}

TEST_CASE("doubles are short, without an exponent, and read back the same", "[api][encode]") {
  const auto written = [](double number) { return std::move(JsonWriter().value(number)).text(); };
  CHECK(written(0.1) == "0.1");
  CHECK(written(1.0) == "1");
  CHECK(written(1e21) == "1000000000000000000000");
  CHECK(written(-2.5e-7) == "-0.00000025");
  CHECK(written(std::numeric_limits<double>::infinity()) == "null");
  CHECK(written(std::nan("")) == "null");
  for (const double number : {std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min(), 1.0 / 3, 123456.789})
    CHECK(std::strtod(written(number).c_str(), nullptr) == number);
}
