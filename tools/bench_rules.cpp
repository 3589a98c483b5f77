// What follows by rule for many objects is one event (ARCHITECTURE 3): deleting a source that half a million deals use, and
// merging two companies with fifty thousand deals each, are acknowledged at once and right everywhere.

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "tools/bench.h"
#include "tools/bench_server.h"
#include "tools/generate_random.h"
#include "tools/load.h"

namespace dealog::tools {

namespace {

constexpr std::chrono::seconds command_patience{30};
constexpr double bar_ms = 50;

class Account {
 public:
  explicit Account(const std::filesystem::path& folder)
      : account_(create_account_in(this_program(), folder, "bench")), server_(this_program(), folder), caller_(server_.port()) {}

  Exchange ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    const Exchange answer = caller_.ask(http_request(method, target, account_.token, body), command_patience);
    if (answer.status >= 300) throw std::runtime_error(std::string(method) + " " + std::string(target) + ": " + std::to_string(answer.status) + " " + answer.body);
    return answer;
  }
  // How long its acknowledgement took.
  double timed_ms(std::string_view method, std::string_view target, std::string_view body = {}) {
    const auto from = std::chrono::steady_clock::now();
    const Exchange answer = ask(method, target, body);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count();
    position_ = std::string(answer.header("Log-Position"));
    return ms;
  }
  // Of the last timed command's newest event.
  std::uint64_t position() const { return std::stoull(position_); }
  // How many deals meet a filter once the last timed command is folded.
  std::uint64_t count(const std::string& filter) {
    const Exchange answer = ask("GET", "/v1/deals?limit=1&fields=id&include=total&min_position=" + position_ + "&" + filter);
    return boost::json::parse(answer.body).at("page").at("total").to_number<std::uint64_t>();
  }
  void expect(const std::string& filter, std::uint64_t wanted) {
    if (const std::uint64_t found = count(filter); found != wanted)
      throw std::runtime_error(filter + " lists " + std::to_string(found) + " deals, not " + std::to_string(wanted));
  }
  // `count` deals; `members` says what deal i has beside its name.
  void make_deals(std::uint64_t count, const std::function<std::string(std::uint64_t)>& members) {
    std::uint64_t asked = 0;
    Load load{.port = server_.port(), .connections = 64, .duration = std::chrono::minutes(30), .requests = count};
    load.next = [&](unsigned, std::string& request) {
      if (asked == count) return false;
      const std::string body = "{\"name\":\"Deal " + std::to_string(asked) + "\"," + members(asked) + "}";
      ++asked;
      request = http_request("POST", "/v1/deals", account_.token, body, "Prefer: return=minimal\r\n");
      return true;
    };
    const LoadResult result = run_load(load);
    caller_ = Caller(server_.port());   // a connection that was idle for so long may be closed
    if (!result.trouble.empty() || result.refused > 0) throw std::runtime_error("making deals: " + result.trouble + result.first_refusal);
  }

 private:
  BenchAccount account_;
  ServerProcess server_;
  Caller caller_;
  std::string position_ = "0";
};

std::string quoted(const Uuid& id) { return "\"" + to_string(id) + "\""; }

}  // namespace

void bench_rules(const BenchOptions& options, Figures& figures) {
  const std::uint64_t deals = options.size > 0 ? options.size : 500'000, of_each = deals / 10;
  const WorkFolder folder(options.data);
  Account account(folder.path());
  const Uuid source = Random::id(options.seed, 600, 0), kept = Random::id(options.seed, 601, 0), merged = Random::id(options.seed, 601, 1);
  account.ask("PATCH", "/v1/account", R"({"sources_on":true})");
  account.ask("POST", "/v1/sources", "{\"id\":" + quoted(source) + ",\"name\":\"Fair\"}");
  account.ask("POST", "/v1/companies", "{\"id\":" + quoted(kept) + ",\"name\":\"Kept\"}");
  account.ask("POST", "/v1/companies", "{\"id\":" + quoted(merged) + ",\"name\":\"Merged\"}");
  std::fprintf(stderr, "making %llu deals ...\n", static_cast<unsigned long long>(deals));
  account.make_deals(deals, [&](std::uint64_t i) {
    std::string members = "\"source_id\":" + quoted(source);
    if (i < 2 * of_each) members += ",\"company_id\":" + quoted(i % 2 == 0 ? kept : merged);
    return members;
  });
  account.timed_ms("PATCH", "/v1/account", R"({"name":"Bench"})");
  account.expect("source_id=" + to_string(source), deals);
  account.expect("company_id=" + to_string(kept), of_each);

  const std::uint64_t before = account.position();
  const double deleting = account.timed_ms("DELETE", "/v1/sources/" + to_string(source));
  const std::uint64_t deleted = account.position();
  account.expect("source_id%5Bis_null%5D=true", deals);
  const double merging = account.timed_ms("POST", "/v1/companies/" + to_string(kept) + "/merge", "{\"from_id\":" + quoted(merged) + "}");
  const std::uint64_t merged_at = account.position();
  account.expect("company_id=" + to_string(kept), 2 * of_each);

  const auto events = [](std::uint64_t from, std::uint64_t to) { return std::to_string(to - from) + (to - from == 1 ? " event" : " events"); };
  const std::string number = std::to_string(deals), each = std::to_string(of_each);
  figures.add({.bar_id = "", .name = "deleting a source that " + number + " deals use", .value = deleting, .unit = "ms", .bar = bar_ms, .at_most = true,
               .remark = events(before, deleted) + "; all of them listed without a source"});
  figures.add({.bar_id = "", .name = "merging companies with " + each + " deals each", .value = merging, .unit = "ms", .bar = bar_ms, .at_most = true,
               .remark = events(deleted, merged_at) + "; all of them listed under the one that stays"});
}

}  // namespace dealog::tools
