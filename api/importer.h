#pragma once
// Imports of uploaded plans (SPEC IO-1). Reading plans and files is not the API's business: whoever makes the App hands in how
// it is done (`dealog serve`: tools/upload_importer.h). Whatever an importer changes it asks for by requests of the API, so that
// every rule and every right is that of the routes.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/faults.h"
#include "api/http.h"
#include "api/jobs.h"

namespace dealog::api {

struct ImportFile {
  std::string key;        // of the plan's `files`
  std::string_view content;
};

// A request of the importer's under the rights of who uploaded. Any thread; blocks; several at once make it fast.
using ImportDoor = std::function<Response(Method method, std::string target, std::string body, std::vector<std::pair<std::string, std::string>> headers)>;

// A plan with its files, sound so far as can be said without the account.
class ImportPlan {
 public:
  virtual ~ImportPlan() = default;
  virtual const std::string& scope() const = 0;
  virtual std::size_t rows() const = 0;
  // The import was begun in the account; without this it is a dry run. Before run.
  virtual void begun(const Uuid& id, int run) = 0;
  // Carries it out, row by row; the result is the report. Blocks; once.
  virtual JobEnd run(const ImportDoor& door, JobRun& job) = 0;
};

class Importer {
 public:
  virtual ~Importer() = default;
  // Any thread. Nothing is kept of the arguments. Null: `faults` says why, with pointers into the form ("/plan/entities/0", "/<key of a file>").
  virtual std::unique_ptr<ImportPlan> read(std::string_view plan, const std::vector<ImportFile>& files, Faults& faults) const = 0;
};

}  // namespace dealog::api
