#include "api/event_json.h"

#include <flatbuffers/reflection.h>

#include <algorithm>
#include <array>
#include <map>

#include "api/object.h"
#include "domain/events_bfbs_generated.h"
#include "domain/events_generated.h"

namespace dealog::api {
namespace {

using flatbuffers::Table;
using reflection::BaseType;

// How a member of a table is shown.
struct Form {
  const reflection::Field* member = nullptr;
  std::string name, field, absent;
  std::vector<std::string> words;
  const reflection::Object* type = nullptr;   // of a struct or table, or of a list's
  bool is_inline = false, is_instant = false, is_day = false, is_money = false, is_decimal = false, is_quiet = false;
};
struct TableForm {
  std::vector<Form> members;                 // by their numbers, without the secret ones
  bool replaces = false;
};

bool ends_with(std::string_view text, std::string_view end) { return text.ends_with(end); }

// "stage" is "stage_id", "users" are "user_ids", "id_" is "id": as the API names references.
std::string name_of_reference(std::string_view name, bool is_list) {
  if (name == "id_") return "id";
  if (ends_with(name, "_id") || ends_with(name, "_ids")) return std::string(name);
  if (!is_list) return std::string(name) + "_id";
  return std::string(name.substr(0, name.size() - ends_with(name, "s"))) + "_ids";
}

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> all;
  while (!words.empty()) {
    const std::size_t space = std::min(words.find(' '), words.size());
    all.emplace_back(words.substr(0, space));
    words.remove_prefix(std::min(words.size(), space + 1));
  }
  return all;
}

bool is_type(const reflection::Object* type, std::string_view name) { return type != nullptr && type->name()->string_view() == name; }
bool is_uuid(const reflection::Object* type) { return is_type(type, "dealog.fb.Uuid"); }
bool is_field_value(const reflection::Object* type) { return is_type(type, "dealog.fb.FieldValue"); }

// The attributes of a member or a table, or none.
using Attributes = flatbuffers::Vector<flatbuffers::Offset<reflection::KeyValue>>;
const reflection::KeyValue* find(const Attributes* attributes, const char* name) {
  return attributes == nullptr ? nullptr : attributes->LookupByKey(name);
}
std::string text_of(const Attributes* attributes, const char* name) {
  const auto* found = find(attributes, name);
  return found == nullptr || found->value() == nullptr ? std::string() : found->value()->str();
}

// All of the schema, prepared once.
class Forms {
 public:
  Forms() {
    const auto& schema = *reflection::GetSchema(fb::RecordBinarySchema::data());
    for (const reflection::Object* type : *schema.objects()) forms_.emplace(type, form_of(schema, *type));
    for (const reflection::Enum* one : *schema.enums())
      if (one->name()->string_view() == "dealog.fb.Event")
        for (const reflection::EnumVal* member : *one->values())
          if (member->union_type() != nullptr && member->union_type()->base_type() == BaseType::Obj)
            events_[static_cast<std::size_t>(member->value())] = schema.objects()->Get(static_cast<unsigned>(member->union_type()->index()));
  }
  const TableForm& of(const reflection::Object& type) const { return forms_.at(&type); }
  // Null for the type of none.
  const reflection::Object* event(fb::Event type) const { return events_[static_cast<std::size_t>(type)]; }

 private:
  static TableForm form_of(const reflection::Schema& schema, const reflection::Object& type) {
    std::vector<const reflection::Field*> fields(type.fields()->begin(), type.fields()->end());
    std::ranges::sort(fields, {}, [](const reflection::Field* field) { return field->id(); });
    TableForm form{.members = {}, .replaces = find(type.attributes(), "replaces") != nullptr};
    for (const reflection::Field* field : fields) {
      const auto base = field->type()->base_type();
      if (base == BaseType::UType || find(field->attributes(), "secret") != nullptr) continue;
      const bool is_list = base == BaseType::Vector || base == BaseType::Array;
      Form member{.member = field, .name = field->name()->str(), .field = text_of(field->attributes(), "field"),
                   .absent = text_of(field->attributes(), "absent"), .words = split(text_of(field->attributes(), "words")),
                   .is_inline = find(field->attributes(), "inline") != nullptr,
                   .is_instant = find(field->attributes(), "instant") != nullptr,
                   .is_day = find(field->attributes(), "day") != nullptr,
                   .is_money = find(field->attributes(), "money") != nullptr,
                   .is_decimal = find(field->attributes(), "decimal") != nullptr,
                   .is_quiet = find(field->attributes(), "quiet") != nullptr};
      if ((is_list ? field->type()->element() : base) == BaseType::Obj)
        member.type = schema.objects()->Get(static_cast<unsigned>(field->type()->index()));
      if (!member.field.empty()) member.name = member.field;
      else if (is_uuid(member.type)) member.name = name_of_reference(member.name, is_list);
      form.members.push_back(std::move(member));
    }
    return form;
  }

  std::map<const reflection::Object*, TableForm> forms_;
  std::array<const reflection::Object*, 256> events_{};
};

const Forms& forms() {
  static const Forms all;
  return all;
}

std::string hex(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

// Writes the members of tables of one record.
class Walk {
 public:
  Walk(Kind kind, const Terms& terms) : kind_(kind), terms_(terms) {}

  void members(JsonMembers& out, const Table& table, const reflection::Object& type) const {
    for (const Form& form : forms().of(type).members) {
      const bool is_there = table.CheckField(form.member->offset());
      if (!is_there && form.is_quiet) continue;
      if (form.is_inline) {
        if (is_there) unfold(out, table, form);
        continue;
      }
      JsonWriter json;
      if (!is_there && !form.absent.empty()) json.value(form.absent);
      else value(json, table, form);
      out.push_back({form.name, std::move(json).text()});
    }
  }

 private:
  // The members of a table, or the values of fields, beside the others.
  void unfold(JsonMembers& out, const Table& table, const Form& form) const {
    if (form.member->type()->base_type() == BaseType::Obj) {
      members(out, *flatbuffers::GetFieldT(table, *form.member), *form.type);
      return;
    }
    for (const fb::FieldValue* value : *table.GetPointer<const FieldValues*>(form.member->offset()))
      add_field(out, kind_, {value->field(), value_of(*value)}, terms_);
  }

  void object(JsonWriter& json, const Table& table, const reflection::Object& type) const {
    if (is_field_value(&type)) {
      const auto& stored = reinterpret_cast<const fb::FieldValue&>(table);
      JsonMembers one;
      add_field(one, kind_, {stored.field(), value_of(stored)}, terms_);
      write_members(json, one);
      return;
    }
    JsonMembers inner;
    members(inner, table, type);
    write_members(json, inner);
  }

  void structure(JsonWriter& json, const std::uint8_t* bytes, const reflection::Object& type) const {
    if (is_uuid(&type)) {
      Uuid id;
      std::memcpy(id.bytes.data(), bytes, id.bytes.size());
      json.value(id);
    } else {
      json.value(hex(bytes, static_cast<std::size_t>(type.bytesize())));
    }
  }

  void number(JsonWriter& json, std::int64_t number, const Form& form) const {
    const FieldSpec* spec = form.field.empty() ? nullptr : find_field(kind_, form.field);
    if (spec != nullptr) write_value(json, *spec, Value{number}, terms_.currency);
    else if (!form.words.empty() && static_cast<std::size_t>(number) < form.words.size()) json.value(form.words[static_cast<std::size_t>(number)]);
    else if (form.is_instant) json.value(Instant{number});
    else if (form.is_day) json.value(Day{static_cast<std::int32_t>(number)});
    else if (form.is_money) json.money(number, terms_.currency);
    else if (form.is_decimal) json.raw(format_decimal(number));
    else json.value(number);
  }

  void list(JsonWriter& json, const Table& table, const Form& form) const {
    const auto* all = table.GetPointer<const flatbuffers::VectorOfAny*>(form.member->offset());
    const BaseType element = form.member->type()->element();
    if (element == BaseType::UByte && form.words.empty()) {   // bytes of some sort
      if (all == nullptr) json.null();
      else json.value(hex(all->Data(), all->size()));
      return;
    }
    json.array();
    for (flatbuffers::uoffset_t i = 0; all != nullptr && i < all->size(); ++i) {
      if (element == BaseType::String) {
        json.value(reinterpret_cast<const Texts*>(all)->Get(i)->string_view());
      } else if (element != BaseType::Obj) {
        number(json, flatbuffers::GetAnyVectorElemI(all, element, i), form);
      } else if (form.type->is_struct()) {
        structure(json, all->Data() + i * static_cast<std::size_t>(form.type->bytesize()), *form.type);
      } else {
        object(json, *reinterpret_cast<const Tables*>(all)->Get(i), *form.type);
      }
    }
    json.end();
  }

  void value(JsonWriter& json, const Table& table, const Form& form) const {
    const reflection::Field& member = *form.member;
    const bool is_there = table.CheckField(member.offset());
    switch (member.type()->base_type()) {
      case BaseType::Bool: json.value(flatbuffers::GetAnyFieldI(table, member) != 0); return;
      case BaseType::Float: case BaseType::Double: json.value(flatbuffers::GetAnyFieldF(table, member)); return;
      case BaseType::String:
        if (is_there) json.value(flatbuffers::GetFieldS(table, member)->string_view());
        else json.null();
        return;
      case BaseType::Vector: list(json, table, form); return;
      case BaseType::Obj:
        if (!is_there) json.null();
        else if (form.type->is_struct()) structure(json, table.GetStruct<const std::uint8_t*>(member.offset()), *form.type);
        else object(json, *flatbuffers::GetFieldT(table, member), *form.type);
        return;
      default:
        if (!is_there && member.optional()) json.null();
        else number(json, flatbuffers::GetAnyFieldI(table, member), form);
    }
  }

  using FieldValues = flatbuffers::Vector<flatbuffers::Offset<fb::FieldValue>>;
  using Tables = flatbuffers::Vector<flatbuffers::Offset<Table>>;
  using Texts = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

  Kind kind_;
  const Terms& terms_;
};

// The value of a field that the table does not name.
struct WriteUnknown {
  JsonWriter& json;

  void operator()(std::monostate) const { json.null(); }
  void operator()(std::int64_t number) const { json.value(number); }
  void operator()(const std::string& text) const { json.value(text); }
  void operator()(const Uuid& id) const { json.value(id); }
  template <class T>
  void operator()(const std::vector<T>& all) const {
    json.array();
    for (const T& each : all) json.value(each);
    json.end();
  }
};

std::string name_of(Kind kind, const FieldSpec& spec, const Terms& terms) {
  if (!is_custom(spec.number)) return std::string(spec.name);
  if (terms.keys != nullptr)
    if (const auto known = terms.keys->find({kind, spec.number}); known != terms.keys->end()) return "cf." + known->second;
  return "cf." + std::to_string(spec.number);
}

}  // namespace

bool has(const JsonMembers& members, std::string_view name) {
  return std::ranges::any_of(members, [&](const JsonMember& member) { return member.name == name; });
}

void add_field(JsonMembers& members, Kind kind, const FieldChange& change, const Terms& terms) {
  JsonWriter json;
  const FieldSpec* spec = find_field(kind, change.field);
  if (spec == nullptr) {
    std::visit(WriteUnknown{json}, change.value);
    members.push_back({change.field == field::hold_reason ? std::string("reason") : "field_" + std::to_string(change.field), std::move(json).text()});
    return;
  }
  if (!is_shown(*spec)) return;
  try {
    write_value(json, *spec, change.value, terms.currency);
  } catch (const std::bad_variant_access&) {   // not a value of its type: shown as what it is
    json = JsonWriter();
    std::visit(WriteUnknown{json}, change.value);
  }
  members.push_back({name_of(kind, *spec, terms), std::move(json).text()});
}

void write_members(JsonWriter& json, const JsonMembers& members) {
  json.object();
  std::vector<std::string_view> groups;   // that were written
  for (const JsonMember& member : members) {
    const std::size_t dot = member.name.find('.');
    if (dot == std::string::npos) {
      json.key(member.name).raw(member.json);
      continue;
    }
    const std::string_view group = std::string_view(member.name).substr(0, dot);
    if (std::ranges::find(groups, group) != groups.end()) continue;
    groups.push_back(group);
    json.key(group).object();
    for (const JsonMember& other : members)
      if (other.name.size() > dot + 1 && other.name[dot] == '.' && other.name.starts_with(group)) json.key(other.name.substr(dot + 1)).raw(other.json);
    json.end();
  }
  json.end();
}

JsonMembers members_of(const fb::Record& record, const Terms& terms) {
  JsonMembers members;
  const reflection::Object* type = forms().event(record.event_type());
  if (type == nullptr || record.event() == nullptr) return members;
  const Walk walk(static_cast<Kind>(record.kind()), terms);
  walk.members(members, *static_cast<const Table*>(record.event()), *type);
  return members;
}

bool replaces_the_whole(const fb::Record& record) {
  const reflection::Object* type = forms().event(record.event_type());
  return type != nullptr && forms().of(*type).replaces;
}

bool is_told_as_field(std::string_view name) {
  if (name == erased_mark) return true;
  return std::ranges::any_of(fb::EnumValuesEvent(), [&](fb::Event each) {
    const reflection::Object* type = forms().event(each);
    if (type == nullptr) return false;
    const TableForm& form = forms().of(*type);
    return (form.replaces || each == fb::Event::Created) &&
           std::ranges::any_of(form.members, [&](const Form& member) { return !member.is_inline && member.name == name; });
  });
}

}  // namespace dealog::api
