// Forms with files, as clients send them and as nobody should (RFC 7578).

#include "api/multipart.h"

#include "tests/support/catch.h"

using namespace dealog::api;

namespace {

constexpr const char* form = "multipart/form-data; boundary=XX";
std::string part(const std::string& header, const std::string& content) { return "--XX\r\n" + header + "\r\n\r\n" + content + "\r\n"; }

}  // namespace

TEST_CASE("parts come with their name, file name, type and bytes, in order", "[http][multipart]") {
  const std::string body = part("Content-Disposition: form-data; name=\"links\"", "{}") +
                           part("content-disposition: form-data; name=file; filename=\"a b.PNG\"\r\nContent-Type: Image/PNG; x=y", std::string("a\r\n--X\0\r\n", 9)) +
                           part("Content-Disposition: form-data; name=\"empty\"", "") + "--XX--\r\nafterwards";
  const auto parts = parse_form(form, body);
  REQUIRE(parts);
  REQUIRE(parts->size() == 3);
  CHECK((*parts)[0].name == "links");
  CHECK_FALSE((*parts)[0].filename);
  CHECK((*parts)[0].content == "{}");
  CHECK((*parts)[1].name == "file");
  CHECK((*parts)[1].filename == "a b.PNG");
  CHECK((*parts)[1].type == "image/png");
  CHECK((*parts)[1].content == std::string("a\r\n--X\0\r\n", 9));
  CHECK((*parts)[2].content.empty());
}

TEST_CASE("boundaries may be quoted, words may stand before the first and spaces behind each", "[http][multipart]") {
  CHECK(parse_form("multipart/form-data; charset=utf-8; boundary=\"a b\"", "preamble\r\n--a b  \r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--a b--")->size() == 1);
  CHECK(parse_form(form, "--XX--")->empty());
}

TEST_CASE("file names are unescaped as curl and as browsers write them", "[http][multipart]") {
  const auto name = [](const std::string& written) { return parse_form(form, part("Content-Disposition: form-data; name=\"f\"; filename=\"" + written + "\"", "") + "--XX--")->front().filename; };
  CHECK(name("a\\\"b\\\\c") == "a\"b\\c");
  CHECK(name("a%22b;c") == "a\"b;c");
  CHECK(name("C:\\dir\\a.txt") == "C:\\dir\\a.txt");
  CHECK(name("Zażółć.pdf") == "Zażółć.pdf");
  CHECK(name("") == "");
}

TEST_CASE("what is no form is not read as one", "[http][multipart]") {
  const std::string good = part("Content-Disposition: form-data; name=\"x\"", "1") + "--XX--";
  REQUIRE(parse_form(form, good));
  for (const char* type : {"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"XX", "multipart/form-data; boundary=YY"}) {
    CAPTURE(type);
    CHECK_FALSE(parse_form(type, good));
  }
  for (std::size_t length = 0; length < good.size() - 1; ++length) {
    CAPTURE(length);
    CHECK_FALSE(parse_form(form, std::string_view(good).substr(0, length)));
  }
  for (const std::string header : {"", "Content-Disposition", "Content-Disposition: form-data", "Content-Disposition: attachment; name=\"x\"", "Content-Type: text/plain",
                                   "Content-Disposition: form-data; name=\"x", "Content-Disposition: form-data; name=\"x\"\r\nContent-Disposition: form-data; name=\"y\""}) {
    CAPTURE(header);
    CHECK_FALSE(parse_form(form, part(header, "1") + "--XX--"));
  }
  std::string many;
  for (int i = 0; i < 33; ++i) many += part("Content-Disposition: form-data; name=\"x\"", "1");
  CHECK_FALSE(parse_form(form, many + "--XX--"));
  CHECK_FALSE(parse_form(form, part("Content-Disposition: form-data; name=\"" + std::string(9000, 'x') + "\"", "1") + "--XX--"));
}

TEST_CASE("a type that is none is left out", "[http][multipart]") {
  const auto type = [](const std::string& written) { return parse_form(form, part("Content-Disposition: form-data; name=\"f\"\r\nContent-Type: " + written, "") + "--XX--")->front().type; };
  CHECK(type("text/plain;charset=utf-8") == "text/plain");
  CHECK(type("application/vnd.x+json") == "application/vnd.x+json");
  for (const char* none : {"", "text", "text/", "/plain", "text/pl ain", "text/html\x01", "a/b/c"}) {
    CAPTURE(none);
    CHECK(type(none).empty());
  }
  CHECK(type("a/" + std::string(200, 'x')).empty());
}

TEST_CASE("the name of a download is plain for old clients and whole for others", "[http][multipart]") {
  CHECK(attachment("a b.pdf") == "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
  CHECK(attachment("\"ż\\\r\n%.txt") == "attachment; filename=\"______.txt\"; filename*=UTF-8''%22%C5%BC%5C%0D%0A%25.txt");
}
