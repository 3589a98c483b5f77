#pragma once
// Given, when, then over the decision model, in an account where everybody is known:
//
//     CHECK(given(create_deal(d1)).when(MoveDeal{d1, B}) == then(on(d1, event::DealMoved{B, B})));
//     CHECK(given().when(Step(create_deal(d1)).by(analyst)) == refused(Code::forbidden));
//
// The process is that of worked example 1: A(a1 10, a2 10), B(b1 20), C(c1 25, c2 35). `given` fails loudly when one
// of its commands is refused. A Step without a time happens at `now`, one second after the step before it.

#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "domain/codec.h"
#include "domain/model.h"
#include "domain/new_account.h"
#include "domain/view.h"
#include "tests/support/catch.h"

namespace dealog::test {

inline Uuid id_of(std::string_view name) { return derived_uuid("test", name); }
inline Instant instant(std::string_view text) { return parse_instant(text).value(); }
inline std::int64_t day(std::string_view text) { return parse_day(text).value().days; }

inline const Uuid account = id_of("account"), administrator = first_administrator(account), manager = id_of("manager"),
                  sam = id_of("sam"), sue = id_of("sue"), analyst = id_of("analyst"), auditor = id_of("auditor"), nobody{};
inline const Uuid process = id_of("process"), A = id_of("A"), B = id_of("B"), C = id_of("C");
inline const Uuid a1 = id_of("a1"), a2 = id_of("a2"), b1 = id_of("b1"), c1 = id_of("c1"), c2 = id_of("c2");
inline const Uuid d1 = id_of("d1"), d2 = id_of("d2"), d3 = id_of("d3");
inline const Uuid acme = id_of("acme"), ala = id_of("ala");  // a company and a person, for commands to create
inline const Uuid price = id_of("price"), quality = id_of("quality");  // reasons: lost, won
inline const Instant morning = instant("2026-02-10T08:00:00Z");

event::Action action(const Uuid& id, std::string name, std::uint32_t weight);
std::vector<event::Stage> stages_abc();

// What is written out here is compiled in every test; the rest stands in scenario.cpp.
struct Step {
  Command command;
  Uuid actor = administrator;
  std::optional<Instant> now;
  Context extra;

  template <class C>
  Step(C c) : command(std::move(c)) {}  // NOLINT: a command alone is a step
  Step(const Step&);
  Step(Step&&) noexcept;
  ~Step();
  Step by(const Uuid& user) &&;
  Step at(std::string_view time) &&;
  Step at(Instant time) &&;
  Step performed_by(const Uuid& user) &&;
  Step if_match(Version version) &&;
  Step token(const Uuid& id) &&;
  Step imported() &&;
};

command::Create create(Kind kind, const Uuid& id, Fields fields, std::optional<Instant> effective = {});
command::Edit edit(Kind kind, const Uuid& id, Fields fields, std::optional<Instant> effective = {});
command::Create create_deal(const Uuid& id, Fields fields = {}, std::optional<Instant> effective = {});
command::Create create_user(const Uuid& id, std::string name, Role role);
command::Create create_reason(const Uuid& id, std::string name, Status outcome);
command::Create create_company(const Uuid& id, std::string name);
command::Create create_person(const Uuid& id, std::string name);
command::Edit set_account(std::uint16_t setting, std::int64_t value);

std::string describe(const Decision& decision);

// An account, what was recorded in it, and its model.
class World {
 public:
  struct Recorded { Bytes bytes; Fields personal; NewEvent event; Envelope envelope; };

  World();
  World(World&&) noexcept;
  World& operator=(World&&) noexcept;
  ~World();

  Decision decide(const Step& step);
  // Decides and records; the decision comes back.
  Decision run(const Step& step);
  // As run, for what must be accepted.
  World& accept(const Step& step);

  View view(ObjectRef object, Instant as_of = end_of_time, Position known_at = UINT64_MAX) const;
  View deal(const Uuid& id, Instant as_of = end_of_time, Position known_at = UINT64_MAX) const;

  // The nth id made on the way by the next command.
  Uuid fresh(int n) const;
  Instant now() const { return now_; }

  Model model;
  std::vector<Recorded> log;

 private:
  void record(const std::vector<NewEvent>& events, const Step& step);

  Instant now_;
};

// What came of a command, to be compared and printed.
struct Outcome {
  std::vector<NewEvent> events;
  std::optional<Code> code;
  std::string pointer;      // of the first fault with that code
  std::string printed;

  Outcome();
  Outcome(Outcome&&) noexcept;
  Outcome(const Outcome&);
  Outcome& operator=(Outcome&&) noexcept;
  ~Outcome();
  friend bool operator==(const Outcome& left, const Outcome& right);
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome);
};

class Given {
 public:
  explicit Given(World world) : world_(std::move(world)) {}
  Outcome when(const Step& step);

 private:
  World world_;
};

template <class... Steps>
Given given(Steps... steps) {
  World world;
  (world.accept(Step(std::move(steps))), ...);
  return Given(std::move(world));
}

NewEvent on(ObjectRef object, Event event);
NewEvent on(const Uuid& deal, Event event);

Outcome these(std::initializer_list<const NewEvent*> events);
template <class... Events>
Outcome then(const Events&... events) {
  return these({&events...});
}
Outcome refused(Code code, std::string pointer = {});

// The types of the events, "deal.moved task.created".
std::string types(const Decision& decision);

}  // namespace dealog::test

// boost::system::result claims that it can be printed, for every type.
template <>
struct Catch::StringMaker<dealog::Decision> {
  static std::string convert(const dealog::Decision& decision) { return dealog::test::describe(decision); }
};
