// Query strings of lists, over a small World.

#include <boost/json/value.hpp>

#include "api/route.h"
#include "domain/new_account.h"
#include "projections/query.h"
#include "tests/fuzz/target.h"

namespace {

std::shared_ptr<const dealog::projections::World> small_world() {
  using namespace dealog;
  static projections::ReadModels models;
  const Uuid account = derived_uuid("fuzz", "account");
  const auto events = create_account_events({.id = account, .name = "Fuzz", .slug = "fuzz", .currency = "PLN",
                                             .time_zone = "Europe/Warsaw", .administrator_name = "A",
                                             .administrator_email = "a@example.com", .token_hash = "00"});
  Position position = 0;
  for (const NewEvent& event : *events) {
    const Instant now{1'760'000'000'000};
    const Bytes bytes = encode({.position = ++position, .object = event.object, .version = 1, .recorded_at = now, .effective_at = now},
                               event.event, nullptr);
    models.apply(*trusted_record(bytes), &event.personal);
  }
  return models.live();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dealog;
  static const auto world = small_world();
  if (size < 1) return 0;
  const Kind kind = all_kinds[data[0] % std::size(all_kinds)];
  const auto parameters = api::parse_query(as_text(data + 1, size - 1));
  if (!parameters) return 0;
  const projections::Asked asked{.reader = {.user = first_administrator(derived_uuid("fuzz", "account")), .role = Role::administrator},
                                 .now = Instant{1'770'000'000'000}};
  (void)projections::list(world, kind, asked, *parameters);
  (void)projections::board(world, first_process(derived_uuid("fuzz", "account")), asked, *parameters);
  return 0;
}
