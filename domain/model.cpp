#include "domain/model.h"

#include <algorithm>

#include "domain/access.h"
#include "domain/audit.h"
#include "domain/batch.h"
#include "domain/contact.h"
#include "domain/correspondence.h"
#include "domain/custom_field.h"
#include "domain/deal.h"
#include "domain/dictionary.h"
#include "domain/erasure.h"
#include "domain/file.h"
#include "domain/lead.h"
#include "domain/lead_stage.h"
#include "domain/people.h"
#include "domain/process.h"
#include "domain/rights.h"
#include "domain/saved_filter.h"
#include "domain/scorecard.h"
#include "domain/series.h"
#include "domain/session.h"
#include "domain/sets.h"
#include "domain/space.h"
#include "domain/state.h"
#include "domain/task.h"
#include "domain/text.h"
#include "domain/undo.h"

namespace dealog {
namespace {

// A word of a dictionary that the value refers to.
void note_word(ModelState& state, const FieldSpec& spec, const Value& value) {
  if (deletion_of(spec.ref) != Deletion::kept) return;
  if (const Uuid* id = std::get_if<Uuid>(&value)) use_word(state, {spec.ref, *id});
}

// Prints of what clients can set: for edits that change nothing and creations that are repeated. Of what verbs
// set, only a closing's note, for corrections.
void print_fields(ModelState& state, ObjectRef object, Prints& prints, const Fields& fields) {
  const Kind kind = object.kind;
  for (const FieldChange& change : fields) {
    const FieldSpec* spec = find_field(kind, change.field);
    if (spec) note_set(state, object, *spec, change.value);
    if (spec && spec->ref != Kind::none) {
      note_word(state, *spec, change.value);
      note_link(state, object, *spec, change.value);
    }
    const bool is_given = spec && spec->access != Access::derived;
    if (is_given || (kind == Kind::deal && change.field == field::deal::close_note)) prints.set(change.field, change.value);
  }
}

void apply_to_every(ModelState& state, Object& object, const Envelope& envelope, const Event& event, const Fields& personal) {
  const Kind kind = envelope.object.kind;
  object.version = envelope.version;
  if (const auto* created = std::get_if<event::Created>(&event)) {
    object.created_at = is_setup(kind) ? beginning_of_time : envelope.effective_at;
    object.created_by = envelope.performer.is_nil() ? envelope.actor : envelope.performer;
    print_fields(state, envelope.object, object.prints, created->fields);
  } else if (const auto* edited = std::get_if<event::Edited>(&event)) {
    print_fields(state, envelope.object, object.prints, edited->fields);
  } else if (std::holds_alternative<event::Deleted>(event)) {
    object.is_deleted = true;
  } else if (std::holds_alternative<event::Restored>(event)) {
    object.is_deleted = false;
  } else if (std::holds_alternative<event::DealClosed>(event) || std::holds_alternative<event::DealReopened>(event)) {
    object.prints.set(field::deal::close_note, Value{});
  }
  print_fields(state, envelope.object, object.prints, personal);
}

bool may_change_stage_count(const Event& event) {
  return !std::holds_alternative<event::DealActionCompleted>(event) && !std::holds_alternative<event::DealActionReopened>(event) &&
         !std::holds_alternative<event::Edited>(event) && !std::holds_alternative<event::DealLinesSet>(event) &&
         !std::holds_alternative<event::DealCostsSet>(event);
}

// --- Guards, in this order: the actor; the object is seen; its version; rights.

std::optional<Refusal> guard_actor(Deciding& deciding) {
  const Context& context = deciding.context;
  const ModelState& state = deciding.state;
  const bool names_another = !context.performed_by.is_nil() && context.performed_by != context.actor;
  bool may_name_another = context.is_import || context.actor.is_nil();

  if (!context.actor.is_nil()) {
    const User* actor = find_in(state.users, context.actor);
    if (!actor || actor->is_suspended) return refusal(Code::forbidden, {}, "The user is suspended or unknown.");
    if (const Token* token = find_in(state.tokens, context.token)) {
      const bool over = token->is_deleted || (token->expires_at && *token->expires_at <= context.now);
      if (over || token->read_only) return refusal(Code::forbidden, {}, over ? "The token is no longer valid." : "The token is read-only.");
    }
    deciding.doer_role = actor->role;
    may_name_another = may_name_another || actor->role == Role::administrator || actor->role == Role::manager;
  }
  if (!names_another) return std::nullopt;

  if (!may_name_another) return refusal(Code::forbidden, "/performed_by");
  const User* performer = find_in(state.users, context.performed_by);
  if (!performer) {
    deciding.faults.add(Code::unknown_reference, "/performed_by");
    return std::nullopt;
  }
  deciding.doer = context.performed_by;
  deciding.doer_role = performer->role;
  return std::nullopt;
}

enum class WhenDeleted : std::uint8_t { refuse, go_on };

std::optional<Refusal> guard_seen(Deciding& deciding, ObjectRef object) {
  const Object* held = deciding.state.find(object);
  if (!held || !may_see(deciding.state, deciding.actor, object)) return refusal(Code::not_found);
  if (!deciding.context.if_match || *deciding.context.if_match == held->version) return std::nullopt;
  Refusal refused = refusal(Code::version_mismatch);
  refused.version = held->version;
  return refused;
}

std::optional<Refusal> guard_object(Deciding& deciding, ObjectRef object, Deed deed, WhenDeleted when_deleted = WhenDeleted::refuse) {
  if (auto refused = guard_seen(deciding, object)) return refused;
  const Object* held = deciding.state.find(object);
  if (!may(deciding.state, deciding.actor, deed, object)) return refusal(Code::forbidden);
  if (deciding.state.merged_contacts.contains(object)) return refusal(Code::already_merged);
  if (held->is_deleted && when_deleted == WhenDeleted::refuse) return refusal(Code::object_deleted);
  return std::nullopt;
}

// Does the object already hold all that a creation with its id asks for?
bool is_repeated(const ModelState& state, const Uuid& actor, const command::Create& create, const Object& held) {
  const bool fields_equal = std::ranges::all_of(create.fields, [&](const FieldChange& change) {
    const FieldSpec* spec = find_field(create.object.kind, change.field);
    if (spec && spec->access == Access::derived) return true;  // a new secret's hash; the rest is refused elsewhere
    const std::uint64_t print = held.prints.of(change.field);
    if (spec && spec->type == FieldType::boolean && !is_custom(spec->number) && change.value == Value{std::int64_t{0}}) return print == 0 || print == print_of(change.value);
    return print == print_of(change.value);
  });
  if (!fields_equal) return false;
  // Nobody learns by guessing what another's private note says.
  if (const Note* note = create.object.kind == Kind::note ? &state.notes.at(create.object.id) : nullptr)
    if (note->is_private && note->created_by != actor) return false;
  if (create.object.kind == Kind::process) return same_stages(create.stages, state.processes.at(create.object.id).definition.stages);
  if (create.object.kind != Kind::deal) return true;
  const Deal& deal = state.deals.at(create.object.id);
  const auto named_equally = [&](const std::optional<std::string>& name, Kind kind, const Uuid& id) {
    if (!name) return true;
    const Contact* contact = find_in(state.contacts(kind), id);
    return contact && normalised(contact->name) == normalised(*name);
  };
  return named_equally(create.company_name, Kind::company, deal.company) && named_equally(create.person_name, Kind::person, deal.person) &&
         (create.lines.empty() || holds_lines(deal, create.lines)) && create.status.value_or(Status::open) == deal.status &&
         (!create.closed_at || (deal.closing && deal.closing->closed_at == *create.closed_at));
}

// --- One overload for each command, so that a command without a decision does not compile.
struct Decide {
  Deciding& deciding;

  Decision operator()(const command::Create& create) const {
    const ObjectRef object = create.object;
    if (!may(deciding.state, deciding.actor, Deed::create, object)) return refusal(Code::forbidden);
    if (create.custom.empty() && create.amounts.empty()) return created(create);
    command::Create read = create;
    const std::string named = text_in(create.fields, field::deal::currency);
    read_amounts(deciding, create.amounts, named.empty() ? deciding.state.account.currency : named, read.fields);
    read_custom_values(deciding, object.kind, create.custom, read.fields);
    return created(read);
  }

  Decision created(const command::Create& create) const {
    const ObjectRef object = create.object;
    if (const Object* held = deciding.state.find(object)) {
      const bool same = may_see(deciding.state, deciding.actor, object) && is_repeated(deciding.state, deciding.actor, create, *held);
      if (same) return Decided{.events = {}, .object = object, .created = false};
      return refusal(Code::id_taken, "/id");
    }
    if (object.id.is_nil()) return refusal(Code::required, "/id");
    switch (object.kind) {
      case Kind::user: return create_user(deciding, create);
      case Kind::team: return create_team(deciding, create);
      case Kind::token: return create_token(deciding, create);
      case Kind::source: return create_source(deciding, create);
      case Kind::close_reason: return create_close_reason(deciding, create);
      case Kind::company: case Kind::person: return create_contact(deciding, create);
      case Kind::process: return create_process(deciding, create);
      case Kind::deal: return create_deal(deciding, create);
      case Kind::task: return create_task(deciding, create);
      case Kind::note: return create_note(deciding, create);
      case Kind::email: return create_email(deciding, create);
      case Kind::contact_group: case Kind::deal_group: case Kind::tag: case Kind::task_type: case Kind::product: case Kind::product_category:
      case Kind::cost_category: case Kind::exchange_rate: return create_word(deciding, create);
      case Kind::saved_filter: return create_saved_filter(deciding, create);
      case Kind::space: return create_space(deciding, create);
      case Kind::custom_field: return create_custom_field(deciding, create);
      case Kind::file: return create_file(deciding, create);
      case Kind::lead: return create_lead(deciding, create);
      case Kind::lead_stage: return create_lead_stage(deciding, create);
      // Cards have commands of their own, a series comes with its first task.
      case Kind::scorecard: case Kind::series: case Kind::account: case Kind::batch: case Kind::none: break;
    }
    return refusal(Code::forbidden);
  }

  Decision operator()(const command::Edit& edit) const {
    if (auto refused = guard_object(deciding, edit.object, Deed::edit)) return *refused;
    if (edit.custom.empty() && edit.amounts.empty() && edit.sets.empty() && !edit.takes_back) return edited(edit);
    command::Edit read = edit;
    if (edit.takes_back) leave_out_deleted(deciding.state, edit.object.kind, read.fields);
    if (!edit.amounts.empty()) read_amounts(deciding, edit.amounts, deciding.state.deals.at(edit.object.id).currency, read.fields);
    read_custom_values(deciding, edit.object.kind, edit.custom, read.fields, &read.sets);
    add_whole_sets(deciding.state, edit.object, read.sets, read.fields);
    deciding.sets = std::move(read.sets);
    return edited(read);
  }

  Decision edited(const command::Edit& edit) const {
    switch (edit.object.kind) {
      case Kind::account: return edit_account(deciding, edit);
      case Kind::user: return edit_user(deciding, edit);
      case Kind::team: return edit_team(deciding, edit);
      case Kind::source: return edit_source(deciding, edit);
      case Kind::close_reason: return edit_close_reason(deciding, edit);
      case Kind::company: case Kind::person: return edit_contact(deciding, edit);
      case Kind::process: return edit_process(deciding, edit);
      case Kind::deal: return edit_deal(deciding, edit);
      case Kind::task: return edit_task(deciding, edit);
      case Kind::note: return edit_note(deciding, edit);
      case Kind::contact_group: case Kind::deal_group: case Kind::tag: case Kind::task_type: case Kind::product: case Kind::product_category:
      case Kind::cost_category: case Kind::exchange_rate: return edit_word(deciding, edit);
      case Kind::saved_filter: return edit_saved_filter(deciding, edit);
      case Kind::space: return edit_space(deciding, edit);
      case Kind::custom_field: return edit_custom_field(deciding, edit);
      case Kind::scorecard: return edit_scorecard(deciding, {.card = edit.object.id, .fields = edit.fields, .parameters = {}});
      case Kind::lead: return edit_lead(deciding, edit);
      case Kind::lead_stage: return edit_lead_stage(deciding, edit);
      case Kind::token: case Kind::email: case Kind::file: case Kind::batch: {  // nothing of theirs can be changed: each field is refused
        deciding.not_past_capable(edit.effective_at);
        check_edit(deciding, edit.object, edit.fields);
        return deciding.outcome(edit.object);
      }
      case Kind::series: case Kind::none: break;
    }
    return refusal(Code::not_found);
  }

  Decision operator()(const command::Delete& remove) const {
    if (auto refused = guard_object(deciding, remove.object, Deed::remove, WhenDeleted::go_on)) return *refused;
    if (deciding.state.find(remove.object)->is_deleted) return deciding.outcome(remove.object);
    if (remove.object.kind == Kind::task) return delete_task(deciding, remove);
    if (remove.object.kind == Kind::team) check_team_removal(deciding, remove.object.id);
    check_word_removal(deciding, remove.object);
    if (remove.object.kind == Kind::lead_stage) check_lead_stage_removal(deciding, remove.object.id);
    deciding.add(remove.object, event::Deleted{});
    return deciding.outcome(remove.object);
  }

  Decision operator()(const command::Restore& restore) const {
    if (auto refused = guard_object(deciding, restore.object, Deed::remove, WhenDeleted::go_on)) return *refused;
    if (!deciding.state.find(restore.object)->is_deleted) return deciding.outcome(restore.object);
    if (restore.object.kind == Kind::token) deciding.faults.add(Code::object_deleted, {}, "It is gone for good; create another.");
    check_word_restoring(deciding, restore.object);
    if (restore.object.kind == Kind::email) check_email_restoring(deciding, restore.object.id);
    if (restore.object.kind == Kind::custom_field) check_custom_field_restoring(deciding, restore.object.id);
    if (restore.object.kind == Kind::lead_stage) check_lead_stage_restoring(deciding, restore.object.id);
    if (restore.object.kind == Kind::team && is_taken(deciding.state.team_by_name, deciding.state.teams.at(restore.object.id).name, restore.object.id))
      deciding.faults.add(Code::name_taken);
    if (restore.object.kind == Kind::scorecard) note_scorecard_restoring(deciding, restore.object.id);
    deciding.add(restore.object, event::Restored{});
    return deciding.outcome(restore.object);
  }

  Decision operator()(const command::MoveDeal& c) const { return on({Kind::deal, c.deal}, move_deal, c); }
  Decision operator()(const command::CompleteAction& c) const { return on({Kind::deal, c.deal}, complete_action, c); }
  Decision operator()(const command::ReopenAction& c) const { return on({Kind::deal, c.deal}, reopen_action, c); }
  Decision operator()(const command::CloseDeal& c) const { return on({Kind::deal, c.deal}, close_deal, c); }
  Decision operator()(const command::ReopenDeal& c) const { return on({Kind::deal, c.deal}, reopen_deal, c); }
  Decision operator()(const command::CorrectDeal& c) const { return on({Kind::deal, c.deal}, correct_deal, c); }
  Decision operator()(const command::ChangeProcess& c) const { return on({Kind::deal, c.deal}, change_process, c); }
  Decision operator()(const command::SetDealLines& c) const { return on({Kind::deal, c.deal}, set_deal_lines, c); }
  Decision operator()(const command::SetDealCosts& c) const { return on({Kind::deal, c.deal}, set_deal_costs, c); }
  Decision operator()(const command::DefineProcess& c) const { return on({Kind::process, c.process}, define_process, c); }
  Decision operator()(const command::ArchiveProcess& c) const { return on({Kind::process, c.process}, archive_process, c); }
  Decision operator()(const command::CompleteTask& c) const { return on({Kind::task, c.task}, complete_task, c); }
  Decision operator()(const command::ReopenTask& c) const { return on({Kind::task, c.task}, reopen_task, c); }
  Decision operator()(const command::CommitHeads& c) const { return on({Kind::account, c.account}, commit_heads, c); }
  Decision operator()(const command::ChangeSigningKey& c) const { return on({Kind::account, c.account}, change_signing_key, c); }
  Decision operator()(const command::MoveLead& c) const { return on({Kind::lead, c.lead}, move_lead, c); }
  Decision operator()(const command::LoseLead& c) const { return on({Kind::lead, c.lead}, lose_lead, c); }
  Decision operator()(const command::ReopenLead& c) const { return on({Kind::lead, c.lead}, reopen_lead, c); }
  Decision operator()(const command::ConvertLead& c) const { return on({Kind::lead, c.lead}, convert_lead, c); }
  // As deleting: a salesperson merges only his own.
  Decision operator()(const command::BeginBatch& c) const {
    if (!may(deciding.state, deciding.actor, Deed::create, {Kind::batch, c.id})) return refusal(Code::forbidden);
    return begin_batch(deciding, c);
  }
  Decision operator()(const command::PutBack& c) const { return on(c.object, put_back, c); }
  Decision operator()(const command::MergeContact& c) const {
    if (auto refused = guard_object(deciding, c.into, Deed::remove)) return *refused;
    return merge_contact(deciding, c);
  }
  Decision operator()(const command::PlaceHold& c) const { return place_hold(deciding, c); }
  Decision operator()(const command::LiftHold& c) const { return lift_hold(deciding, c); }
  Decision operator()(const command::Erase& c) const { return erase_subject(deciding, c); }
  Decision operator()(const command::ChangeParticipants& c) const { return on(c.object, change_participants, c); }
  Decision operator()(const command::RequestAccess& c) const { return for_himself({Kind::user, c.user}, request_access, c); }
  Decision operator()(const command::ReadNotifications& c) const { return for_himself({Kind::user, c.user}, read_notifications, c); }
  Decision operator()(const command::SetPassword& c) const { return for_himself({Kind::user, c.user}, set_password, c); }
  Decision operator()(const command::LogIn& c) const { return log_in(deciding, c); }
  Decision operator()(const command::LogOut& c) const { return for_himself({Kind::token, c.session}, log_out, c); }
  Decision operator()(const command::CreateScorecards& c) const {
    if (!may(deciding.state, deciding.actor, Deed::create, {Kind::scorecard, c.cards.front()})) return refusal(Code::forbidden);
    return create_scorecards(deciding, c);
  }
  Decision operator()(const command::CopyScorecard& c) const { return on({Kind::scorecard, c.card}, copy_scorecard, c); }
  Decision operator()(const command::EditScorecard& c) const { return on({Kind::scorecard, c.card}, edit_scorecard, c); }
  Decision operator()(const command::AdjustScorecard& c) const { return on({Kind::scorecard, c.card}, adjust_scorecard, c); }
  Decision operator()(const command::SettleScorecard& c) const { return on({Kind::scorecard, c.card}, settle_scorecard, c); }
  Decision operator()(const command::EditScorecardGroup& c) const {
    if (!may(deciding.state, deciding.actor, Deed::edit, {Kind::scorecard, c.group})) return refusal(Code::forbidden);
    if (live_cards(deciding.state, deciding.state.cards_of_group, c.group).empty()) return refusal(Code::not_found);
    return edit_scorecard_group(deciding, c);
  }
  Decision operator()(const command::DeleteScorecardsOf& c) const {
    if (!may(deciding.state, deciding.actor, Deed::remove, {Kind::scorecard, c.user})) return refusal(Code::forbidden);
    if (!find_in(deciding.state.users, c.user)) return refusal(Code::unknown_reference, "/user_id");
    return delete_scorecards_of(deciding, c);
  }

 private:
  // A verb: an edit of an object that is there.
  template <class C>
  Decision on(ObjectRef object, Decision (*decide_it)(Deciding&, const C&), const C& command) const {
    if (auto refused = guard_object(deciding, object, Deed::edit)) return *refused;
    return decide_it(deciding, command);
  }
  // Of everybody for himself, whatever his role: the decision says where that ends.
  template <class C>
  Decision for_himself(ObjectRef object, Decision (*decide_it)(Deciding&, const C&), const C& command) const {
    if (auto refused = guard_seen(deciding, object)) return *refused;
    return decide_it(deciding, command);
  }
};

}  // namespace

Model::Model() : state_(std::make_unique<ModelState>()) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

void Model::apply(const Envelope& envelope, const Event& event, const Fields& personal) {
  ModelState& state = *state_;
  const ObjectRef ref = envelope.object;
  state.position = envelope.position;
  note_command(state, envelope, event);
  Object* object = std::holds_alternative<event::Created>(event) ? &state.born(ref) : state.find(ref);
  if (!object) return;

  const Deal* deal = ref.kind == Kind::deal && may_change_stage_count(event) ? static_cast<const Deal*>(object) : nullptr;
  if (deal) count_at_stage(state, *deal, -1);
  apply_to_every(state, *object, envelope, event, personal);
  switch (ref.kind) {
    case Kind::account:
      apply_account(state, event);
      apply_audit(state, event);
      break;
    case Kind::user:
      apply_user(state, envelope, event, personal);
      if (const auto* deleted = std::get_if<event::ScorecardsDeleted>(&event)) apply_scorecards_deleted(state, ref.id, *deleted);
      break;
    case Kind::team: apply_team(state, envelope, event); break;
    case Kind::token: apply_token(state, envelope, event); break;
    case Kind::source: apply_source(state, envelope, event); break;
    case Kind::close_reason: apply_close_reason(state, envelope, event); break;
    case Kind::company: case Kind::person: apply_contact(state, envelope, event, personal); break;
    case Kind::process: apply_process(state, envelope, event); break;
    case Kind::deal: apply_deal(state, envelope, event); break;
    case Kind::task: apply_task(state, envelope, event); break;
    case Kind::note: apply_note(state, envelope, event); break;
    case Kind::email: apply_email(state, envelope, event, personal); break;
    case Kind::contact_group: case Kind::deal_group: case Kind::tag: case Kind::task_type: case Kind::product: case Kind::product_category:
    case Kind::cost_category: case Kind::exchange_rate: apply_word(state, envelope, event); break;
    case Kind::saved_filter: apply_saved_filter(state, envelope, event); break;
    case Kind::space: apply_space(state, envelope, event); break;
    case Kind::custom_field: apply_custom_field(state, envelope, event); break;
    case Kind::file: apply_file(state, envelope, event); break;
    case Kind::scorecard: apply_scorecard(state, envelope, event); break;
    case Kind::batch: apply_batch(state, envelope, event); break;
    case Kind::lead: apply_lead(state, envelope, event, personal); break;
    case Kind::lead_stage: apply_lead_stage(state, envelope, event); break;
    case Kind::series: apply_series(state, envelope, event, personal); break;
    case Kind::none: break;
  }
  apply_erasure(state, envelope, event, personal);
  if (deal) count_at_stage(state, *deal, +1);
}

void Model::forget(ObjectRef subject) { dealog::forget(*state_, subject); }

Decision Model::decide(const Context& context, const Command& command) const {
  Deciding deciding(*state_, context);
  if (auto refused = guard_actor(deciding)) return *refused;
  if (auto refused = guard_batch(deciding)) return *refused;
  Decision decision = std::visit(Decide{deciding}, command);
  // No decider may seal anything for a subject whose key was destroyed: there is none to seal it with, and never will be.
  if (decision && !state_->erased.empty())
    for (const NewEvent& event : decision->events)
      if (!event.personal.empty() && state_->erased.contains(event.object)) return refusal(Code::erased);
  return decision;
}

Version Model::version_of(ObjectRef object) const {
  const Object* held = std::as_const(*state_).find(object);
  return held ? held->version : 0;
}

bool Model::may_see(const Uuid& user, ObjectRef object) const { return dealog::may_see(*state_, user, object); }

std::vector<Uuid> Model::subjects_of(ObjectRef object) const { return state_->subjects_of(object); }

void Model::begin_trial() {
  before_trial_ = std::make_unique<Singles>(*state_);
  state_->trial.begin();
}

void Model::keep() {
  before_trial_.reset();
  state_->trial.keep();
}

void Model::take_back() {
  static_cast<Singles&>(*state_) = std::move(*before_trial_);
  before_trial_.reset();
  state_->trial.take_back();
}

std::optional<Model::BatchEvents> Model::batch(const Uuid& id) const {
  const Batch* found = find_in(state_->batches, id);
  if (!found) return std::nullopt;
  return BatchEvents{.id = id, .begun_by = found->created_by, .begun = found->begun, .ranges = found->events};
}

Position Model::batch_begun(const Uuid& id) const {
  const Batch* found = find_in(state_->batches, id);
  return found ? found->begun : 0;
}

std::optional<Model::BatchEvents> Model::batch_at(Position begun) const {
  const ModelState& state = *state_;
  const auto found = state.batch_at.find(begun);
  return found == state.batch_at.end() ? std::nullopt : batch(found->second);
}

Position Model::last_command_of(const Uuid& user) const {
  const ModelState& state = *state_;
  const auto found = state.last_command_of.find(user);
  return found == state.last_command_of.end() ? 0 : found->second;
}

std::optional<Model::Principal> Model::principal_by_token(std::string_view hash_hex) const {
  const auto found = state_->token_by_hash.find(std::string(hash_hex));
  if (found == state_->token_by_hash.end()) return std::nullopt;
  const Token& token = state_->tokens.at(found->second);
  const User* user = find_in(state_->users, token.user);
  if (token.is_deleted || !user) return std::nullopt;
  return Principal{.user = token.user, .token = found->second, .role = user->role, .read_only = token.read_only,
                   .is_suspended = user->is_suspended, .is_session = token.is_session, .expires_at = token.expires_at, .scopes = token.scopes};
}

std::optional<Uuid> Model::user_by_email(std::string_view email) const {
  const auto found = state_->user_by_email.find(normalised(email));
  if (found == state_->user_by_email.end()) return std::nullopt;
  return found->second;
}

std::string Model::password_of(const Uuid& user) const {
  const User* found = find_in(state_->users, user);
  return found && !found->is_suspended ? found->password_hash : std::string();
}

bool Model::needs_personal(Kind kind) {
  return has_custom_fields(kind) || std::ranges::any_of(fields_of(kind), [](const FieldSpec& spec) { return spec.personal; });
}

}  // namespace dealog
