#pragma once
// Saved filters are checked when they are saved: the filter language is that of the read models.

#include "api/app.h"

namespace dealog::api {

// Adds to the call's faults what keeps the filter among the fields of the saved filter `id`, created or edited, from being read
// for its collection: all of it, below /filter.
asio::awaitable<void> check_saved_filter(Call& call, Uuid id, Fields fields);

}  // namespace dealog::api
