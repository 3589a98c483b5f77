#pragma once
// A door with a small make-believe API behind it: remembers what it was asked to do, answers a key again as the first
// time, and shows a deal as the requests made it. What it stores is only what a correct API could store.

#include <boost/json.hpp>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tools/door.h"

namespace dealog::test {

class FakeDoor : public tools::Door {
 public:
  struct Deal {
    boost::json::object body;  // of its creation
    std::string status = "open", created_at, closed_at, stage_id;
    std::vector<std::pair<std::string, std::string>> moves;  // time, stage
  };

  std::map<std::string, boost::json::object> objects;  // by id, deals apart
  std::map<std::string, std::string> kinds;            // id -> "companies"
  std::map<std::string, Deal> deals;
  std::vector<std::string> log;                        // "POST /v1/teams", in the order of arrival
  std::size_t commands = 0, replays = 0;
  std::string account = R"({"currency":"USD","time_zone":"America/New_York","name":"Test"})";
  std::string processes = R"({"data":[],"page":{"next_cursor":null,"has_more":false}})";
  // Answers instead of the make-believe API when it gives something other than status -1.
  std::function<tools::ApiResponse(const tools::ApiRequest&)> instead;

  tools::ApiResponse send(const tools::ApiRequest& request) override {
    const std::lock_guard lock(mutex_);
    log.push_back(request.method + " " + request.path);
    if (instead)
      if (auto response = instead(request); response.status != -1) return response;
    if (request.method == "GET") return {200, request.path == "/v1/account" ? account : processes, {}};
    return command(request);
  }

 private:
  static std::string text(const boost::json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }

  tools::ApiResponse refuse(int status, const std::string& code, const std::string& pointer, const std::string& message) {
    boost::json::object error{{"pointer", pointer}, {"code", code}, {"message", message}};
    boost::json::object problem{{"status", status}, {"code", code}, {"errors", boost::json::array{error}}};
    return {status, boost::json::serialize(problem), {}};
  }

  tools::ApiResponse command(const tools::ApiRequest& request) {
    std::string key;
    for (const auto& [name, value] : request.headers)
      if (name == "Idempotency-Key") key = value;
    const std::string content = request.method + request.path + request.body;
    if (const auto before = keys_.find(key); before != keys_.end()) {
      if (before->second.first != content) return refuse(422, "key_reused", "", "another request under this key");
      ++replays;
      auto response = before->second.second;
      response.headers.emplace_back("Idempotent-Replayed", "true");
      return response;
    }
    auto response = carry_out(request);
    if (response.status < 300) {
      ++commands;
      keys_[key] = {content, response};
    }
    return response;
  }

  tools::ApiResponse carry_out(const tools::ApiRequest& request) {
    const auto body = boost::json::parse(request.body).as_object();
    std::string path = request.path.substr(4);  // after "/v1/"
    if (const auto slash = path.find('/'); slash != std::string::npos) return verb(path.substr(slash + 1), body);
    const std::string id = text(body, "id");
    if (kinds.contains(id)) return refuse(409, "id_taken", "/id", "taken");
    for (const auto& member : body) {
      const std::string name(member.key());
      if (name == "id" || name == "stage_id" || !name.ends_with("_id") || !member.value().is_string()) continue;
      if (!kinds.contains(std::string(member.value().get_string())))
        return refuse(422, "unknown_reference", "/" + name, "no such object");
    }
    kinds[id] = path;
    if (path == "deals") {
      deals[id] = {body, body.contains("status") ? text(body, "status") : "open", text(body, "effective_at"),
                   text(body, "closed_at"), text(body, "stage_id"), {}};
    } else {
      objects[id] = body;
    }
    return {201, boost::json::serialize(body), {}};
  }

  tools::ApiResponse verb(const std::string& rest, const boost::json::object& body) {
    const auto slash = rest.find('/');
    const auto found = deals.find(rest.substr(0, slash));
    if (found == deals.end()) return refuse(404, "not_found", "", "no such deal");
    Deal& deal = found->second;
    const std::string name = rest.substr(slash + 1), at = text(body, "effective_at");
    if (deal.status != "open") return refuse(409, "deal_not_open", "", "closed");
    const std::string last = deal.moves.empty() ? deal.created_at : deal.moves.back().first;
    if (at < last) return refuse(409, "effective_before_last_event", "/effective_at", "too early");
    if (name == "move") {
      deal.moves.emplace_back(at, text(body, "stage_id"));
      deal.stage_id = text(body, "stage_id");
    } else {
      deal.status = name == "win" ? "won" : name == "lose" ? "lost" : "obsolete";
      deal.closed_at = at;
    }
    return {200, "{}", {}};
  }

  std::mutex mutex_;
  std::map<std::string, std::pair<std::string, tools::ApiResponse>> keys_;
};

}  // namespace dealog::test
