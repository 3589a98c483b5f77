#pragma once
// Every route of the API, a file for each group of resources. A new route is a line in its group's table; a new
// group is a function here and its call in resources.cpp.

#include "api/route.h"

namespace dealog::api {

void add_resource_routes(Routes& routes, std::uint64_t file_limit);  // all of the below

void add_object_routes(Routes& routes);       // create, list, show, edit, delete, restore of every kind
// Many commands of a kind at once; and the schema of its answer.
void add_bulk_route(Routes& routes, Kind kind, const std::string& operation_id, Rights rights);
SchemaMaker bulk_answer_schema();
void add_history_routes(Routes& routes, Kind kind, std::string_view singular);  // history and states of a kind's objects
void add_deal_routes(Routes& routes);         // the verbs of deals
void add_deal_money_routes(Routes& routes); // lines and costs of deals
void add_file_routes(Routes& routes, std::uint64_t file_limit);      // uploading and downloading
void add_finance_routes(Routes& routes);    // every amount of every deal
void add_lead_routes(Routes& routes);       // the verbs of leads
void add_scorecard_routes(Routes& routes);  // creating scorecards, their verbs and groups
void add_contact_routes(Routes& routes);    // merging, duplicates, search
void add_erasure_routes(Routes& routes);     // erasing, legal holds, the subject export
void add_timeline_routes(Routes& routes);   // what happened around an object
void add_task_routes(Routes& routes);         // the verbs of tasks
void add_process_routes(Routes& routes);      // versions of processes
void add_account_routes(Routes& routes);      // the account itself, tokens, who am I
void add_board_routes(Routes& routes);        // the Kanban board
void add_event_routes(Routes& routes);        // the feed of events
void add_access_routes(Routes& routes);       // who looked
void add_participation_routes(Routes& routes); // who has access to deals and leads, and who asks for it
void add_session_routes(Routes& routes);      // log-ins, sessions, passwords
void add_notification_routes(Routes& routes); // what users are told
void add_change_routes(Routes& routes);       // who changed what, and what was recorded late
void add_report_routes(Routes& routes);       // reports
void add_audit_routes(Routes& routes);        // checkpoints, tiles, proofs
void add_proof_routes(Routes& routes);        // the whole history of a deal, proven
void add_backup_routes(Routes& routes);       // backups while the server runs
void add_hand_over_routes(Routes& routes);    // what a user looks after, to others
void add_undo_routes(Routes& routes);         // taking commands, bulks and imports back
void add_import_routes(Routes& routes, std::uint64_t file_limit);    // imports
void add_job_routes(Routes& routes);          // what takes longer than a request
void add_search_routes(Routes& routes);       // lists whose filter is the body: after all lists
SchemaMaker job_schema();                     // ... as they are answered with 202

}  // namespace dealog::api
