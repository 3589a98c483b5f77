#include "tools/import_run.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <thread>

#include <boost/json.hpp>

#include "domain/text.h"
#include "tools/import_faults.h"
#include "tools/import_words.h"

namespace dealog::tools {
namespace {

namespace json = boost::json;

constexpr int most_repetitions = 6;
constexpr std::size_t most_asked = 100;   // ids in one request: what stands before a server may take no more than 8 KB of a line

bool is_accepted(int status) { return status >= 200 && status < 300; }
// The outcome is unknown or will be better later; the key makes sending it again safe.
bool is_worth_repeating(int status) {
  return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}
// It says nothing of the row: whatever comes next would be answered alike. What is worth repeating was repeated by then.
bool ends_the_run(int status) { return is_worth_repeating(status) || status == 401 || status == 507; }

bool is_true_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && *value == json::value(true);
}

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Once more as long as that may help and nobody ends it.
ApiResponse send_patiently(Door& door, const ApiRequest& request, const ImportSettings& settings, const std::function<bool()>& is_over) {
  for (int repetition = 1;; ++repetition) {
    ApiResponse response = door.send(request);
    if (!is_worth_repeating(response.status) || repetition > most_repetitions || is_over()) return response;
    if (settings.wait) settings.wait(repetition);
    else std::this_thread::sleep_for(std::chrono::milliseconds(100) * (1 << (repetition - 1)));
  }
}

// Sends one phase's chains from many threads.
class PhaseRun {
 public:
  PhaseRun(const Plan& plan, const PlannedPhase& phase, Door& door, const ImportSettings& settings,
           std::set<Uuid>& failed, ImportCounts& counts, std::vector<RowFault>& faults)
      : plan_(plan), phase_(phase), door_(door), settings_(settings), failed_(failed), counts_(counts), faults_(faults) {
    for (const PlannedChain& chain : phase.chains) total_ += chain.commands.size();
  }

  // False when it is to stop, or an answer ended it (ends_the_run): there is no use in going on.
  bool run() {
    const auto wanted = static_cast<std::size_t>(std::clamp(settings_.connections, 1, 64));
    {
      std::vector<std::jthread> threads;   // they come to their end here, however this is left
      try {
        for (std::size_t i = 1; i < std::min(wanted, phase_.chains.size()); ++i) threads.emplace_back([this] { work_guarded(); });
      } catch (const std::exception&) {
        // The system gives no more threads: those that are there do the work, this one among them.
      }
      work_guarded();
    }
    if (thrown_) std::rethrow_exception(thrown_);
    if (settings_.progress) settings_.progress(phase_.name, finished_, total_);
    return !is_over();
  }

 private:
  bool is_over() const { return stopped_ || (settings_.stop && settings_.stop()); }

  // What is thrown in any thread ends them all, and leaves from run().
  void work_guarded() {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
      stopped_ = true;
    }
  }

  void work() {
    for (;;) {
      const std::size_t next = next_.fetch_add(1);
      if (next >= phase_.chains.size() || is_over()) return;
      run_chain(phase_.chains[next]);
    }
  }

  void run_chain(const PlannedChain& chain) {
    {
      // Failures of this phase never matter to its other chains: what is named stands in an earlier phase.
      const std::lock_guard lock(mutex_);
      const auto missing = std::ranges::find_if(chain.needs, [&](const Uuid& id) { return failed_.contains(id); });
      if (missing != chain.needs.end()) {
        give_up(chain, 0);
        faults_.push_back(fault_of(plan_, chain.commands[0], std::string(needed_object_failed), "not sent: an object that it names was refused"));
        hold_back(plan_, chain, 0, faults_.size() - 1, faults_);
        return;
      }
    }
    for (std::size_t i = 0; i < chain.commands.size(); ++i) {
      if (i > 0 && is_over()) return;
      const ApiResponse response = send_patiently(door_, chain.commands[i].request, settings_, [this] { return is_over(); });
      const std::lock_guard lock(mutex_);
      if (!is_accepted(response.status)) {
        give_up(chain, i);
        const std::size_t told = faults_.size();
        tell(chain.commands[i], response);
        if (ends_the_run(response.status)) {
          if (!ended_by_) ended_by_ = response;
          stopped_ = true;
        } else {
          hold_back(plan_, chain, i, told, faults_);
        }
        return;
      }
      const bool repeated = response.header("Idempotent-Replayed") == "true";
      // A creation that made nothing met the same object.
      const bool was_there = i == 0 && response.status != 201 && response.header("Location").empty();
      ++(repeated || was_there ? counts_.unchanged : counts_.done);
      note_progress(1);
    }
  }

  // REQUIRES: mutex_ held.
  void give_up(const PlannedChain& chain, std::size_t from) {
    if (from == 0) failed_here_.push_back(chain.object);   // else it is there, and can be named
    counts_.failed += chain.commands.size() - from;
    note_progress(chain.commands.size() - from);
  }

  // A refusal as faults of the row: one for each of its errors. REQUIRES: mutex_ held.
  void tell(const PlannedCommand& command, const ApiResponse& response) {
    RowFault whole = fault_of(plan_, command, response.status == 0 ? "no_answer" : "status_" + std::to_string(response.status), response.body);
    json::error_code unreadable;
    const json::value body = json::parse(response.body, unreadable);
    const json::object* problem = unreadable ? nullptr : body.if_object();
    if (problem == nullptr) return faults_.push_back(std::move(whole));
    if (const std::string code = text_at(*problem, "code"); !code.empty()) whole.code = code;
    whole.message = text_at(*problem, "detail");
    if (whole.message.empty()) whole.message = text_at(*problem, "title");
    const json::value* errors = problem->if_contains("errors");
    bool any = false;
    if (errors != nullptr && errors->is_array()) {
      for (const json::value& error : errors->get_array()) {
        if (!error.is_object()) continue;
        RowFault fault = whole;
        const std::string pointer = text_at(error.get_object(), "pointer");
        place_by(plan_, pointer, command, fault);
        if (const std::string code = text_at(error.get_object(), "code"); !code.empty()) fault.code = code;
        fault.message = text_at(error.get_object(), "message");
        if (fault.column.empty() && !pointer.empty()) fault.message = pointer + ": " + fault.message;
        faults_.push_back(std::move(fault));
        any = true;
      }
    }
    if (!any) faults_.push_back(std::move(whole));
  }

  // REQUIRES: mutex_ held.
  void note_progress(std::size_t commands) {
    finished_ += commands;
    if (!settings_.progress) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < std::chrono::milliseconds(200)) return;
    told_ = now;
    settings_.progress(phase_.name, finished_, total_);
  }

 public:
  // What later phases must not name. Read after run().
  const std::vector<Uuid>& failed_here() const { return failed_here_; }
  // See ImportReport. Read after run().
  const std::optional<ApiResponse>& ended_by() const { return ended_by_; }

 private:
  const Plan& plan_;
  const PlannedPhase& phase_;
  Door& door_;
  const ImportSettings& settings_;
  const std::set<Uuid>& failed_;
  ImportCounts& counts_;
  std::vector<RowFault>& faults_;
  std::size_t total_ = 0;
  std::size_t finished_ = 0;
  std::chrono::steady_clock::time_point told_{};
  std::vector<Uuid> failed_here_;
  std::optional<ApiResponse> ended_by_;
  std::exception_ptr thrown_;
  std::mutex mutex_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
};

ImportCounts& counts_of(ImportReport& report, const std::string& phase) {
  for (auto& [name, counts] : report.phases)
    if (name == phase) return counts;
  return report.phases.emplace_back(phase, ImportCounts{}).second;
}

// What a GET was answered with, or why there is none of it.
std::variant<json::value, std::string> read_answer(const std::string& path, const ApiResponse& response) {
  json::error_code unreadable;
  json::value body = json::parse(response.body, unreadable);
  if (is_accepted(response.status) && !unreadable) return body;
  if (response.status == 0) return "no answer to GET " + path + ": " + response.body;
  std::string detail;
  if (!unreadable && body.is_object()) {
    detail = text_at(body.get_object(), "detail");
    if (detail.empty()) detail = text_at(body.get_object(), "title");
  }
  return "GET " + path + " was answered with " + std::to_string(response.status) + (detail.empty() ? "" : ": " + detail);
}

std::variant<json::value, std::string> get(Door& door, const std::string& path) { return read_answer(path, door.send({"GET", path, "", {}})); }

// Every object of a list, page after page. Why that was not possible, or "".
std::string for_each_listed(Door& door, std::string_view collection, const std::function<void(const json::object&)>& take) {
  std::string cursor;
  do {
    auto page = get(door, "/v1/" + std::string(collection) + "?limit=1000" + (cursor.empty() ? "" : "&cursor=" + cursor));
    if (auto* trouble = std::get_if<std::string>(&page)) return std::move(*trouble);
    cursor.clear();
    try {
      const json::object& body = std::get<json::value>(page).as_object();
      for (const json::value& object : body.at("data").as_array()) take(object.as_object());
      cursor = text_at(body.at("page").as_object(), "next_cursor");
    } catch (const std::exception&) {
      return "GET /v1/" + std::string(collection) + " did not answer with a list of " + std::string(collection);
    }
  } while (!cursor.empty());
  return {};
}

// Adds where in the value, which stands at `at`, the text is: JSON pointers.
void point_to(const json::value& value, std::string_view text, const std::string& at, std::vector<std::string>& pointers) {
  if (const json::string* found = value.if_string(); found != nullptr && std::string_view(*found) == text) pointers.push_back(at);
  if (const json::object* object = value.if_object())
    for (const auto& [name, member] : *object) point_to(member, text, at + "/" + std::string(name), pointers);
  if (const json::array* array = value.if_array())
    for (std::size_t i = 0; i < array->size(); ++i) point_to((*array)[i], text, at + "/" + std::to_string(i), pointers);
}

// What a dry run knows beyond the faults of rows: commands that name what is left out would be refused, unless an earlier run has
// made that, and what names their objects would not be sent. Nothing is asked but whether it is there; where that is not answered,
// nothing is foretold.
class Foretelling {
 public:
  Foretelling(const Plan& plan, const PlannedImport& planned, Door& door, const ImportSettings& settings, ImportReport& report)
      : plan_(plan), planned_(planned), door_(door), settings_(settings), report_(report) {}

  void run() {
    if (!learn_missing()) return;
    for (const PlannedPhase& phase : planned_.phases) {
      ImportCounts& counts = counts_of(report_, phase.name);
      for (const PlannedChain& chain : phase.chains) {
        const std::size_t told = report_.faults.size(), from = first_refused(chain);
        if (from == chain.commands.size()) continue;
        if (from == 0) failed_.insert(chain.object);
        counts.failed += chain.commands.size() - from;
        hold_back(plan_, chain, from, told, report_.faults);
      }
    }
  }

 private:
  // Of what is left out and named, what is not there. False: it is to stop, or an answer ended it.
  bool learn_missing() {
    std::map<Kind, std::vector<Uuid>> named;
    for (const PlannedPhase& phase : planned_.phases)
      for (const PlannedChain& chain : phase.chains)
        for (const Uuid& id : chain.needs)
          if (const auto out = planned_.left_out.find(id); out != planned_.left_out.end() && missing_.insert(id).second) named[out->second].push_back(id);
    const std::size_t total = missing_.size();
    std::size_t asked = 0;
    for (const auto& [kind, ids] : named)
      for (std::size_t first = 0; first < ids.size(); first += most_asked) {
        if (is_over()) return false;
        const auto some = std::span(ids).subspan(first, std::min(most_asked, ids.size() - first));
        if (!find(kind, some)) return false;
        asked += some.size();
        if (settings_.progress) settings_.progress("rows left out", asked, total);
      }
    return true;
  }

  // Those of them that a list of the account has are not missing. It has no deleted and no merged ones, which nothing can name any more.
  bool find(Kind kind, std::span<const Uuid> ids) {
    std::string path = "/v1/" + std::string(plural(kind)) + "?fields=id&limit=" + std::to_string(most_asked) + "&id[in]=";
    for (std::size_t i = 0; i < ids.size(); ++i) path += (i == 0 ? "" : ",") + to_string(ids[i]);
    ApiResponse listed = send_patiently(door_, {"GET", path, "", {}}, settings_, [this] { return is_over(); });
    if (is_accepted(listed.status)) {
      try {
        const json::value list = json::parse(listed.body);
        for (const json::value& there : list.at("data").as_array())
          missing_.erase(parse_uuid(text_at(there.as_object(), "id")).value_or(Uuid{}));
        return true;
      } catch (const std::exception&) {
        listed = {0, "GET " + path + " did not answer with a list of " + std::string(plural(kind)), {}};
      }
    }
    report_.ended_by = std::move(listed);
    return false;
  }

  bool is_over() const { return settings_.stop && settings_.stop(); }

  // The chain's first command that would be refused or not be sent, which is told; beyond all: none.
  std::size_t first_refused(const PlannedChain& chain) {
    if (std::ranges::any_of(chain.needs, [&](const Uuid& id) { return failed_.contains(id); })) {
      report_.faults.push_back(fault_of(plan_, chain.commands[0], std::string(needed_object_failed), "it would not be sent: an object that it names would be refused"));
      return 0;
    }
    std::set<Uuid> missing;
    for (const Uuid& id : chain.needs)
      if (missing_.contains(id)) missing.insert(id);
    std::size_t from = missing.empty() ? chain.commands.size() : 0;
    while (from < chain.commands.size() && !tell(chain.commands[from], missing)) ++from;
    return from;
  }

  // False: it names none of them.
  bool tell(const PlannedCommand& command, const std::set<Uuid>& missing) {
    const json::value body = json::parse(command.request.body);
    std::vector<std::string> pointers;
    for (const Uuid& id : missing) point_to(body, to_string(id), "", pointers);
    for (const std::string& pointer : pointers) {
      RowFault fault = fault_of(plan_, command, "unknown_reference", "it names what is left out, because of faults of its own row");
      place_by(plan_, pointer, command, fault);
      report_.faults.push_back(std::move(fault));
    }
    return !pointers.empty();
  }

  const Plan& plan_;
  const PlannedImport& planned_;
  Door& door_;
  const ImportSettings& settings_;
  ImportReport& report_;
  std::set<Uuid> failed_, missing_;
};

}  // namespace

ImportCounts ImportReport::total() const {
  ImportCounts sum;
  for (const auto& [name, counts] : phases) {
    sum.planned += counts.planned;
    sum.done += counts.done;
    sum.unchanged += counts.unchanged;
    sum.failed += counts.failed;
  }
  return sum;
}

std::variant<AccountFacts, std::string> ask_facts(Door& door, const Plan& plan) {
  auto account = get(door, "/v1/account");
  if (auto* trouble = std::get_if<std::string>(&account)) return std::move(*trouble);
  const json::value& settings = std::get<json::value>(account);
  if (!settings.is_object()) return std::string("GET /v1/account did not answer with an object");
  const auto currency = parse_currency(text_at(settings.get_object(), "currency"));
  const std::string zone = text_at(settings.get_object(), "time_zone");
  const auto calendar = Calendar::find(zone);
  if (!currency) return std::string("the account names no currency");
  if (!calendar) return "this machine does not know the account's time zone '" + zone + "'";
  AccountFacts facts{*currency, *calendar, {}};

  std::string trouble = for_each_listed(door, "processes", [&](const json::object& given) {
    if (is_true_at(given, "is_archived")) return;
    AccountFacts::Process& made = facts.processes.emplace_back();
    made.name = text_at(given, "name");
    made.id = parse_uuid(text_at(given, "id")).value_or(Uuid{});
    for (const json::value& stage : given.at("stages").as_array())
      made.stages.push_back({text_at(stage.as_object(), "name"), parse_uuid(text_at(stage.as_object(), "id")).value_or(Uuid{})});
  });
  const Wanted wanted = wanted_facts(plan);
  for (const Kind kind : wanted.named) {
    if (!trouble.empty()) break;
    auto& names = facts.named[kind];
    trouble = for_each_listed(door, plural(kind), [&](const json::object& given) {
      const Uuid id = parse_uuid(text_at(given, "id")).value_or(Uuid{});
      // Close reasons have a list for each outcome.
      const std::string called = (kind == Kind::close_reason ? text_at(given, "outcome") + ":" : "") + text_at(given, "name");
      const auto [there, is_new] = names.emplace(normalised(called), id);
      if (!is_new) there->second = {};
      if (kind == Kind::user) names[normalised(text_at(given, "email"))] = id;
    });
  }
  if (trouble.empty() && wanted.custom_fields)
    trouble = for_each_listed(door, plural(Kind::custom_field), [&](const json::object& given) {
      const auto index_of = [&](std::string_view member) {
        const auto& words = find_field(Kind::custom_field, member)->choices;
        return std::ranges::find(words, text_at(given, member)) - words.begin();
      };
      const auto about = static_cast<std::size_t>(index_of("collection"));
      if (about >= custom_collections().size()) return;
      facts.custom_fields.push_back({custom_collections()[about], text_at(given, "key"), static_cast<CustomType>(index_of("type")),
                                     parse_uuid(text_at(given, "id")).value_or(Uuid{}), {}});
      // What is no longer offered was taken of rows once, and is answered again as it was; of new ones the account says that it is none.
      std::vector<std::string>& choices = facts.custom_fields.back().choices;
      for (const std::string_view member : {"choices", "retired_choices"})
        if (const json::value* words = given.if_contains(member))
          for (const json::value& word : words->as_array()) choices.emplace_back(word.as_string());
    });
  for (const Kind kind : plan.run > 1 ? wanted.set_up : std::vector<Kind>())
    if (trouble.empty())
      trouble = for_each_listed(door, plural(kind), [&](const json::object& given) { facts.there.insert(parse_uuid(text_at(given, "id")).value_or(Uuid{})); });
  if (!trouble.empty()) return trouble;
  return facts;
}

std::string begin_import(Door& door, Plan& plan) {
  const ApiResponse response = door.send({"POST", "/v1/imports", json::serialize(json::object{{"scope", plan.scope}}), {{"Content-Type", "application/json"}}});
  json::error_code unreadable;
  const json::value body = json::parse(response.body, unreadable);
  if (response.status == 0) return "no answer to POST /v1/imports: " + response.body;
  const json::object* answer = unreadable ? nullptr : body.if_object();
  if (!is_accepted(response.status) || answer == nullptr)
    return "POST /v1/imports was answered with " + std::to_string(response.status) + (answer == nullptr ? "" : ": " + text_at(*answer, "detail"));
  plan.import_id = parse_uuid(text_at(*answer, "id")).value_or(Uuid{});
  if (const json::value* run = answer->if_contains("run"); run != nullptr && run->is_int64()) plan.run = static_cast<int>(run->get_int64());
  return {};
}

std::string learn_run(Door& door, Plan& plan) {
  for (plan.run = 1; plan.run < most_import_runs; ++plan.run) {
    const std::string path = "/v1/imports/" + to_string(import_run_id(plan.scope, plan.run));
    const ApiResponse shown = door.send({"GET", path, "", {}});
    if (shown.status == 404) break;   // not begun yet
    const auto answer = read_answer(path, shown);
    if (const auto* trouble = std::get_if<std::string>(&answer)) return *trouble;
    const json::object* import = std::get<json::value>(answer).if_object();
    if (import == nullptr || !is_true_at(*import, "is_undone")) break;
  }
  return {};
}

ImportReport report_of(const Plan& plan, const PlannedImport& planned) {
  ImportReport report;
  report.scope = plan.scope;
  report.import_id = plan.import_id;
  report.dry_run = true;
  report.rows = planned.rows;
  report.faults = planned.faults;
  report.more_faults = planned.more_faults;
  for (const PlannedPhase& phase : planned.phases)
    for (const PlannedChain& chain : phase.chains) counts_of(report, phase.name).planned += chain.commands.size();
  return report;
}

ImportReport run_planned(const Plan& plan, const PlannedImport& planned, Door& door, const ImportSettings& settings) {
  ImportReport report = report_of(plan, planned);
  if (settings.dry_run) {
    Foretelling(plan, planned, door, settings, report).run();
    return report;
  }
  report.dry_run = false;
  const auto started = std::chrono::steady_clock::now();
  std::set<Uuid> failed;
  for (const PlannedPhase& phase : planned.phases) {
    PhaseRun run(plan, phase, door, settings, failed, counts_of(report, phase.name), report.faults);
    const bool goes_on = run.run();
    failed.insert(run.failed_here().begin(), run.failed_here().end());
    report.ended_by = run.ended_by();
    if (!goes_on) break;
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return report;
}

std::string to_json(const ImportReport& report, std::size_t max_faults) {
  const auto counts = [](const ImportCounts& c) {
    return json::object{{"planned", c.planned}, {"done", c.done}, {"unchanged", c.unchanged}, {"failed", c.failed}};
  };
  json::object phases;
  for (const auto& [name, count] : report.phases) phases[name] = counts(count);
  json::array errors;
  for (const RowFault& fault : report.faults) {
    if (errors.size() == max_faults) break;
    errors.push_back(json::object{{"file", fault.file}, {"row", fault.row}, {"column", fault.column},
                                  {"code", fault.code}, {"message", fault.message}});
  }
  json::object whole{{"scope", report.scope}, {"import_id", report.import_id.is_nil() ? json::value() : json::value(to_string(report.import_id))},
                     {"dry_run", report.dry_run}, {"ok", report.ok()}, {"rows", report.rows},
                     {"total", counts(report.total())}, {"phases", std::move(phases)},
                     {"error_count", report.fault_count()}, {"errors", std::move(errors)},
                     {"milliseconds", static_cast<std::int64_t>(report.seconds * 1000)}};
  return json::serialize(whole);
}

std::string to_text(const ImportReport& report, std::size_t max_faults) {
  std::string text;
  for (std::size_t i = 0; i < report.faults.size() && i < max_faults; ++i) {
    const RowFault& fault = report.faults[i];
    text += fault.file.empty() ? "plan" : fault.file;
    if (fault.row != 0) text += ":" + std::to_string(fault.row);
    if (!fault.column.empty()) text += ": " + fault.column;
    text += ": " + fault.message + " [" + fault.code + "]\n";
  }
  if (const std::size_t told = std::min(report.faults.size(), max_faults); report.fault_count() > told)
    text += "... and " + std::to_string(report.fault_count() - told) + " more faults\n";
  if (report.more_faults > 0)
    text += "Of the rows of a file that cannot be read the first " + std::to_string(most_csv_errors) + " are told, " +
            std::to_string(report.more_faults) + " more are only counted.\n";
  text += std::to_string(report.rows) + " rows read\n";
  for (const auto& [name, counts] : report.phases) {
    text += "  " + name + ": " + std::to_string(counts.planned) + (report.dry_run ? " to send" : "");
    if (report.dry_run) {
      text += counts.failed == 0 ? "\n" : ", " + std::to_string(counts.failed) + " of them would be refused\n";
      continue;
    }
    text += " sent, " + std::to_string(counts.done) + " done, " + std::to_string(counts.unchanged) + " were there already";
    if (counts.failed != 0) text += ", " + std::to_string(counts.failed) + " FAILED";
    text += "\n";
  }
  if (report.dry_run) text += "A dry run: nothing was changed.\n";
  else if (!report.import_id.is_nil()) text += "All of it is taken back with POST /v1/undo {\"import_id\": \"" + to_string(report.import_id) + "\"}\n";
  return text;
}

}  // namespace dealog::tools
