#pragma once
// The names of what objects refer to, for answers that are asked with names=true: by id, as they are at the answer's moment, of
// what the reader may see.

#include <map>
#include <string>

#include "api/ask.h"
#include "api/encode.h"
#include "api/set_up.h"
#include "domain/view.h"

namespace dealog::api {

class Names {
 public:
  // Both outlive this. `world`: where the objects are shown.
  Names(const Question& question, const projections::World& world, const SetUp& set_up) : question_(question), world_(world), set_up_(set_up) {}

  // Everything that the object's fields refer to, custom ones too, and the stages it is in.
  void add(const View& object);
  // {"<id>": "Anna", ...}
  void write(JsonWriter& json) const;

 private:
  void add(Kind kind, const Uuid& id);
  void add(Kind kind, const Value& value);

  const Question& question_;
  const projections::World& world_;
  const SetUp& set_up_;
  std::map<Uuid, std::string> names_;
};

}  // namespace dealog::api
