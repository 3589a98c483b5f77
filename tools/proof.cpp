// dealog proof, dealog key rotate: what is asked of the API by somebody who keeps files. Through a server, or an account
// opened in this process.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <boost/json.hpp>

#include "eventstore/note.h"
#include "tools/commands.h"
#include "tools/door.h"
#include "tools/files.h"

namespace dealog::tools {
namespace {

std::unique_ptr<Door> open_door(const DoorOptions& options) {
  if (!options.url.empty()) return std::make_unique<HttpDoor>(options.url, options.token);
  if (options.data.empty() || options.account.empty()) throw std::invalid_argument("say where: --data and --account, or --url and --token");
  return open_local_door(options.data.string(), options.account);
}

// The body of a good answer; throws with what the server says of a bad one.
std::string ask(Door& door, const ApiRequest& request) {
  const ApiResponse answer = door.send(request);
  if (answer.status / 100 == 2) return answer.body;
  throw std::runtime_error(answer.status == 0 ? answer.body : std::to_string(answer.status) + " " + answer.body);
}

template <class Work>
int carried_out(const Work& work) {
  try {
    return work();
  } catch (const LocalDoorError& error) {
    std::fprintf(stderr, "dealog: %s\n", error.message.c_str());
    return error.exit_code;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "dealog: %s\n", error.what());
    return exit_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dealog: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace

int run_proof(const ProofOptions& options) {
  return carried_out([&] {
    std::string path = "/v1/deals/" + options.deal + "/proof";
    if (!options.checkpoint.empty()) {
      const auto text = eventstore::note_text(file_text(options.checkpoint));
      const auto earlier = text ? eventstore::parse_checkpoint(*text) : std::nullopt;
      if (!earlier) throw std::invalid_argument(options.checkpoint.string() + " is no signed checkpoint");
      path += "?from=" + std::to_string(earlier->size);
    }
    const auto door = open_door(options.door);
    write_file_text(options.output, ask(*door, {.method = "GET", .path = path, .body = {}, .headers = {}}));
    std::fprintf(stderr, "dealog: written to %s; check it with: dealog verify --bundle %s --key KEY --checkpoint OLD\n", options.output.c_str(), options.output.c_str());
    return exit_ok;
  });
}

int run_key(const KeyOptions& options) {
  return carried_out([&] {
    const auto door = open_door(options.door);
    const std::string body = ask(*door, {.method = options.rotate ? "POST" : "GET", .path = options.rotate ? "/v1/audit/key/rotate" : "/v1/audit/key", .body = {}, .headers = {}});
    if (options.json) std::printf("%s\n", body.c_str());
    else std::printf("%s\n", boost::json::parse(body).at("verifier_key").as_string().c_str());
    return exit_ok;
  });
}

}  // namespace dealog::tools
