// From bodies to values: each fault is found, all of them at once, and the schema says what the decoder does.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/describe.h"
#include "api/openapi.h"
#include "tests/support/catch.h"

using namespace dealog;
using namespace dealog::api;

namespace {

enum class Outcome : std::uint8_t { won, lost };

struct Step {
  std::string name;
  std::int64_t weight = 1;
  static constexpr std::string_view type_name = "Step";
  static constexpr auto describe() {
    return std::tuple{member("name", &Step::name).length(1, 5), member("weight", &Step::weight).range(0, 100).may_be_absent()};
  }
};

struct Everything {
  std::string text;
  bool flag = false;
  std::int64_t number = 0;
  Uuid id;
  Instant at;
  Day on;
  MoneyInput price;
  std::optional<std::string> note;
  std::vector<Step> steps;
  Outcome outcome = Outcome::won;
  Patch<std::string> comment;
  static constexpr std::string_view type_name = "Everything";
  static constexpr auto describe() {
    return std::tuple{member("text", &Everything::text).doc("Words"), member("flag", &Everything::flag), member("number", &Everything::number),
                      member("id", &Everything::id), member("at", &Everything::at), member("on", &Everything::on),
                      member("price", &Everything::price), member("note", &Everything::note),
                      member("steps", &Everything::steps).length(0, 3), member("outcome", &Everything::outcome),
                      member("comment", &Everything::comment)};
  }
};

constexpr std::string_view whole = R"({"text":"ż","flag":true,"number":-5,"id":"0190D2C4-0000-7000-8000-000000000001",
  "at":"2026-03-31T23:59:59.999+02:00","on":"2026-03-31","price":{"amount":"1234.50","currency":"PLN"},
  "steps":[{"name":"a","weight":7},{"name":"b"}],"outcome":"lost","comment":null})";

// The faults as "pointer code", in order.
std::vector<std::string> said(const Faults& faults) {
  std::vector<std::string> all;
  for (const InputFault& fault : faults.all) all.push_back(fault.pointer + " " + fault.code);
  return all;
}

using Said = std::vector<std::string>;
const Currency pln = *parse_currency("PLN");
const Currency jpy = *parse_currency("JPY");

Fields fields(Kind kind, std::string_view body, Mode mode, Faults& faults, std::initializer_list<std::string_view> allowed = {},
              std::initializer_list<std::string_view> defaulted = {}) {
  const auto object = parse_object(body, faults);
  REQUIRE(object);
  return decode_fields(kind, *object, {.mode = mode, .currency = pln, .allowed = {allowed.begin(), allowed.size()},
                                       .defaulted = {defaulted.begin(), defaulted.size()}}, faults);
}

}  // namespace
template <>
struct dealog::api::Words<Outcome> { static constexpr std::string_view all[] = {"won", "lost"}; };

TEST_CASE("a body becomes the struct that it describes", "[api][decode]") {
  Faults faults;
  const auto made = decode<Everything>(whole, faults);
  REQUIRE(said(faults) == Said{});
  REQUIRE(made);
  CHECK(made->text == "ż");
  CHECK(made->number == -5);
  CHECK(to_string(made->id) == "0190d2c4-0000-7000-8000-000000000001");
  CHECK(to_string(made->at) == "2026-03-31T21:59:59.999Z");
  CHECK(to_string(made->on) == "2026-03-31");
  CHECK(amount_in(made->price, pln, "", faults) == 123450);
  CHECK_FALSE(made->note);
  REQUIRE(made->steps.size() == 2);
  CHECK(made->steps[0].weight == 7);
  CHECK(made->steps[1].weight == 1);
  CHECK(made->outcome == Outcome::lost);
  CHECK(made->comment.is_null());
}

TEST_CASE("all faults of a body are found at once, and one that is malformed makes it 400", "[api][decode]") {
  Faults faults;
  const auto made = decode<Everything>(
      R"({"text":7,"flag":"yes","number":1e3,"id":"no","at":"yesterday","on":"2026-02-30","price":12.5,"note":4,
          "steps":[{"name":"toolong"},{"name":"","weight":101},{"wait":1},7],"outcome":"drawn","a/b~c":1})", faults);
  CHECK_FALSE(made);
  CHECK(said(faults) == Said{"/text wrong_type", "/flag wrong_type", "/number wrong_type", "/id unreadable", "/at unreadable",
                             "/on unreadable", "/price wrong_type", "/note wrong_type", "/steps too_long", "/outcome invalid",
                             "/a~1b~0c unknown_field"});
  CHECK(faults.malformed());
}

TEST_CASE("faults inside lists point there", "[api][decode]") {
  Faults faults;
  decode<Everything>(R"({"steps":[{"name":"toolong"},{"name":"","weight":101},{"wait":1}]})", faults);
  CHECK(said(faults) == Said{"/text required", "/flag required", "/number required", "/id required", "/at required", "/on required",
                             "/price required", "/steps/0/name too_long", "/steps/1/name too_short", "/steps/1/weight out_of_range",
                             "/steps/2/name required", "/steps/2/wait unknown_field", "/outcome required"});
}

TEST_CASE("what is well-formed but impossible is 422", "[api][decode]") {
  Faults faults;
  decode<Step>(R"({"name":"","weight":-1})", faults);
  CHECK(said(faults) == Said{"/name too_short", "/weight out_of_range"});
  CHECK_FALSE(faults.malformed());
}

TEST_CASE("what is not JSON is refused with its place", "[api][decode]") {
  const auto [text, code, byte] = GENERATE(table<std::string, std::string, std::string>({
      {"{\"a\":}", "not_json", "byte 5"},
      {"{\"a\":1} x", "not_json", "byte 8"},
      {"", "not_json", "byte 0"},
      {"{\"a\":1", "not_json", "byte 6"},
      {"{\"a\":1e400}", "not_json", "number"},
      {"{\"a\":-1e400}", "not_json", "number"},
      {"{\"a\":18446744073709551616}", "not_json", "number"},
      {"{\"a\":NaN}", "not_json", "byte"},
      {"{\"a\":\"\xff\"}", "not_json", "byte"},
      {"{\"a\":\"\\ud800\"}", "not_json", "byte"},
      {"{'a':1}", "not_json", "byte"},
      {"{\"a\":1,}", "not_json", "byte"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "duplicate_key", ""},
      {"{\"a\":[{\"b\":1,\"b\":1}]}", "duplicate_key", ""},
      {"[1]", "wrong_type", "object"},
      {std::string(33, '[') + std::string(33, ']'), "not_json", "byte"},
      {std::string(100000, '['), "not_json", "byte"},
  }));
  CAPTURE(text.substr(0, 60));
  Faults faults;
  CHECK_FALSE(parse_object(text, faults));
  REQUIRE(faults.all.size() == 1);
  CHECK(faults.all[0].code == code);
  CHECK(faults.all[0].message.find(byte) != std::string::npos);
  CHECK(faults.malformed());
}

TEST_CASE("JSON at the edge of what is taken", "[api][decode]") {
  Faults faults;
  CHECK(parse_json(std::string(32, '[') + std::string(32, ']'), faults));
  const auto largest = parse_json("[9223372036854775807,18446744073709551615,1e308, -0.0]  \n", faults);
  REQUIRE(largest);
  CHECK(read_integer(largest->as_array()[0], "/0", faults) == INT64_MAX);
  CHECK(faults.empty());
  CHECK_FALSE(read_integer(largest->as_array()[1], "/1", faults));
  CHECK(said(faults) == Said{"/1 out_of_range"});
}

TEST_CASE("money is a decimal string in the account's currency", "[api][decode]") {
  const auto [body, expected, fault] = GENERATE(table<std::string, std::optional<std::int64_t>, std::string>({
      {R"({"amount":"12.5"})", 1250, ""},
      {R"({"amount":"-0.01","currency":"PLN"})", -1, ""},
      {R"({"amount":"12.5","currency":null})", 1250, ""},
      {R"({"amount":"12.345"})", std::nullopt, "/value/amount invalid"},
      {R"({"amount":"99999999999999999999"})", std::nullopt, "/value/amount out_of_range"},
      {R"({"amount":"1e3"})", std::nullopt, "/value/amount unreadable"},
      {R"({"amount":""})", std::nullopt, "/value/amount unreadable"},
      {R"({"amount":"."})", std::nullopt, "/value/amount unreadable"},
      {R"({"amount":12.5})", std::nullopt, "/value/amount wrong_type"},
      {R"({"currency":"PLN"})", std::nullopt, "/value/amount required"},
      {R"({"amount":"1","currency":"EUR"})", std::nullopt, "/value/currency invalid"},
      {R"({"amount":"1","minor":1})", std::nullopt, "/value/minor unknown_field"},
      {R"(12.5)", std::nullopt, "/value wrong_type"},
      {R"("12.5")", std::nullopt, "/value wrong_type"},
  }));
  CAPTURE(body);
  Faults faults;
  CHECK(read_money(boost::json::parse(body), pln, "/value", faults) == expected);
  CHECK(said(faults) == (fault.empty() ? Said{} : Said{fault}));
}

TEST_CASE("a currency without decimals takes none", "[api][decode]") {
  Faults faults;
  CHECK(read_money(boost::json::parse(R"({"amount":"12"})"), jpy, "", faults) == 12);
  CHECK_FALSE(read_money(boost::json::parse(R"({"amount":"12.0"})"), jpy, "", faults));
}

TEST_CASE("a deal's fields are read by the table", "[api][decode]") {
  Faults faults;
  const Fields made = fields(Kind::deal, R"({"id":"x","name":"Roof","value":{"amount":"10"},"expected_close_on":"2026-05-04",
      "visibility":"public","company_id":"0190d2c4-0000-7000-8000-000000000001","person_id":null,
      "participant_ids":["0190d2c4-0000-7000-8000-000000000002"]})", Mode::create, faults, {"id"}, {"owner_id"});
  CHECK(said(faults) == Said{});
  const Uuid one = *parse_uuid("0190d2c4-0000-7000-8000-000000000001"), two = *parse_uuid("0190d2c4-0000-7000-8000-000000000002");
  CHECK((made == Fields{{field::deal::name, std::string("Roof")}, {field::deal::company_id, one},
                        {field::deal::participant_ids, std::vector<Uuid>{two}}, {field::deal::value, std::int64_t{1000}},
                        {field::deal::expected_close_on, std::int64_t{parse_day("2026-05-04")->days}},
                        {field::deal::visibility, std::int64_t{1}}}));
}

TEST_CASE("links stand in an object of their own", "[api][decode]") {
  Faults faults;
  const Fields made = fields(Kind::task, R"({"name":"Call","links":{"deal_id":"0190d2c4-0000-7000-8000-000000000001","lead":1}})",
                             Mode::create, faults, {}, {"assignee_id"});
  CHECK(said(faults) == Said{"/links/lead unknown_field"});
  REQUIRE(made.size() == 2);
  CHECK(made[1].field == field::task::deal_id);
  Faults others;
  fields(Kind::task, R"({"name":"Call","links":7})", Mode::create, others, {}, {"assignee_id"});
  CHECK(said(others) == Said{"/links wrong_type"});
}

TEST_CASE("a create lacks what is required and sets what it may not", "[api][decode]") {
  Faults faults;
  fields(Kind::deal, R"({"status":"won","colour":"red","source_id":"00000000-0000-0000-0000-000000000000"})", Mode::create, faults);
  CHECK(said(faults) == Said{"/colour unknown_field", "/name required", "/status not_writable", "/owner_id required", "/source_id invalid"});
}

TEST_CASE("a patch empties, keeps and refuses", "[api][decode]") {
  Faults faults;
  const Fields made = fields(Kind::deal, R"({"company_id":null,"name":null,"stage_id":"0190d2c4-0000-7000-8000-000000000001"})",
                             Mode::patch, faults);
  CHECK(said(faults) == Said{"/name required", "/stage_id not_writable"});
  CHECK((made == Fields{{field::deal::company_id, std::monostate()}}));
}

TEST_CASE("a patch adds to a set and removes from it, where sets need not be whole", "[api][decode][DEA-8]") {
  const Uuid one = *parse_uuid("0190d2c4-0000-7000-8000-000000000001");
  std::vector<command::SetChange> sets;
  const auto read = [&](std::string_view body, std::vector<command::SetChange>* into) {
    Faults faults;
    sets.clear();
    const auto object = parse_object(body, faults);
    REQUIRE(object);
    CHECK(decode_fields(Kind::deal, *object, {.mode = Mode::patch, .currency = pln, .sets = into}, faults).empty());
    return said(faults);
  };
  CHECK(read(R"({"tags":{"add":["0190d2c4-0000-7000-8000-000000000001"]},"groups":{"add":[],"remove":["0190d2c4-0000-7000-8000-000000000001"]}})", &sets).empty());
  REQUIRE(sets.size() == 2);
  CHECK(sets[0].field == field::deal::groups);
  CHECK(std::get<command::Members<Uuid>>(sets[0].members).add.empty());
  CHECK(std::get<command::Members<Uuid>>(sets[0].members).remove == std::vector<Uuid>{one});
  CHECK(std::get<command::Members<Uuid>>(sets[1].members).add == std::vector<Uuid>{one});
  CHECK(read(R"({"tags":{"add":["x",7],"remove":null,"replace":[]}})", &sets) ==
        Said{"/tags/replace unknown_field", "/tags/add/0 unreadable", "/tags/add/1 wrong_type", "/tags/remove wrong_type"});
  CHECK(sets.empty());
  CHECK(read(R"({"tags":{},"name":{"add":[]}})", &sets) == Said{"/name wrong_type", "/tags required"});
  CHECK(read(R"({"tags":{"add":[]}})", nullptr) == Said{"/tags wrong_type"});
}

TEST_CASE("texts, words and lengths", "[api][decode]") {
  Faults faults;
  const Fields made = fields(Kind::person, R"({"name":"Żółć","emails":["a@b.pl",""],"phones":"1"})", Mode::create, faults);
  CHECK(said(faults) == Said{"/phones wrong_type"});
  CHECK((made == Fields{{field::person::name, std::string("Żółć")}, {field::person::emails, std::vector<std::string>{"a@b.pl", ""}}}));

  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "ż";
  Faults none;
  fields(Kind::team, "{\"name\":\"" + wide + "\"}", Mode::create, none);
  CHECK(said(none) == Said{});
  Faults one;
  fields(Kind::team, "{\"name\":\"" + wide + "ż\"}", Mode::create, one);
  CHECK(said(one) == Said{"/name too_long"});
  Faults words;
  fields(Kind::close_reason, R"({"name":"x","outcome":""})", Mode::create, words);
  CHECK(said(words) == Said{"/outcome invalid"});
}

TEST_CASE("every field of every kind is either read or refused by name", "[api][decode]") {
  for (const Kind kind : all_kinds)
    for (const FieldSpec& spec : fields_of(kind)) {
      CAPTURE(name(kind), spec.name);
      json::value wrong = spec.type == FieldType::integer || spec.type == FieldType::percent || spec.type == FieldType::money
                              ? json::value("text") : spec.type == FieldType::decimal ? json::value(true) : json::value(7);
      json::object body;
      const std::size_t dot = spec.name.find('.');
      if (dot == std::string_view::npos) body[spec.name] = wrong;
      else body[spec.name.substr(0, dot)] = json::object{{spec.name.substr(dot + 1), wrong}};
      Faults faults;
      decode_fields(kind, body, {.mode = Mode::patch, .currency = pln}, faults);
      REQUIRE(faults.all.size() == 1);
      const bool writable = spec.access == Access::given;
      CHECK(faults.all[0].code == (writable ? "wrong_type" : "not_writable"));
    }
}

TEST_CASE("the schema says what the decoder does", "[api][decode][openapi]") {
  Schemas schemas;
  const json::value reference = schema<Everything>()(schemas);
  CHECK(json::serialize(reference) == R"({"$ref":"#/components/schemas/Everything"})");
  CHECK(schemas.all().size() == 3);  // Everything, Step, Money: each once
  const json::object& made = schemas.all().at("Everything").as_object();
  CHECK(json::serialize(made.at("required")) ==
        R"(["text","flag","number","id","at","on","price","steps","outcome"])");
  const json::object& properties = made.at("properties").as_object();
  CHECK(json::serialize(properties.at("note")) == R"({"type":["string","null"],"maxLength":10000})");
  CHECK(json::serialize(properties.at("outcome")) == R"({"type":"string","enum":["won","lost"]})");
  CHECK(json::serialize(properties.at("text").as_object().at("description")) == "\"Words\"");
  CHECK(json::serialize(properties.at("steps")) == R"({"type":"array","items":{"$ref":"#/components/schemas/Step"},"maxItems":3})");

  fields_schema(Kind::deal, Mode::patch)(schemas);
  const json::object& patch = schemas.all().at("DealPatch").as_object().at("properties").as_object();
  CHECK(patch.contains("value"));
  CHECK(json::serialize(patch.at("tags")) ==
        R"({"oneOf":[{"type":["array","null"],"maxItems":200,"items":{"type":"string","format":"uuid"}},{"$ref":"#/components/schemas/SetChange"}]})");
  CHECK(schemas.all().contains("SetChange"));
  CHECK_FALSE(patch.contains("stage_id"));
  CHECK_FALSE(patch.contains("status"));
  object_schema(Kind::token)(schemas);
  CHECK_FALSE(schemas.all().at("Token").as_object().at("properties").as_object().contains("hash"));
  object_schema(Kind::task)(schemas);
  CHECK(schemas.all().at("Task").as_object().at("properties").as_object().at("links").as_object().at("properties").as_object().size() == 5);  // deal, lead, person, company, space
}
