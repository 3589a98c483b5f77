#pragma once
// What `dealog serve` does with uploaded plans: the importer of `dealog import`, with the server's own routes as its door.

#include <cstddef>
#include <memory>

#include "api/importer.h"

namespace dealog::tools {

// Of all files together. A cell takes 32 bytes in memory however empty it is.
inline constexpr std::size_t most_uploaded_rows = 200'000;     // sound or not
inline constexpr std::size_t most_uploaded_cells = 4'000'000;  // of sound rows
inline constexpr std::size_t most_told_faults = 1000;        // in the report of a job

std::shared_ptr<api::Importer> make_upload_importer();

}  // namespace dealog::tools
