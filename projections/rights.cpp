// SPEC ACC-4 and ACC-5 as conditions over the present columns.
#include "projections/filter.h"

#include <algorithm>

#include "projections/kernel.h"

namespace dealog::projections {
namespace {

namespace f = field;

// REQUIRES: user is not 0, which would be equal to nobody.
DEALOG_KERNEL void public_or_of(const Handle* visibility, const Handle* owner, const Handle* creator, std::size_t n, Handle user, std::uint8_t* see) {
  constexpr Handle is_public = static_cast<Handle>(Visibility::public_) + 1;
  for (std::size_t i = 0; i < n; ++i) see[i] = static_cast<std::uint8_t>((visibility[i] == is_public) | (owner[i] == user) | (creator[i] == user));
}
DEALOG_KERNEL void only_seen(const std::uint8_t* see, std::size_t n, std::uint8_t* mask) {
  for (std::size_t i = 0; i < n; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] & see[i]);
}

// A private deal or a lead: its creator, owner and participants. A public deal: everyone. (A lead has no column of
// visibility, so all of them read as private.)
class SharedRights final : public Predicate {
 public:
  SharedRights(const World& present, Kind kind, Handle user)
      : deals_(present.table(kind)), visibility_(deals_.handles(f::deal::visibility)), owners_(deals_.handles(f::deal::owner_id)),
        creators_(deals_.handles(f::created_by)), participated_(present.participated(kind, user)), user_(user) {
    static_assert(f::lead::owner_id == f::deal::owner_id && f::lead::participant_ids == f::deal::participant_ids);
  }

  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const std::size_t first = chunk << chunk_bits;
    const std::size_t known = std::min<std::size_t>(rows, deals_.rows() > first ? deals_.rows() - first : 0);
    if (known > 0) {
      const auto seen = std::make_unique_for_overwrite<std::array<std::uint8_t, chunk_rows>>();
      std::uint8_t* see = seen->data();
      // A user whom the log never named is nobody: a handle that no row has.
      public_or_of(visibility_.chunk(chunk), owners_.chunk(chunk), creators_.chunk(chunk), known, user_ == 0 ? ~Handle{0} : user_, see);
      for (auto row = std::ranges::lower_bound(participated_, first); row != participated_.end() && *row < first + known; ++row) see[*row - first] = 1;
      only_seen(see, known, mask);
    }
    std::fill(mask + known, mask + rows, std::uint8_t{0});
  }
  int cost() const override { return 0; }

 private:
  const Table& deals_;
  const Column<Handle>&visibility_, &owners_, &creators_;
  std::vector<Row> participated_;
  Handle user_;
};

// The handles of the deals or leads that the user sees.
HandleFlags seen_by(const World& present, Kind kind, Handle user) {
  HandleFlags seen;
  const SharedRights rights(present, kind, user);
  const Table& table = present.table(kind);
  const auto mask = std::make_unique_for_overwrite<std::array<std::uint8_t, chunk_rows>>();
  for (std::size_t first = 0, chunk = 0; first < table.rows(); first += chunk_rows, ++chunk) {
    const std::size_t rows = std::min<std::size_t>(chunk_rows, table.rows() - first);
    std::fill_n(mask->data(), rows, std::uint8_t{1});
    rights.narrow(chunk, rows, mask->data());
    const Handle* self = table.self().chunk(chunk);
    for (std::size_t i = 0; i < rows; ++i)
      if ((*mask)[i]) seen.set(self[i], 1);
  }
  return seen;
}

// Contacts and spaces are seen by everyone: a file that hangs on one and on no deal or lead is too.
static_assert(f::file::deal_id == f::note::deal_id && f::file::lead_id == f::note::lead_id);
constexpr std::uint16_t open_columns[] = {f::file::person_id, f::file::company_id, f::file::space_id};

// A series has what its tasks have in the same columns.
constexpr bool has_assignee(Kind kind) { return kind == Kind::task || kind == Kind::series; }
static_assert(f::series::assignee_id == f::task::assignee_id && f::series::deal_id == f::task::deal_id && f::series::lead_id == f::task::lead_id);
constexpr bool is_linked(Kind kind) { return has_assignee(kind) || kind == Kind::note || kind == Kind::email || kind == Kind::file; }

// A task, note, e-mail or file: who sees its deal or its lead (or everyone, where it has neither), its author and its
// assignee. A file that hangs on nothing: its author alone.
class LinkedRights final : public Predicate {
 public:
  LinkedRights(const World& present, Handle user, Kind kind)
      : table_(present.table(kind)), deals_(table_.handles(deal_column(kind))), leads_(table_.handles(lead_column(kind))),
        authors_(table_.handles(f::created_by)), assignees_(has_assignee(kind) ? &table_.handles(f::task::assignee_id) : nullptr), user_(user),
        sees_deal_(seen_by(present, Kind::deal, user)), sees_lead_(seen_by(present, Kind::lead, user)) {
    if (kind == Kind::file)
      for (const std::uint16_t column : open_columns) must_hang_.push_back(&table_.handles(column));
  }
  void narrow(std::size_t chunk, std::size_t rows, std::uint8_t* mask) const override {
    const std::size_t first = chunk << chunk_bits;
    const std::size_t known = std::min<std::size_t>(rows, table_.rows() > first ? table_.rows() - first : 0);
    for (std::size_t i = 0; i < known; ++i) mask[i] = static_cast<std::uint8_t>(mask[i] && sees(static_cast<Row>(first + i)));
    std::fill(mask + known, mask + rows, std::uint8_t{0});
  }
  int cost() const override { return 1; }

  static std::uint16_t deal_column(Kind kind) {
    return has_assignee(kind) ? f::task::deal_id : kind == Kind::email ? f::email::deal_id : f::note::deal_id;
  }
  static std::uint16_t lead_column(Kind kind) {
    return has_assignee(kind) ? f::task::lead_id : kind == Kind::email ? f::email::lead_id : f::note::lead_id;
  }

 private:
  bool sees(Row row) const {
    const Handle deal = deals_[row], lead = leads_[row];
    const bool hangs_elsewhere = must_hang_.empty() || std::ranges::any_of(must_hang_, [row](const Column<Handle>* column) { return (*column)[row] != 0; });
    if ((deal == 0 && lead == 0 && hangs_elsewhere) || (deal != 0 && sees_deal_[deal]) || (lead != 0 && sees_lead_[lead])) return true;
    return user_ != 0 && (authors_[row] == user_ || (assignees_ && (*assignees_)[row] == user_));
  }

  const Table& table_;
  const Column<Handle>&deals_, &leads_, &authors_;
  const Column<Handle>* assignees_;
  std::vector<const Column<Handle>*> must_hang_;   // of files
  Handle user_;
  HandleFlags sees_deal_, sees_lead_;
};

std::shared_ptr<const World> present_of(const World& world) { return world.at(Moment{}); }

// Of a deal or lead.
bool sees_shared(const World& present, Kind kind, Handle user, Row row) {
  const Table& deals = present.table(kind);
  if (row >= deals.rows()) return false;
  if (deals.handles(f::deal::visibility)[row] == static_cast<Handle>(Visibility::public_) + 1) return true;
  if (user == 0) return false;
  if (deals.handles(f::deal::owner_id)[row] == user || deals.handles(f::created_by)[row] == user) return true;
  const auto members = deals.set(f::deal::participant_ids, row);
  return std::ranges::find(members, user) != members.end();
}

// A scorecard is seen by its holder, and by the members of the team that holds it as they are now.
bool holds_card(const World& present, Handle user, Row row) {
  if (user == 0) return false;
  const Table& cards = present.table(Kind::scorecard);
  const Handle team = cards.handles(f::scorecard::holder_team_id)[row];
  return cards.handles(f::scorecard::holder_user_id)[row] == user || (team != 0 && present.in_team(user, team, end_of_time));
}

}  // namespace

PredicatePtr rights(const World& present, const Reader& reader, Kind kind) {
  const Handle user = present.handle(reader.user);
  if (kind == Kind::token) {
    if (reader.role == Role::administrator) return nullptr;
    return user == 0 ? always(false) : handle_in(present.table(kind).handles(f::token::user_id), {user}, false);
  }
  if (kind == Kind::saved_filter) {
    const Table& filters = present.table(kind);
    std::vector<PredicatePtr> either;
    either.push_back(handle_in(filters.handles(f::saved_filter::is_shared), {2}, false));
    if (user != 0) either.push_back(handle_in(filters.handles(f::created_by), {user}, false));
    return any_of(std::move(either));
  }
  if (reader.role != Role::salesperson) return nullptr;
  switch (kind) {
    case Kind::deal: case Kind::lead: return std::make_unique<SharedRights>(present, kind, user);
    case Kind::task: case Kind::series: case Kind::note: case Kind::email: case Kind::file: return std::make_unique<LinkedRights>(present, user, kind);
    case Kind::scorecard:
      return row_test(3, [&present, user, rows = present.table(kind).rows()](Row row) { return row < rows && holds_card(present, user, row); });
    case Kind::batch: return user == 0 ? always(false) : handle_in(present.table(kind).handles(f::created_by), {user}, false);
    default: return nullptr;
  }
}

bool may_see(const World& world, const Reader& reader, Kind kind, Row row) {
  const auto pinned = world.is_live() ? nullptr : present_of(world);
  const World& present = pinned ? *pinned : world;
  if (row == no_row || row >= present.table(kind).rows()) return false;
  const Handle user = present.handle(reader.user);
  const Table& table = present.table(kind);
  if (kind == Kind::token)
    return reader.role == Role::administrator || (user != 0 && table.handles(f::token::user_id)[row] == user);
  if (kind == Kind::saved_filter)
    return table.handles(f::saved_filter::is_shared)[row] == 2 || (user != 0 && table.handles(f::created_by)[row] == user);
  if (reader.role != Role::salesperson) return true;
  if (kind == Kind::batch) return user != 0 && table.handles(f::created_by)[row] == user;
  if (kind == Kind::deal || kind == Kind::lead) return sees_shared(present, kind, user, row);
  if (kind == Kind::scorecard) return holds_card(present, user, row);
  if (!is_linked(kind)) return true;
  const Handle deal = table.handles(LinkedRights::deal_column(kind))[row], lead = table.handles(LinkedRights::lead_column(kind))[row];
  const bool hangs_elsewhere = kind != Kind::file || std::ranges::any_of(open_columns, [&](std::uint16_t column) { return table.handles(column)[row] != 0; });
  if (deal == 0 && lead == 0 && hangs_elsewhere) return true;
  if (deal != 0 && sees_shared(present, Kind::deal, user, present.row(Kind::deal, deal))) return true;
  if (lead != 0 && sees_shared(present, Kind::lead, user, present.row(Kind::lead, lead))) return true;
  if (user == 0) return false;
  return table.handles(f::created_by)[row] == user || (has_assignee(kind) && table.handles(f::task::assignee_id)[row] == user);
}

}  // namespace dealog::projections
