#pragma once
// The work of P1: deals move from stage to stage, every move an event, every request under a key of its own.

#include <cstdint>
#include <string>
#include <vector>

#include "domain/types.h"
#include "tools/load.h"

namespace dealog::tools {

class Moves {
 public:
  // Deals stand in the first stage. Each connection moves deals of its own, so no two requests on their way are
  // about the same deal. `keys`: what the idempotency keys begin with, another for each Moves of a server.
  Moves(std::string token, std::vector<Uuid> deals, std::vector<Uuid> stages, std::string keys)
      : token_(std::move(token)), keys_(std::move(keys)), deals_(std::move(deals)), stages_(std::move(stages)), stage_of_(deals_.size(), 0) {}

  // The next request of one of `connections` connections. `minimal`: Prefer: return=minimal.
  void next(unsigned connection, unsigned connections, bool minimal, std::string& request);

  const Uuid& last_deal() const { return deals_[last_]; }

 private:
  std::string token_, keys_;
  std::vector<Uuid> deals_, stages_;
  std::vector<std::uint8_t> stage_of_;
  std::vector<std::size_t> turn_;
  std::size_t last_ = 0;
  std::uint64_t number_ = 0;
};

// A load of moves; `moves` outlives it.
Load moving(Moves& moves, std::uint16_t port, unsigned connections, bool minimal, double seconds, double rate = 0);

// Makes `count` deals in the default process over HTTP (in its first stage) and returns their ids. Throws
// std::runtime_error with the first answer that was not a success.
std::vector<Uuid> make_deals(std::uint16_t port, const std::string& token, std::uint64_t seed, std::uint64_t count);
// The stages of the default process, in order. Throws std::runtime_error.
std::vector<Uuid> default_stages(std::uint16_t port, const std::string& token);

}  // namespace dealog::tools
