// The schema of events only grows. `flatc --conform` lets a new `required` field, a removed last field and a
// removed member of a union pass (TOOLCHAIN.md), so the schema that is compiled in is compared here with what
// tests/golden/events/schema.txt remembers of every release.

#include <flatbuffers/reflection.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "domain/events_bfbs_generated.h"
#include "tests/support/catch.h"
#include "tests/support/places.h"

namespace {

using Lines = std::vector<std::string>;

std::string type_text(const reflection::Schema& schema, const reflection::Type& type) {
  const bool is_list = type.base_type() == reflection::Vector || type.base_type() == reflection::Array;
  const auto base = is_list ? type.element() : type.base_type();
  std::string text = reflection::EnumNameBaseType(base);
  if (type.index() >= 0) {
    const auto index = static_cast<flatbuffers::uoffset_t>(type.index());
    text = base == reflection::Obj ? schema.objects()->Get(index)->name()->str()
                                   : text + ":" + schema.enums()->Get(index)->name()->str();
  }
  if (type.base_type() == reflection::Array) return text + "[" + std::to_string(type.fixed_length()) + "]";
  return is_list ? "[" + text + "]" : text;
}

// What an absent scalar reads as. (Anything else is simply absent.)
std::string default_text(const reflection::Field& field) {
  const auto base = field.type()->base_type();
  if (base < reflection::UType || base > reflection::Double) return "";
  return field.optional() ? " = null" : " = " + std::to_string(field.default_integer());
}

// One line for everything that old bytes rely on.
Lines lines_of(const reflection::Schema& schema) {
  Lines lines{"root " + schema.root_table()->name()->str() + " " + schema.file_ident()->str()};
  for (const reflection::Enum* values : *schema.enums()) {
    const std::string kind = values->is_union() ? "union " : "enum ";
    for (const reflection::EnumVal* value : *values->values()) {
      lines.push_back(kind + values->name()->str() + " " + value->name()->str() + " " + std::to_string(value->value()));
    }
  }
  for (const reflection::Object* object : *schema.objects()) {
    std::vector<const reflection::Field*> fields(object->fields()->begin(), object->fields()->end());
    std::sort(fields.begin(), fields.end(), [](const auto* a, const auto* b) { return a->id() < b->id(); });
    const std::string kind = object->is_struct() ? "struct " : "table ";
    for (const reflection::Field* field : fields) {
      lines.push_back(kind + object->name()->str() + " " + field->name()->str() + " " + std::to_string(field->id()) +
                      " " + type_text(schema, *field->type()) + default_text(*field) +
                      (field->required() ? " required" : " optional"));
    }
  }
  return lines;
}

Lines read_lines(const std::string& path) {
  Lines lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("the schema of events has only grown", "[domain][golden]") {
  const auto* bytes = dealog::fb::RecordBinarySchema::data();
  flatbuffers::Verifier verifier(bytes, dealog::fb::RecordBinarySchema::size());
  REQUIRE(reflection::VerifySchemaBuffer(verifier));
  const Lines now = lines_of(*reflection::GetSchema(bytes));
  REQUIRE(now.size() > 100);

  const std::string path = (dealog::test::golden() / "events/schema.txt").string();
  Lines remembered = read_lines(path);
  const std::set<std::string> known(remembered.begin(), remembered.end());
  if (std::getenv("DEALOG_WRITE_GOLDEN") != nullptr) {
    std::ofstream file(path, std::ios::app);  // What is there stays.
    for (const std::string& line : now) {
      if (known.count(line) == 0) file << line << '\n';
    }
    file.close();
    remembered = read_lines(path);
  }

  const std::set<std::string> present(now.begin(), now.end());
  for (const std::string& line : remembered) {
    INFO("removed or changed, so old records would read differently: " << line);
    CHECK(present.count(line) == 1);
  }
  const std::set<std::string> after(remembered.begin(), remembered.end());
  for (const std::string& line : now) {
    INFO("new; if it is meant, run with DEALOG_WRITE_GOLDEN=1 and commit schema.txt: " << line);
    CHECK(after.count(line) == 1);
  }
}

TEST_CASE("no field of the schema is required", "[domain][golden]") {
  const reflection::Schema& schema = *reflection::GetSchema(dealog::fb::RecordBinarySchema::data());
  for (const reflection::Object* object : *schema.objects()) {
    for (const reflection::Field* field : *object->fields()) {
      CAPTURE(object->name()->str(), field->name()->str());
      CHECK(!field->required());
    }
  }
}
