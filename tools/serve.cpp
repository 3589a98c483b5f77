// dealog serve: the server, until SIGINT or SIGTERM.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include "api/app.h"
#include "api/encode.h"
#include "api/logging.h"
#include "api/server.h"
#include "eventstore/account_files.h"
#include "tools/checkpoint_command.h"
#include "tools/commands.h"
#include "tools/upload_importer.h"

namespace dealog::tools {
namespace {

std::optional<std::pair<std::string, std::uint16_t>> split_listen(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string address = listen.substr(0, colon);
  if (address.size() > 2 && address.front() == '[') address = address.substr(1, address.size() - 2);
  try {
    std::size_t used = 0;
    const unsigned long port = std::stoul(listen.substr(colon + 1), &used);
    if (port > 65535 || used != listen.size() - colon - 1) return std::nullopt;
    return std::pair(address, static_cast<std::uint16_t>(port));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

int run_serve(const ServeOptions& options) {
  api::set_up_logging(api::parse_log_level(options.log_level).value_or(api::LogLevel::info));
  const auto address = split_listen(options.listen);
  if (!address) {
    std::fprintf(stderr, "dealog: --listen takes ADDRESS:PORT, such as 127.0.0.1:8080, not %s\n", options.listen.c_str());
    return exit_usage;
  }
  // All threads that follow inherit the mask: only sigwait below sees these.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    std::filesystem::create_directories(options.data / "accounts");
    eventstore::remove_leftovers(options.data / "accounts", eventstore::posix_files());
    CheckpointCommand command(options.checkpoint_command, std::chrono::seconds(options.checkpoint_every));
    api::AppOptions app_options{.data = options.data, .holder = "dealog serve, pid " + std::to_string(getpid()) + ", at http://" + options.listen, .metrics_token = options.metrics_token, .backups = options.backups, .tends = true, .disk_reserve = options.disk_reserve, .file_limit = options.file_limit, .importer = make_upload_importer()};
    if (!options.checkpoint_command.empty())
      app_options.publish = [&command](const std::string& account, const std::string& note) { return command.send(account, note, std::chrono::steady_clock::now()); };
    api::App app(std::move(app_options));
    api::ServerOptions server_options{.address = address->first, .port = address->second, .allowed_origins = options.cors_origins};
    // A form with the largest file, whatever that is.
    server_options.limits.hard_body_bytes = std::max<std::size_t>(server_options.limits.hard_body_bytes, options.file_limit + (1u << 20));
    api::ServerHooks hooks{.admit = [&app](api::Call& call) { return app.admit(call); },
                           .failed = [&app](const api::Request& request, std::exception_ptr error) { return app.failed(request, error); }};
    api::Server server(std::move(server_options), app.routes(), &app, std::move(hooks), app.metrics());
    server.start();
    const std::string url = "http://" + address->first + ":" + std::to_string(server.port());
    api::log(api::LogLevel::info, "listening", {{"url", std::string_view(url)}});
    if (options.json) {
      api::JsonWriter line;
      line.object().field("listening", url).end();
      std::printf("%s\n", line.text().c_str());
    } else {
      std::printf("dealog listens on %s\n", url.c_str());
    }
    std::fflush(stdout);

    int signal = 0;
    sigwait(&ends, &signal);
    api::log(api::LogLevel::info, "stopping: finishing what was accepted");
    server.stop();
    command.finish();
    app.close();
    api::log(api::LogLevel::info, "stopped");
    api::flush_logs();
    return exit_ok;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dealog: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace dealog::tools
