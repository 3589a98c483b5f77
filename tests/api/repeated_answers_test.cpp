// An answer is the same for ever (API.md, idempotency): random commands, among them rules that change how many others are
// shown, each under a key of its own. Then every request again, and once more after a restart: byte for byte what it was.

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/server.h"

using namespace dealog::test;

namespace {

struct Asked {
  std::string method, target, body, answer;
};

// Some objects of a company, what is done with them, and what was answered.
class Life {
 public:
  explicit Life(std::uint32_t seed) : random_(seed) {
    server.must_patch("/v1/account", {{"sources_on", true}});
    json::array stages;
    for (const char* name : {"A", "B", "C", "D", "E", "F"}) stages.push_back({{"name", name}, {"actions", json::array{{{"name", "call"}, {"weight", 10}}}}});
    const Answer made = server.must_post("/v1/processes", {{"name", "Six"}, {"is_default", true}, {"stages", stages}});
    process_ = made.text("/id");
    for (int i = 0; i < 6; ++i) {
      stages_.push_back(made.text("/stages/" + std::to_string(i) + "/id"));
      action_of_[stages_.back()] = made.text("/stages/" + std::to_string(i) + "/actions/0/id");
    }
    for (int i = 0; i < 8; ++i) sources_.push_back(server.create("/v1/sources", {{"name", "Source " + std::to_string(i)}}));
    for (int i = 0; i < 6; ++i) companies_.push_back(server.create("/v1/companies", {{"name", "Company " + std::to_string(i)}}));
    for (int i = 0; i < 6; ++i)
      persons_.push_back(server.create("/v1/persons", {{"last_name", "Person " + std::to_string(i)}, {"company_id", one_of(companies_)}}));
    server.create("/v1/custom-fields", {{"collection", "deals"}, {"key", "size"}, {"label", "Size"}, {"type", "number"}});
  }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (below(10) == 0) server.advance_days(1);
      step();
    }
  }

  // How many of the answers are others now.
  int changed() const {
    int wrong = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Answer again = server.admin().send(asked[i].method, asked[i].target, asked[i].body, {{"Idempotency-Key", key(i)}});
      INFO(asked[i].method << " " << asked[i].target << " " << asked[i].body << "\nthen: " << asked[i].answer << "\nnow:  " << again.body);
      CHECK((again.header("Idempotent-Replayed") == "true" && again.body == asked[i].answer));
      wrong += again.body != asked[i].answer;
    }
    return wrong;
  }

  // Accepted rules among the commands there.
  std::ptrdiff_t count(std::string_view path) const {
    return std::count_if(asked.begin(), asked.end(), [&](const Asked& each) {
      return each.target.starts_with(path) && (each.method == "DELETE" || each.method == "PUT" || each.target.ends_with("/merge"));
    });
  }

  Server server;
  std::vector<Asked> asked;   // what was accepted

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  const std::string& one_of(const std::vector<std::string>& many) { return many[below(many.size())]; }
  std::string key(std::size_t i) const { return "step-" + std::to_string(i); }

  std::string ask(std::string_view method, const std::string& target, const json::value& body = json::object()) {
    Asked each{std::string(method), target, json::serialize(body), {}};
    const Answer answer = server.admin().send(each.method, each.target, each.body, {{"Idempotency-Key", key(asked.size())}});
    if (answer.status < 200 || answer.status > 204) return {};   // nothing happened, and the key is still free
    each.answer = answer.body;
    asked.push_back(std::move(each));
    return answer.text("/id");
  }

  void step() {
    if (deals_.size() < 10 || below(12) == 0) {
      json::object body{{"name", "Deal"}, {"source_id", one_of(sources_)}, {"value", {{"amount", "1200.50"}, {"currency", "PLN"}}}, {"cf", {{"size", 7}}}};
      if (below(2) == 0) body["company_id"] = one_of(companies_);
      else body["person_id"] = one_of(persons_);
      if (const std::string id = ask("POST", "/v1/deals", body); !id.empty()) deals_.push_back(id);
      return;
    }
    const std::string deal = "/v1/deals/" + one_of(deals_);
    switch (below(21)) {
      case 0: case 1: case 2: ask("POST", deal + "/move", {{"stage_id", one_of(stages_)}}); return;
      case 3: ask("POST", deal + "/move", {{"stage_id", one_of(stages_)}, {"effective_at", "2026-03-01T12:00:00Z"}}); return;
      case 4: ask("POST", deal + "/actions/" + action_of_.at(one_of(stages_)) + "/complete"); return;
      case 5: ask("POST", deal + "/actions/" + action_of_.at(one_of(stages_)) + "/reopen"); return;
      case 6: ask("POST", deal + "/win", {{"note", "they loved it"}}); return;
      case 7: ask("POST", deal + "/obsolete"); return;
      case 8: ask("POST", deal + "/correct", {{"closed_at", "2026-03-02T08:00:00Z"}}); return;
      case 9: ask("POST", deal + "/correct", {{"note", "in truth"}}); return;
      case 10: ask("PATCH", deal, {{"close_note", "edited"}}); return;
      case 11: ask("POST", deal + "/reopen"); return;
      case 12: ask("PATCH", deal, {{"source_id", one_of(sources_)}, {"description", "words"}}); return;
      case 13: ask("PATCH", deal, {{"company_id", one_of(companies_)}, {"cf", {{"size", below(2) == 0 ? json::value(nullptr) : json::value(3)}}}}); return;
      case 14: below(2) == 0 ? ask("DELETE", deal) : ask("POST", deal + "/restore"); return;
      case 15: ask("PUT", deal + "/lines", {{"lines", json::array{{{"name", "Work"}, {"quantity", "2"}, {"price", {{"amount", "10.00"}, {"currency", "PLN"}}}}}}}); return;
      case 16: ask("POST", "/v1/tasks", {{"name", "Call"}, {"assignee_id", server.admin_id()}, {"links", {{"deal_id", one_of(deals_)}}}}); return;
      case 17: ask("PATCH", "/v1/persons/" + one_of(persons_), {{"phones", json::array{"+48 600 100 200"}}, {"company_id", one_of(companies_)}}); return;
      case 18: ask("PATCH", "/v1/companies/" + one_of(companies_), {{"address", "Street " + std::to_string(below(9))}}); return;
      case 19: rule(); return;
      default: ask("POST", "/v1/leads", {{"title", "Inquiry"}, {"company_id", one_of(companies_)}, {"source_id", one_of(sources_)}}); return;
    }
  }

  // What changes how others are shown.
  void rule() {
    switch (below(4)) {
      case 0: ask("DELETE", "/v1/sources/" + one_of(sources_)); return;
      case 1: ask("POST", "/v1/companies/" + one_of(companies_) + "/merge", {{"from_id", one_of(companies_)}}); return;
      case 2: ask("POST", "/v1/persons/" + one_of(persons_) + "/merge", {{"from_id", one_of(persons_)}}); return;
      default: new_version();
    }
  }

  // Another order of the stages, or one fewer of them.
  void new_version() {
    std::vector<std::string> left = stages_;
    json::object removed;
    if (left.size() > 2 && below(2) == 0) {
      const std::string gone = one_of(left);
      std::erase(left, gone);
      removed[gone] = one_of(left);
    }
    std::shuffle(left.begin(), left.end(), random_);
    json::array stages;
    for (const std::string& id : left)
      stages.push_back({{"id", id}, {"name", "Stage " + id}, {"actions", json::array{{{"id", action_of_.at(id)}, {"name", "call"}, {"weight", 10}}}}});
    const std::size_t before = asked.size();
    ask("PUT", "/v1/processes/" + process_, {{"stages", stages}, {"removed_stages", removed}});
    if (asked.size() > before) stages_ = left;
  }

  std::mt19937 random_;
  std::string process_;
  std::map<std::string, std::string> action_of_;
  std::vector<std::string> stages_, sources_, companies_, persons_, deals_;
};

}  // namespace

TEST_CASE("an answer is the same for ever, whatever happened since", "[api][acceptance][property][R8]") {
  const auto seed = GENERATE(as<std::uint32_t>{}, 1, 2, 3);
  CAPTURE(seed);
  Life life(seed);
  life.live(300);
  for (const char* rule : {"/v1/sources/", "/v1/companies/", "/v1/processes/"}) CHECK(life.count(rule) > 0);
  CHECK(life.changed() == 0);
  life.server.restart();
  CHECK(life.changed() == 0);
}
