#include "domain/refusal.h"

namespace dealog {

std::string_view name(Code code) {
  switch (code) {
    case Code::required: return "required";
    case Code::too_long: return "too_long";
    case Code::invalid: return "invalid";
    case Code::negative: return "negative";
    case Code::out_of_range: return "out_of_range";
    case Code::unknown_reference: return "unknown_reference";
    case Code::duplicate: return "duplicate";
    case Code::effective_in_future: return "effective_in_future";
    case Code::not_past_capable: return "not_past_capable";
    case Code::not_writable: return "not_writable";
    case Code::unknown_field: return "unknown_field";
    case Code::wrong_type: return "wrong_type";
    case Code::mandatory_actions_missing: return "mandatory_actions_missing";
    case Code::note_required: return "note_required";
    case Code::file_required: return "file_required";
    case Code::not_a_performer: return "not_a_performer";
    case Code::action_already_done: return "action_already_done";
    case Code::action_not_done: return "action_not_done";
    case Code::deal_not_open: return "deal_not_open";
    case Code::deal_not_closed: return "deal_not_closed";
    case Code::object_deleted: return "object_deleted";
    case Code::stage_not_in_process: return "stage_not_in_process";
    case Code::stage_holds_deals: return "stage_holds_deals";
    case Code::process_archived: return "process_archived";
    case Code::reason_required: return "reason_required";
    case Code::reason_wrong_outcome: return "reason_wrong_outcome";
    case Code::feature_off: return "feature_off";
    case Code::name_taken: return "name_taken";
    case Code::id_taken: return "id_taken";
    case Code::effective_before_last_event: return "effective_before_last_event";
    case Code::lead_not_active: return "lead_not_active";
    case Code::already_merged: return "already_merged";
    case Code::card_settled: return "card_settled";
    case Code::undo_blocked: return "undo_blocked";
    case Code::last_administrator: return "last_administrator";
    case Code::legal_hold: return "legal_hold";
    case Code::erased: return "erased";
    case Code::task_not_open: return "task_not_open";
    case Code::task_not_completed: return "task_not_completed";
    case Code::in_use: return "in_use";
    case Code::client_required: return "client_required";
    case Code::user_active: return "user_active";
    case Code::bulk_too_large: return "bulk_too_large";
    case Code::bulk_refused: return "bulk_refused";
    case Code::not_undoable: return "not_undoable";
    case Code::not_found: return "not_found";
    case Code::forbidden: return "forbidden";
    case Code::version_mismatch: return "version_mismatch";
    case Code::user_suspended: return "user_suspended";
    case Code::wrong_password: return "wrong_password";
    case Code::weights_not_100: return "weights_not_100";
  }
  return "unknown";
}

std::string_view title(Code code) {
  switch (code) {
    case Code::required: return "A value is required.";
    case Code::too_long: return "The value is too long.";
    case Code::invalid: return "The value is not possible.";
    case Code::negative: return "The number must not be negative.";
    case Code::out_of_range: return "The number is out of range.";
    case Code::unknown_reference: return "What is referred to does not exist.";
    case Code::duplicate: return "The value stands here twice.";
    case Code::effective_in_future: return "The effective time lies in the future.";
    case Code::not_past_capable: return "This takes effect when it is recorded; no effective time is accepted.";
    case Code::not_writable: return "The field cannot be set here.";
    case Code::unknown_field: return "There is no such field.";
    case Code::wrong_type: return "The value has the wrong type.";
    case Code::mandatory_actions_missing: return "Mandatory actions are not done.";
    case Code::note_required: return "The action needs a note.";
    case Code::file_required: return "The action needs a note with a file.";
    case Code::not_a_performer: return "The user is not a performer of this action.";
    case Code::action_already_done: return "The action is already done.";
    case Code::action_not_done: return "The action is not done.";
    case Code::deal_not_open: return "The deal is not open.";
    case Code::deal_not_closed: return "The deal is not closed.";
    case Code::object_deleted: return "The object is deleted.";
    case Code::stage_not_in_process: return "The stage does not belong to the process.";
    case Code::stage_holds_deals: return "The stage holds open deals and no target was named for them.";
    case Code::process_archived: return "The process is archived.";
    case Code::reason_required: return "A close reason is required.";
    case Code::reason_wrong_outcome: return "The close reason belongs to another outcome.";
    case Code::feature_off: return "The feature is switched off.";
    case Code::name_taken: return "The name is taken.";
    case Code::id_taken: return "The id is taken by an object with other content.";
    case Code::effective_before_last_event: return "The effective time lies before what happened last.";
    case Code::lead_not_active: return "The lead is not active.";
    case Code::already_merged: return "The contact was already merged.";
    case Code::card_settled: return "The scorecard is settled.";
    case Code::undo_blocked: return "Later events depend on it.";
    case Code::last_administrator: return "The last administrator must stay one.";
    case Code::legal_hold: return "A legal hold forbids this.";
    case Code::erased: return "The data was erased.";
    case Code::task_not_open: return "The task is not open.";
    case Code::task_not_completed: return "The task is not completed.";
    case Code::in_use: return "It is in use.";
    case Code::client_required: return "A company or a person is required.";
    case Code::user_active: return "The user is active: suspend him first.";
    case Code::bulk_too_large: return "All of this at once is more than one commit takes.";
    case Code::bulk_refused: return "Nothing was done, because a part was refused.";
    case Code::not_undoable: return "This cannot be taken back.";
    case Code::not_found: return "There is no such object.";
    case Code::forbidden: return "You are not allowed to do this.";
    case Code::version_mismatch: return "The object has another version.";
    case Code::user_suspended: return "The user is suspended.";
    case Code::wrong_password: return "The present password is another one.";
    case Code::weights_not_100: return "The weights of the active parameters do not add up to 100 %.";
  }
  return "Unknown.";
}

}  // namespace dealog
