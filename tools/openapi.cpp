// dealog openapi: the document without a server.

#include <cstdio>
#include <fstream>

#include "api/app.h"
#include "tools/commands.h"

namespace dealog::tools {

int run_openapi(const OpenapiOptions& options) {
  try {
    api::App app({.data = std::filesystem::temp_directory_path() / "dealog-openapi"});   // nothing is opened or made
    const api::Response document = app.handle(api::Method::get, "/openapi.json", {}, {});
    if (options.output.empty()) {
      std::printf("%s\n", document.body.c_str());
    } else {
      std::ofstream out(options.output, std::ios::binary);
      out << document.body << '\n';
      if (!out.flush()) throw std::runtime_error("cannot write " + options.output.string());
    }
    return exit_ok;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dealog: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace dealog::tools
