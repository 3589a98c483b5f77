// What follows from merging two contacts (SPEC CON-2): the target takes what it lacks, and everything that named the
// merged one names the target. Version rows like any others, from the merge on.

#include <algorithm>

#include "domain/events_generated.h"
#include "projections/fold.h"

namespace dealog::projections {
void Fold::merge(Kind kind, Row into, Handle into_handle, const fb::Record& record) {
  const fb::Merged& merged = *record.event_as_Merged();
  if (merged.from() == nullptr) return;  // the merged one's own event, which only says where it went
  const Uuid from_id = id_of(merged.from());
  const Handle from_handle = storage_->interner.intern(from_id);
  const Row from = row_of(kind, from_handle);
  const Instant at{record.effective_at()};
  if (from != no_row) {
    for (const FieldSpec& spec : fields_of(kind))
      if (spec.access != Access::derived) unite(kind, spec.number, into, from, at);
    const std::vector<std::uint16_t> custom = tables_[index_of(kind)]->custom_fields;   // a copy: none comes, but that is not for here to know
    for (const std::uint16_t field : custom) unite(kind, field, into, from, at);
  }
  repoint(kind, from_handle, into_handle, at);
  if (!merges_.is_sole()) merges_ = Shared<Merges>(new Merges(*merges_));
  merges_->add({kind, from_id}, id_of(record.object()), at, record.position());
}

// The target's value wins; lists become one.
void Fold::unite(Kind kind, std::uint16_t field, Row into, Row from, Instant at) {
  const TableModel& table = *tables_[index_of(kind)];
  switch (held(kind, field)) {
    case Held::nowhere: return;
    case Held::number:
      if (table.large(field)[into] == null_number && table.large(field)[from] != null_number)
        assign_large(kind, field, into, table.large(field)[from], at);
      return;
    case Held::handle: case Held::text:
      if (table.small(field)[into] == 0 && table.small(field)[from] != 0) assign_small(kind, field, into, table.small(field)[from], at);
      return;
    case Held::texts: {
      const Ref more = table.small(field)[from];
      if (more == 0) return;
      std::vector<std::string> all;
      for (const std::string_view text : storage_->texts.list(table.small(field)[into])) all.emplace_back(text);
      const std::size_t before = all.size();
      for (const std::string_view text : storage_->texts.list(more))
        if (std::ranges::find(all, text) == all.end()) all.emplace_back(text);
      if (all.size() != before) assign_small(kind, field, into, storage_->texts.add_list(all), at);
      return;
    }
    case Held::set: {
      const auto held_ones = storage_->sets.members(table.small(field)[into]);
      members_.assign(held_ones.begin(), held_ones.end());
      for (const std::uint32_t member : storage_->sets.members(table.small(field)[from]))
        if (std::ranges::find(members_, member) == members_.end()) members_.push_back(member);
      if (members_.size() != held_ones.size()) assign_small(kind, field, into, storage_->sets.add(members_), at);
      return;
    }
  }
}

void Fold::repoint(Kind kind, Handle from, Handle into, Instant at) {
  for (const Kind each : all_kinds)
    for (const FieldSpec& spec : fields_of(each)) {
      if (spec.type != FieldType::ref || spec.ref != kind || tables_[index_of(each)]->slot(spec.number).size == 0) continue;
      const Row rows = tables_[index_of(each)]->rows;
      for (Row row = 0; row < rows; ++row)
        if (tables_[index_of(each)]->small(spec.number)[row] == from) assign_small(each, spec.number, row, into, at);
    }
}

}  // namespace dealog::projections
