#pragma once
// What the model test can do: an area is a line in the table of model_test.cpp.

#include "tests/api/model_life.h"

namespace dealog::test::model {

std::optional<Deed> any_deal_deed(Life& life);
void look_at_deals(Life& life);
std::optional<Deed> any_money_deed(Life& life);
std::optional<Deed> any_process_deed(Life& life);
void look_at_process(Life& life);
void look_at_boards(Life& life);
std::optional<Deed> any_lead_deed(Life& life);
void look_at_leads(Life& life);
std::optional<Deed> any_contact_deed(Life& life);
void look_at_contacts(Life& life);
std::optional<Deed> any_activity_deed(Life& life);
void look_at_activities(Life& life);
std::optional<Deed> any_task_deed(Life& life);
void look_at_tasks(Life& life);
std::optional<Deed> any_setup_deed(Life& life);
void look_at_setup(Life& life);
std::optional<Deed> any_catalogue_deed(Life& life);
void look_at_catalogue(Life& life);
std::optional<Deed> any_card_deed(Life& life);
void look_at_cards(Life& life);
std::optional<Deed> any_people_deed(Life& life);
std::optional<Deed> any_access_deed(Life& life);
void look_at_access(Life& life);
std::optional<Deed> any_paper_deed(Life& life);
void look_at_papers(Life& life);
std::optional<Deed> any_file_deed(Life& life);
void look_at_files(Life& life);
std::optional<Deed> any_erasure_deed(Life& life);
void look_at_erasure(Life& life);

}  // namespace dealog::test::model
