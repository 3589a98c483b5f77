#pragma once
// A series: what the occurrences of a recurring task have in common (SPEC ACT-1), and the rule of their days.
//
//     a task with a recurrence is created --> the series is born with it, and the task is its first occurrence
//     the newest occurrence is completed or deleted --> the next one is born, in the same commit
//     stopped (scope following or all, or recurrence null) --> the series is deleted: nothing is to come
//
// Of a series without end there is therefore always one open task, which is a task like any other: in lists, on boards, in
// has_open_task. What is to come has no events and no object; who counts it asks the rule (projections/report_activities.cpp).
// Moving or renaming one occurrence leaves the series as it is, so the next is born as the series says; but nobody who is
// suspended gets something to do (SPEC ACC-2): who finished the one before gets it, as long as that is so. Being born gives nobody
// access that who finished the one before could not give him (SPEC ACC-4): the assignee sees his task, and what it hangs on if he
// sees that anyway. Inside domain/ only.

#include "domain/deciding.h"

namespace dealog {

// Faults of a rule whose first day is `start`. `pointer_of_day`: where that day was given.
void check_recurrence(Deciding& deciding, const Fields& fields, const std::optional<Day>& start, std::string_view pointer_of_day);

// A series for the task that is about to be created with these fields: adds its birth, and what the task has of it to `fields`.
void begin_series(Deciding& deciding, Fields& fields, const Fields& personal, const std::optional<Instant>& effective);

// Faults of a scope that says more than one occurrence where there is no series.
void check_scope(Deciding& deciding, const Task& task, command::Scope scope);
// The other occurrences that the scope is about: open, not deleted; those that the actor may not change are faults.
std::vector<Uuid> others_in_scope(Deciding& deciding, const Uuid& task, command::Scope scope, bool removing);

// The task is done with. Born is the next occurrence, if it was the newest and the series goes on.
void go_on(Deciding& deciding, const Task& task, const std::optional<Instant>& effective, std::uint32_t cause);
// Nothing more is to come.
void stop_series(Deciding& deciding, const Task& task, const std::optional<std::uint32_t>& cause);

// An edit of the task is one of its series too: what occurrences are born with, from when and how often. Adds what the task
// itself has of it to `fields`.
void edit_series(Deciding& deciding, const Uuid& task, const Fields& given, Fields& fields);

void apply_series(ModelState& state, const Envelope& envelope, const Event& event, const Fields& personal);

}  // namespace dealog
