#include "tools/bench_moves.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>
#include <utility>

#include "tools/generate_random.h"

namespace dealog::tools {

void Moves::next(unsigned connection, unsigned connections, bool minimal, std::string& request) {
  if (turn_.size() < connections) turn_.resize(connections);
  const std::size_t own = deals_.size() / connections;  // deals connection, connection + connections, ...
  last_ = connection + connections * (turn_[connection]++ % own);
  std::uint8_t& stage = stage_of_[last_];
  stage = static_cast<std::uint8_t>((stage + 1u) % stages_.size());

  const std::string body = "{\"stage_id\":\"" + to_string(stages_[stage]) + "\"}";
  std::string extra = "Idempotency-Key: " + keys_ + std::to_string(++number_) + "\r\n";
  if (minimal) extra += "Prefer: return=minimal\r\n";
  request = http_request("POST", "/v1/deals/" + to_string(deals_[last_]) + "/move", token_, body, extra);
}

Load moving(Moves& moves, std::uint16_t port, unsigned connections, bool minimal, double seconds, double rate) {
  Load load{.port = port, .connections = connections};
  load.duration = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  load.rate = rate;
  load.next = [&moves, connections, minimal](unsigned connection, std::string& request) {
    moves.next(connection, connections, minimal, request);
    return true;
  };
  return load;
}

std::vector<Uuid> make_deals(std::uint16_t port, const std::string& token, std::uint64_t seed, std::uint64_t count) {
  std::vector<Uuid> deals(count);
  for (std::uint64_t i = 0; i < count; ++i) deals[i] = Random::id(seed, 500, i);
  std::uint64_t asked = 0;
  Load load{.port = port, .connections = 64, .duration = std::chrono::minutes(30), .requests = count};
  load.next = [&](unsigned, std::string& request) {
    if (asked == count) return false;
    const std::string number = std::to_string(asked);
    const std::string body = "{\"id\":\"" + to_string(deals[asked]) + "\",\"name\":\"Deal " + number + "\",\"value\":{\"amount\":\"" + number + ".50\"}}";
    ++asked;
    request = http_request("POST", "/v1/deals", token, body, "Prefer: return=minimal\r\n");
    return true;
  };
  const LoadResult result = run_load(load);
  if (!result.trouble.empty()) throw std::runtime_error("making deals: " + result.trouble);
  if (result.refused > 0) throw std::runtime_error("making deals: " + result.first_refusal);
  return deals;
}

std::vector<Uuid> default_stages(std::uint16_t port, const std::string& token) {
  const Exchange page = exchange(port, http_request("GET", "/v1/processes", token, ""), std::chrono::seconds(10));
  boost::system::error_code error;
  const boost::json::value answer = boost::json::parse(page.body, error);
  std::vector<Uuid> stages;
  if (page.status == 200 && !error)
    if (const auto* data = answer.as_object().if_contains("data"))
      for (const boost::json::value& process : data->as_array()) {
        if (!process.at("is_default").as_bool()) continue;
        for (const boost::json::value& stage : process.at("stages").as_array()) {
          const boost::json::string& id = stage.at("id").as_string();
          stages.push_back(parse_uuid({id.data(), id.size()}).value_or(Uuid{}));
        }
      }
  if (stages.size() < 2) throw std::runtime_error("the default process was not found: " + std::to_string(page.status) + " " + page.body.substr(0, 300));
  return stages;
}

}  // namespace dealog::tools
