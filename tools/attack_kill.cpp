#include "tools/attack_kill.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tools/bench_moves.h"
#include "tools/bench_server.h"
#include "tools/commands.h"
#include "tools/generate_random.h"
#include "tools/load.h"

namespace dealog::tools {

namespace {

constexpr std::chrono::milliseconds patience{20'000};
constexpr std::string_view account_name = "attack";

// A command that a client gave, and the answer that it got.
struct Given {
  std::string request;
  Uuid deal;
  int status = 0;
  std::string etag, body;
  std::uint64_t position = 0;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text)
    if (c >= '0' && c <= '9') value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

// What goes wrong is counted; the first few are said.
class Faults {
 public:
  void add(const std::string& fault) {
    if (++count_ <= 20) std::printf("FAULT: %s\n", fault.c_str());
  }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

// One client with deals of its own. While it works it touches nothing that others use; checks run when it does not.
class Client {
 public:
  Client(std::uint64_t seed, unsigned index, std::string token, std::vector<Uuid> stages)
      : seed_(seed), index_(index), random_(seed, 600, index), token_(std::move(token)), stages_(std::move(stages)) {}

  // Gives commands until the server is gone or `enough`.
  void work(std::uint16_t port, const std::atomic<bool>& enough) {
    try {
      Caller caller(port);
      while (!enough) {
        under_way_ = next();
        take(*under_way_, caller.ask(under_way_->request, patience));
        ledger_.push_back(std::move(*under_way_));
        under_way_.reset();
      }
    } catch (const std::runtime_error&) {
      // The server was killed: what is under way has an unknown outcome.
    }
  }

  // The request without an answer, once more under its key: whichever way it went, it counts once.
  bool finish_under_way(std::uint16_t port, Faults& faults) {
    if (!under_way_) return false;
    take(*under_way_, exchange(port, under_way_->request, patience));
    if (under_way_->status >= 300) faults.add("a repeated command of unknown outcome was refused: " + under_way_->body.substr(0, 300));
    ledger_.push_back(std::move(*under_way_));
    under_way_.reset();
    return true;
  }

  // All that was acknowledged since the last check, and some of what is older, is answered as it was.
  std::uint64_t check_answers(std::uint16_t port, Faults& faults) {
    Caller caller(port);
    std::uint64_t checked = 0;
    const auto check = [&](const Given& given) {
      const Exchange again = caller.ask(given.request, patience);
      ++checked;
      const std::string what = "client " + std::to_string(index_) + ", " + given.request.substr(0, given.request.find(" HTTP")) + ": ";
      if (again.header("Idempotent-Replayed") != "true") faults.add(what + "repeated, it is not marked as replayed");
      if (again.status != given.status) faults.add(what + "status " + std::to_string(given.status) + " became " + std::to_string(again.status));
      if (again.header("ETag") != given.etag) faults.add(what + "ETag " + given.etag + " became " + std::string(again.header("ETag")));
      if (again.body != given.body) faults.add(what + "the answer changed: " + given.body.substr(0, 200) + " ... " + again.body.substr(0, 200));
    };
    for (std::size_t i = checked_; i < ledger_.size(); ++i) check(ledger_[i]);
    for (std::size_t i = 0; i < 20 && checked_ > 0; ++i) check(ledger_[random_.below(checked_)]);
    checked_ = ledger_.size();
    return checked;
  }

  // Each deal stands at the version acknowledged last, and versions were acknowledged without gap or repetition.
  void check_deals(std::uint16_t port, Faults& faults) {
    Caller caller(port);
    std::vector<std::set<std::uint64_t>> versions(deals_.size());
    for (const Given& given : ledger_)
      for (std::size_t i = 0; i < deals_.size(); ++i)
        if (deals_[i] == given.deal && !versions[i].insert(number(given.etag)).second)
          faults.add("deal " + to_string(given.deal) + ": version " + given.etag + " was acknowledged twice");
    for (std::size_t i = 0; i < deals_.size(); ++i) {
      if (versions[i].empty()) continue;
      const std::string deal = to_string(deals_[i]);
      if (*versions[i].rbegin() != versions[i].size()) faults.add("deal " + deal + ": a version is missing");
      const Exchange now = caller.ask(http_request("GET", "/v1/deals/" + deal + "?min_position=" + std::to_string(last_position_), token_, ""), patience);
      if (now.status != 200) faults.add("deal " + deal + ": " + std::to_string(now.status) + " though it was acknowledged");
      const std::string version = "\"version\":" + std::to_string(*versions[i].rbegin());
      std::string packed = now.body;
      std::erase(packed, ' ');
      if (packed.find(version + ",") == std::string::npos && packed.find(version + "}") == std::string::npos)
        faults.add("deal " + deal + " is not at version " + std::to_string(*versions[i].rbegin()) + ": " + now.body.substr(0, 200));
    }
  }

  std::size_t acknowledged() const { return ledger_.size(); }
  std::uint64_t last_position() const { return last_position_; }
  const std::string& trouble() const { return trouble_; }

 private:
  void take(Given& given, const Exchange& answer) {
    given.status = answer.status;
    given.etag = answer.header("ETag");
    given.body = answer.body;
    given.position = number(answer.header("Log-Position"));
    last_position_ = std::max(last_position_, given.position);
    if (answer.status >= 300 && trouble_.empty()) trouble_ = given.request.substr(0, 80) + " ... " + std::to_string(answer.status) + " " + answer.body.substr(0, 300);
  }

  // A new deal now and then, else a change that surely is one: so each command is exactly one event of its deal.
  Given next() {
    const std::string key = "Idempotency-Key: kill-" + std::to_string(index_) + "-" + std::to_string(++sequence_) + "\r\n";
    const std::string extra = random_.chance(300) ? key + "Prefer: return=minimal\r\n" : key;
    Given given;
    if (deals_.empty() || random_.chance(100)) {
      deals_.push_back(Random::id(seed_, 610 + index_, deals_.size()));
      stage_of_.push_back(0);
      given.deal = deals_.back();
      given.request = http_request("POST", "/v1/deals", token_, "{\"id\":\"" + to_string(given.deal) + "\",\"name\":\"Deal " + std::to_string(sequence_) + "\"}", extra);
      return given;
    }
    const std::size_t which = random_.below(deals_.size());
    given.deal = deals_[which];
    const std::string path = "/v1/deals/" + to_string(given.deal);
    if (random_.chance(500)) {
      stage_of_[which] = (stage_of_[which] + 1) % stages_.size();
      given.request = http_request("POST", path + "/move", token_, "{\"stage_id\":\"" + to_string(stages_[stage_of_[which]]) + "\"}", extra);
    } else {
      const std::string value = std::to_string(sequence_);
      given.request = http_request("PATCH", path, token_, "{\"name\":\"Renamed " + value + "\",\"value\":{\"amount\":\"" + value + ".25\"}}", extra);
    }
    return given;
  }

  std::uint64_t seed_;
  unsigned index_;
  Random random_;
  std::string token_;
  std::vector<Uuid> stages_, deals_;
  std::vector<std::size_t> stage_of_;
  std::uint64_t sequence_ = 0, last_position_ = 0;
  std::vector<Given> ledger_;
  std::size_t checked_ = 0;
  std::optional<Given> under_way_;
  std::string trouble_;
};

class Attack {
 public:
  Attack(const KillOptions& options, const std::filesystem::path& data)
      : options_(options), program_(options.program.empty() ? this_program() : options.program), data_(data), random_(options.seed, 601, 0) {
    account_ = create_account_in(program_, data_, std::string(account_name));
    start();
    const std::vector<Uuid> stages = default_stages(server_->port(), account_.token);
    for (unsigned i = 0; i < options.clients; ++i) clients_.push_back(std::make_unique<Client>(options.seed, i, account_.token, stages));
  }

  void round(int number) {
    load_and_kill();
    verify();
    const auto from = std::chrono::steady_clock::now();
    start();
    const double open_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    std::uint64_t unknown = 0, checked = 0, acknowledged = 0;
    for (const auto& client : clients_) unknown += client->finish_under_way(server_->port(), faults_) ? 1 : 0;
    for (const auto& client : clients_) {
      checked += client->check_answers(server_->port(), faults_);
      client->check_deals(server_->port(), faults_);
      acknowledged += client->acknowledged();
    }
    std::printf("round %d: %llu acknowledged so far, %llu outcomes were unknown, %llu answers repeated, opened in %.2f s, %llu faults\n", number,
                static_cast<unsigned long long>(acknowledged), static_cast<unsigned long long>(unknown), static_cast<unsigned long long>(checked),
                open_seconds, static_cast<unsigned long long>(faults_.count()));
    std::fflush(stdout);
  }

  // A clean end: the server stops as asked and what it leaves is sound.
  void finish() {
    if (const int code = server_->stop(); code != 0) faults_.add("the server ended with " + std::to_string(code) + " when it was asked to stop");
    verify();
  }

  std::uint64_t faults() const { return faults_.count(); }

 private:
  void start() { server_ = std::make_unique<ServerProcess>(program_, data_); }

  void load_and_kill() {
    std::atomic<bool> enough{false};
    const std::uint16_t port = server_->port();
    std::vector<std::thread> threads;
    for (const auto& client : clients_) threads.emplace_back([&client, &enough, port] { client->work(port, enough); });
    std::this_thread::sleep_for(std::chrono::milliseconds(random_.between(20, 600)));  // the moment is the attack
    server_->kill();
    enough = true;
    for (std::thread& thread : threads) thread.join();
    for (const auto& client : clients_)
      if (!client->trouble().empty()) faults_.add("refused under load: " + client->trouble());
  }

  void verify() {
    const Ran ran = run_program(program_, {"verify", "--data", data_.string(), "--account", std::string(account_name), "--json"});
    if (ran.exit_code != exit_ok) faults_.add("dealog verify ended with " + std::to_string(ran.exit_code) + ": " + ran.output);
    const auto at = ran.output.find("\"events\":");
    const std::uint64_t events = at == std::string::npos ? 0 : number(ran.output.substr(at, ran.output.find_first_of(",}", at) - at));
    for (const auto& client : clients_)
      if (client->last_position() > events)
        faults_.add("position " + std::to_string(client->last_position()) + " was acknowledged, the log holds " + std::to_string(events) + " events");
  }

  const KillOptions& options_;
  std::filesystem::path program_, data_;
  Random random_;
  BenchAccount account_;
  std::unique_ptr<ServerProcess> server_;
  std::vector<std::unique_ptr<Client>> clients_;
  Faults faults_;
};

}  // namespace

int run_kill(const KillOptions& options) {
  std::printf("kill -9 under load: %d rounds, %u clients, seed %llu\n", options.rounds, options.clients, static_cast<unsigned long long>(options.seed));
  try {
    const WorkFolder folder(options.data);
    Attack attack(options, folder.path());
    for (int number = 1; number <= options.rounds; ++number) attack.round(number);
    attack.finish();
    std::printf("%s\n", attack.faults() == 0 ? "all held" : "DID NOT HOLD");
    return attack.faults() == 0 ? exit_ok : exit_damaged;
  } catch (const std::exception& error) {
    std::printf("the attack could not go on: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace dealog::tools
