#include "api/filter_bulk.h"

#include <algorithm>
#include <set>

#include "api/app.h"
#include "api/encode.h"
#include "api/problem.h"
#include "api/run_here.h"
#include "projections/query.h"

namespace dealog::api {

namespace {

using eventstore::Outcome;
using eventstore::Submission;
using eventstore::Trouble;

constexpr std::size_t most_told_refusals = 1000;

// The n-th batch of the request. Not that of the request alone (batch_id): what is begun tells which of both it was.
Uuid batch_of(const Uuid& base, std::size_t index) { return derived_uuid("bulk-job", to_string(base) + '.' + std::to_string(index)); }

// Of the Idempotency-Key: what the keys of that batch and of its parts begin with.
std::string part_of(std::size_t index) { return "batch " + std::to_string(index) + ' '; }

struct Tally {
  std::vector<Uuid> batches;
  std::size_t accepted = 0, refused = 0, told = 0;
  JsonWriter refusals;               // an array that is open

  Tally() { refusals.array(); }

  void add(const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      if (part.response.status < 300) {
        ++accepted;
        continue;
      }
      ++refused;
      if (++told > most_told_refusals) continue;
      refusals.object().field("id", part.target).field("status", part.response.status).key("problem").raw(part.response.body).end();
    }
  }
  std::string json(bool dry_run) && {
    refusals.end();
    JsonWriter json;
    json.object().key("bulk_ids").array();
    for (const Uuid& id : batches) json.value(id);
    json.end().field("dry_run", dry_run).field("accepted", accepted).field("refused", refused).key("refusals").raw(refusals.text()).end();
    return std::move(json).text();
  }
};

struct Carrying {
  FilterBulk bulk;
  RequestKey key;
  Uuid base;                         // of the batches' ids
  std::vector<Uuid> targets;         // as found, without those of batches that were begun
  Tally tally;
  std::size_t done = 0, total = 0;
  bool is_over = false;              // the job of that request came to its end before: nothing more is done, only told

  bool records_end() const { return !bulk.dry_run && key.key != eventstore::Hash16{}; }
};

// What is begun again to say that the job came to its end.
command::BeginBatch first_batch(const Carrying& it) { return {.id = batch_of(it.base, 0), .collection = it.bulk.kind}; }

// Did the job come to its end before? What is returned: that cannot be known.
asio::awaitable<std::optional<Response>> look_back(Call& call, Carrying& it) {
  asio::awaitable<Outcome> looking = look_for_end(call, first_batch(it));
  const Outcome outcome = co_await std::move(looking);
  if (const auto* what = std::get_if<Trouble>(&outcome)) co_return problem(*what);
  const auto* refused = std::get_if<Refusal>(&outcome);
  if (refused != nullptr && refused->code == Code::not_found) co_return problem(*refused);   // it is there, but he sees it no more
  it.is_over = refused == nullptr;
  co_return std::nullopt;
}

asio::awaitable<std::optional<Response>> record_end(Call& call, const Carrying& it) {
  Submission end = beginning_of(call, first_batch(it), part_key(call, end_part));
  asio::awaitable<Outcome> submitted = submit(call.principal->account->writer(), std::move(end));
  const Outcome outcome = co_await std::move(submitted);
  if (const auto* what = std::get_if<Trouble>(&outcome)) co_return problem(*what);
  if (const auto* refused = std::get_if<Refusal>(&outcome)) co_return problem(*refused);
  co_return std::nullopt;
}

// The targets of the batches that were begun before; and the rest of what the filter finds.
asio::awaitable<Response> look(Call& call, Carrying& it, std::vector<std::vector<Uuid>>& begun) {
  Account& account = *call.principal->account;
  std::function<Response(const Question&)> find = [&](const Question& question) {
    if (!it.is_over) {
      std::uint64_t total = 0;
      Response found = find_targets(question, it.bulk, true, it.targets, total);
      if (found.status != 204) return found;
    }
    std::set<Uuid> taken;
    for (std::size_t i = 0; !it.bulk.dry_run && account.writer().batch(batch_of(it.base, i)); ++i) {
      begun.push_back(targets_of(account, batch_of(it.base, i)));
      taken.insert(begun.back().begin(), begun.back().end());
    }
    std::erase_if(it.targets, [&](const Uuid& target) { return taken.contains(target); });
    it.total = taken.size() + it.targets.size();
    return no_content();
  };
  asio::awaitable<Response> asking = ask(call, std::move(find), true);
  co_return co_await std::move(asking);
}

// One batch. A refusal is the end of all.
asio::awaitable<std::optional<Response>> run_batch(Call& call, Carrying& it, std::size_t index, const std::vector<Uuid>& targets) {
  asio::awaitable<std::optional<Response>> admitting = admit_again(call);
  std::optional<Response> refused = co_await std::move(admitting);
  if (refused) co_return refused;
  std::vector<Part> parts;
  for (const Uuid& target : targets) parts.push_back(part_for(it.bulk.pattern, target));
  for (Part& part : parts) {
    asio::awaitable<void> preparing = prepare_part(call, part);
    co_await std::move(preparing);
  }
  BatchAsked batch;
  batch.begin.id = batch_of(it.base, index);
  batch.begin.collection = it.bulk.kind;
  batch.begin.targets = targets;
  batch.part = part_of(index);
  batch.key = part_key(call, batch.part);
  const Uuid id = batch.begin.id;
  const How how = it.bulk.dry_run ? How::dry_run : How::each;
  asio::awaitable<Done> running = run_parts(call, std::move(batch), parts, how);
  Done done = co_await std::move(running);
  if (done.refused) co_return std::move(done.refused);
  if (!it.bulk.dry_run) it.tally.batches.push_back(id);
  it.tally.add(parts);
  it.done += targets.size();
  co_return std::nullopt;
}

// What the log knows of a batch of a job that is over: what was accepted. Why the rest was refused is not kept.
asio::awaitable<std::optional<Response>> retell_batch(Call& call, Carrying& it, std::size_t index, const std::vector<Uuid>& targets) {
  const eventstore::EventLog& log = call.principal->account->log();
  std::function<Response()> tell = [&] {
    std::vector<Part> parts(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const RequestKey key = part_key(call, part_of(index) + std::to_string(i));
      parts[i].target = targets[i];
      parts[i].response = log.find_command(key.key) ? no_content() : problem(refusal(Code::bulk_refused, {}, "It was refused when the job ran; why is not kept."));
    }
    it.tally.batches.push_back(batch_of(it.base, index));
    it.tally.add(parts);
    it.done += targets.size();
    return no_content();
  };
  asio::awaitable<Response> telling = on_pool(call, std::move(tell));
  co_await std::move(telling);
  co_return std::nullopt;
}

asio::awaitable<JobEnd> carry_out(Call& call, Carrying& it, JobRun& job) {
  JobEnd end;
  if (it.records_end()) {
    asio::awaitable<std::optional<Response>> asking = look_back(call, it);
    end.problem = co_await std::move(asking);
    if (end.problem) co_return end;
  }
  std::vector<std::vector<Uuid>> batches;
  asio::awaitable<Response> looking = look(call, it, batches);
  Response looked = co_await std::move(looking);
  if (looked.status != 204) {
    end.problem = std::move(looked);
    co_return end;
  }
  for (std::size_t at = 0; at < it.targets.size(); at += most_parts)
    batches.emplace_back(it.targets.begin() + static_cast<std::ptrdiff_t>(at),
                         it.targets.begin() + static_cast<std::ptrdiff_t>(std::min(at + most_parts, it.targets.size())));
  if (batches.empty() && it.records_end()) batches.emplace_back();   // that nothing was found is to be known later, too
  for (std::size_t i = 0; i < batches.size() && !end.problem; ++i) {
    job.progress(it.done, it.total);
    end.is_cut = job.ends();
    if (end.is_cut) break;
    asio::awaitable<std::optional<Response>> running = it.is_over ? retell_batch(call, it, i, batches[i]) : run_batch(call, it, i, batches[i]);
    end.problem = co_await std::move(running);
  }
  if (it.records_end() && !it.is_over && !end.problem && !end.is_cut) {
    asio::awaitable<std::optional<Response>> recording = record_end(call, it);
    end.problem = co_await std::move(recording);
  }
  job.progress(it.done, it.total);
  end.result = std::move(it.tally).json(it.bulk.dry_run);
  co_return end;
}

}  // namespace

Part part_for(const Part& pattern, const Uuid& target) {
  Part part = pattern;
  part.path.replace(part.path.find(bulk_placeholder), bulk_placeholder.size(), to_string(target));
  part.target = target;
  return part;
}

Response find_targets(const Question& question, const FilterBulk& bulk, bool all, std::vector<Uuid>& targets, std::uint64_t& total) {
  std::optional<std::string> cursor;
  do {
    // In the order of creation, in which a page begins where the last one ended.
    projections::Parameters parameters{{"limit", std::to_string(most_parts)}, {"deleted", bulk.deleted}};
    if (!bulk.filter.empty()) parameters.emplace_back("filter", bulk.filter);
    if (cursor) parameters.emplace_back("cursor", *cursor);
    else parameters.emplace_back("include", "total");   // counted once
    const auto listed = projections::list(question.world, bulk.kind, question.asked, parameters);
    if (!listed) return problem(listed.error());
    if (!cursor) total = listed->page.total.value_or(0);
    const projections::Table& table = listed->world->table(bulk.kind);
    for (const projections::Row row : listed->page.rows) targets.push_back(listed->world->id(table.self()[row]));
    cursor = listed->page.next_cursor;
  } while (all && cursor);
  return no_content();
}

std::vector<Uuid> targets_of(Account& account, const Uuid& batch) {
  const View view = account.shown({Kind::batch, batch}, UINT32_MAX).view;
  const auto* ids = std::get_if<std::vector<Uuid>>(&view[field::batch::target_ids]);
  return ids ? *ids : std::vector<Uuid>();
}

bool is_bulk_job(const Call& call, const RequestKey& key) {
  return key.key != eventstore::Hash16{} && call.principal->account->writer().batch(batch_of(job_id(call, key), 0)).has_value();
}

JobWork filter_bulk_job(const Call& call, FilterBulk bulk, const RequestKey& key) {
  auto kept = std::make_shared<KeptCall>(call);
  kept->set_header("Prefer", "return=minimal");   // nobody reads the answers of so many
  return [kept, bulk = std::move(bulk), key, base = job_id(call, key)](JobRun& job) {
    Carrying it{.bulk = bulk, .key = key, .base = base, .targets = {}, .tally = {}};
    return run_here(carry_out(kept->call(), it, job));
  };
}

}  // namespace dealog::api
