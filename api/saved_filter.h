#pragma once
// Saved filters are checked when they are saved: the filter language is that of the read models.

#include "api/app.h"

namespace dealog::api {

// 204 when the filter among the fields of the saved filter `id`, created or edited, can be read for its collection (or
// there is none among them); else 400 with all faults, below /filter.
asio::awaitable<Response> check_saved_filter(Call& call, Uuid id, Fields fields);

}  // namespace dealog::api
