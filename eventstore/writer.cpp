#include "eventstore/writer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "eventstore/erasure.h"
#include "eventstore/seal.h"

namespace dealog::eventstore {
namespace {

// A log whose newest record lies this far ahead of our clock was written under another clock: going on would
// stamp everything with that future moment (recorded_at never goes back).
constexpr std::int64_t most_clock_lead_ms = 24 * 3600 * 1000;

constexpr Hash16 no_key{};

struct KeyHash {
  std::size_t operator()(const Hash16& key) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, key.data(), sizeof first);  // keyed hashes are uniform already
    return first;
  }
};

}  // namespace

struct Writer::Impl {
  EventLog& log;
  Keyring& keys;
  Config config;

  // The queue. Guarded by queue_mutex.
  mutable std::mutex queue_mutex;
  std::condition_variable idle;
  std::deque<Submission> interactive, bulk;
  bool draining = false, closing = false;

  // The model. Changed by the draining thread alone, under the unique lock; others look under the shared one.
  mutable std::shared_mutex model_mutex;
  Model model;
  Head head;
  Instant last_recorded;

  bool erased_late = false;
  std::atomic<bool> reserve{false}, has_failed{false};
  std::atomic<std::uint64_t> commits{0}, events{0}, commands{0}, refused{0}, people_epoch{0}, set_up_position{0};

  Impl(EventLog& the_log, Keyring& the_keys, Config the_config)
      : log(the_log), keys(the_keys), config(std::move(the_config)) {}

  // One drain's work in progress.
  struct Event_ {
    Envelope envelope;
    Event event;
    Fields personal;
  };
  struct Answer {
    Submission submission;
    Outcome outcome;
  };
  struct Batch {
    std::vector<Event_> events;
    std::vector<CommandEntry> entries;
    std::vector<Answer> answers;
    std::unordered_map<Hash16, std::size_t, KeyHash> by_key;  // into entries
  };

  void drain();
  std::vector<Submission> take();
  // What one command asks for, alone or together with others.
  struct Wish {
    const Command& command;
    Context& context;
    const Hash16 &key, &request;
  };
  void decide(Batch& batch, Submission&& submission, Instant now);
  void decide_together(Batch& batch, Submission&& submission, Instant now);
  Outcome decide_one(Batch& batch, const Wish& wish, Instant now);
  Outcome try_out(const Batch& batch, const Wish& wish, Instant now);
  Outcome accept(Batch& batch, const Wish& wish, Decided&& decided, Instant now);
  std::optional<Outcome> repeat(const Batch& batch, const Wish& wish) const;
  static std::size_t bytes_of(const Batch& batch, std::size_t from);
  std::shared_ptr<Committed> encode(const Batch& batch);
  void commit(Batch& batch);
  void destroy_keys(const Batch& batch);
};

std::vector<Submission> Writer::Impl::take() {
  std::vector<Submission> taken;
  const std::lock_guard lock(queue_mutex);
  const std::size_t most = config.batch_events;  // drain ends a commit earlier when its events fill it
  auto move_from = [&](std::deque<Submission>& queue) {
    while (!queue.empty() && taken.size() < most) {
      taken.push_back(std::move(queue.front()));
      queue.pop_front();
    }
  };
  move_from(interactive);
  move_from(bulk);
  if (taken.empty()) {
    draining = false;
    idle.notify_all();
  }
  return taken;
}

void Writer::Impl::drain() {
  for (;;) {
    std::vector<Submission> taken = take();
    if (taken.empty()) return;
    for (std::size_t next = 0; next < taken.size();) {
      Batch batch;
      batch.answers.reserve(taken.size() - next);
      {
        const std::unique_lock lock(model_mutex);
        const Instant now{std::max(last_recorded.ms, config.clock().ms)};
        while (next < taken.size() && batch.events.size() < config.batch_events) {
          // What is done together has a commit of its own.
          if (taken[next].together && !taken[next].together->dry_run && !batch.events.empty()) break;
          Submission& submission = taken[next++];
          if (has_failed)
            batch.answers.push_back({std::move(submission), Trouble::failed});
          else if (reserve)
            batch.answers.push_back({std::move(submission), Trouble::reserve});
          else
            decide(batch, std::move(submission), now);
        }
      }
      commit(batch);
      for (Answer& answer : batch.answers) answer.submission.done(std::move(answer.outcome));
    }
  }
}

// Is it a repetition of an accepted command? Then the answer is that of the first time.
std::optional<Outcome> Writer::Impl::repeat(const Batch& batch, const Wish& wish) const {
  if (wish.key == no_key) return std::nullopt;
  std::optional<CommandEntry> before;
  if (const auto pending = batch.by_key.find(wish.key); pending != batch.by_key.end())
    before = batch.entries[pending->second];
  else
    before = log.find_command(wish.key);
  if (!before) return std::nullopt;

  if (before->request != wish.request) return Trouble::key_reused;
  if (!wish.context.actor.is_nil() && !model.may_see(wish.context.actor, before->object)) return refusal(Code::not_found);
  return Accepted{.object = before->object,
                  .version = before->version,
                  .position = head.position + batch.events.size(),
                  .command = before->first_position,
                  .created = before->outcome == 1,
                  .replayed = true};
}

void Writer::Impl::decide(Batch& batch, Submission&& submission, Instant now) {
  if (submission.together) return decide_together(batch, std::move(submission), now);
  const Wish wish{submission.command, submission.context, submission.key, submission.request};
  Outcome outcome = submission.dry_run ? try_out(batch, wish, now) : decide_one(batch, wish, now);
  batch.answers.push_back({std::move(submission), std::move(outcome)});
}

// What would come of it; nothing does.
Outcome Writer::Impl::try_out(const Batch& batch, const Wish& wish, Instant now) {
  ++commands;
  wish.context.now = now;
  Decision decision = model.decide(wish.context, wish.command);
  if (!decision) {
    ++refused;
    return std::move(decision.error());
  }
  Accepted accepted{.object = decision->object, .version = model.version_of(decision->object), .position = head.position + batch.events.size()};
  accepted.preview = std::make_shared<const Decided>(std::move(*decision));
  return accepted;
}

Outcome Writer::Impl::decide_one(Batch& batch, const Wish& wish, Instant now) {
  ++commands;
  if (std::optional<Outcome> earlier = repeat(batch, wish)) return std::move(*earlier);
  wish.context.now = now;
  Decision decision = model.decide(wish.context, wish.command);
  if (!decision) {
    ++refused;
    return std::move(decision.error());
  }
  return accept(batch, wish, std::move(*decision), now);
}

// How much of a commit its events from the given one on are, without their seals.
std::size_t Writer::Impl::bytes_of(const Batch& batch, std::size_t from) {
  Bytes bytes;
  for (std::size_t i = from; i < batch.events.size(); ++i) {
    const Event_& event = batch.events[i];
    encode_into(bytes, event.envelope, event.event, nullptr);
    if (!event.personal.empty()) bytes.resize(bytes.size() + encode_personal(event.personal).size());
  }
  return bytes.size();
}

void Writer::Impl::decide_together(Batch& batch, Submission&& submission, Instant now) {
  Together& together = *submission.together;
  const auto is_other = [&](const auto& expected) { return model.version_of(expected.first) != expected.second; };
  if (std::ranges::any_of(together.expected, is_other)) {
    batch.answers.push_back({std::move(submission), refusal(Code::version_mismatch)});
    return;
  }
  const std::size_t events_before = batch.events.size(), entries_before = batch.entries.size();
  const Position set_up_before = set_up_position;
  Outcome whole = Trouble::closed;   // of no parts
  bool all = true;
  model.begin_trial();
  for (Together::Part& part : together.parts) {
    const std::size_t first = batch.events.size();
    const Wish wish{part.command, part.context, part.key, part.request};
    Outcome outcome = part.dry_run ? try_out(batch, wish, now) : decide_one(batch, wish, now);
    all = all && !part.dry_run && std::holds_alternative<Accepted>(outcome);
    if (together.came.empty()) whole = outcome;
    Together::Came& came = together.came.emplace_back(Together::Came{std::move(outcome), {}});
    for (std::size_t i = first; i < batch.events.size(); ++i) {
      const Event_& event = batch.events[i];
      came.events.push_back({.object = event.envelope.object, .event = event.event, .personal = event.personal,
                             .effective_at = event.envelope.effective_at});
    }
  }
  const bool fits = batch.events.size() - events_before <= config.batch_events && bytes_of(batch, events_before) <= config.together_bytes;
  if (all && fits && !together.dry_run) {
    model.keep();
  } else {
    model.take_back();
    batch.events.resize(events_before);
    std::erase_if(batch.by_key, [&](const auto& entry) { return entry.second >= entries_before; });
    batch.entries.resize(entries_before);
    set_up_position = set_up_before;
    const bool is_reused = std::holds_alternative<Trouble>(whole);   // the key
    if (!all && !together.dry_run && !is_reused) whole = refusal(Code::bulk_refused);
    if (!fits && all) whole = refusal(Code::bulk_too_large);
  }
  batch.answers.push_back({std::move(submission), std::move(whole)});
}

Outcome Writer::Impl::accept(Batch& batch, const Wish& wish, Decided&& decided, Instant now) {
  const Context& context = wish.context;
  const Position batch_begun = context.batch.is_nil() ? 0 : model.batch_begun(context.batch);
  const Position first = head.position + batch.events.size() + 1;
  const std::size_t offset = batch.events.size();
  Position rules = set_up_position;
  for (NewEvent& wanted : decided.events) {
    Envelope envelope;
    envelope.position = head.position + batch.events.size() + 1;
    envelope.object = wanted.object;
    envelope.version = model.version_of(wanted.object) + 1;
    envelope.recorded_at = now;
    envelope.effective_at = wanted.effective_at.value_or(now);
    envelope.actor = context.actor;
    if (context.performed_by != context.actor) envelope.performer = context.performed_by;
    envelope.token = context.token;
    envelope.command = first;
    envelope.batch = batch_begun;
    if (wanted.cause) envelope.cause = batch.events[offset + *wanted.cause].envelope.position;
    model.apply(envelope, wanted.event, wanted.personal);
    if ((wanted.object.kind == Kind::user || wanted.object.kind == Kind::token) && !is_private_affair(wanted.event)) ++people_epoch;
    if (is_rule_for_many(wanted.object.kind, wanted.event)) {
      set_up_position = envelope.position;
      // A word shows in others, not in itself: whoever deletes one need not wait until all others are without it.
      if (deletion_of(wanted.object.kind) != Deletion::strips) rules = envelope.position;
    }
    batch.events.push_back({envelope, std::move(wanted.event), std::move(wanted.personal)});
  }

  Accepted accepted{.object = decided.object,
                    .version = model.version_of(decided.object),
                    .position = head.position + batch.events.size(),
                    .command = decided.events.empty() ? 0 : first,
                    .created = decided.created,
                    .rules = rules};
  if (wish.key != no_key || !decided.events.empty()) {
    if (wish.key != no_key) batch.by_key.emplace(wish.key, batch.entries.size());
    batch.entries.push_back({.key = wish.key,
                             .request = wish.request,
                             .outcome = static_cast<std::uint16_t>(decided.created          ? 1
                                                                   : decided.events.empty() ? 2
                                                                                            : 0),
                             .object = decided.object,
                             .version = accepted.version,
                             .first_position = accepted.command,
                             .events = static_cast<std::uint32_t>(decided.events.size())});
  }
  return accepted;
}

std::shared_ptr<Committed> Writer::Impl::encode(const Batch& batch) {
  auto committed = std::make_shared<Committed>();
  std::vector<ObjectRef> subjects;
  for (const Event_& event : batch.events)
    if (!event.personal.empty()) subjects.push_back(event.envelope.object);
  // Keys are on the disk before anything that only they can open.
  if (!subjects.empty()) keys.ensure(subjects);

  std::vector<std::size_t> sizes;
  sizes.reserve(batch.events.size());
  committed->storage.reserve(batch.events.size() * 256);
  for (const Event_& event : batch.events) {
    if (event.personal.empty()) {
      sizes.push_back(encode_into(committed->storage, event.envelope, event.event, nullptr));
    } else {
      const Bytes plaintext = encode_personal(event.personal);
      const Sealed sealed = keys.seal(event.envelope.object, event.envelope.position, plaintext);
      sizes.push_back(encode_into(committed->storage, event.envelope, event.event, &sealed));
    }
  }
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    committed->records.push_back(BytesView(committed->storage).subspan(at, size));
    at += size;
  }
  committed->first = head.position + 1;
  committed->last = head.position + batch.events.size();
  return committed;
}

// What the commit says is erased. Before anybody is told of the commit; and before the next one, so that only the newest
// can be found unfinished at an opening. When it fails, the writer fails.
void Writer::Impl::destroy_keys(const Batch& batch) {
  std::vector<ObjectRef> subjects;
  for (const Event_& event : batch.events)
    if (const auto* erased = std::get_if<event::SubjectErased>(&event.event))
      subjects.insert(subjects.end(), erased->subjects.begin(), erased->subjects.end());
  if (!subjects.empty()) keys.erase(subjects);
}

void Writer::Impl::commit(Batch& batch) {
  if (batch.events.empty() && batch.entries.empty()) return;
  try {
    std::shared_ptr<Committed> committed = encode(batch);
    const auto appended = log.append(head, {committed->records, std::move(batch.entries)});
    if (const auto* conflict = std::get_if<Conflict>(&appended))
      throw StorageError("another process appended to this log: it stands at position " +
                         std::to_string(conflict->actual.position) + ", not " + std::to_string(head.position));
    head = std::get<Head>(appended);
    if (!batch.events.empty()) last_recorded = batch.events.back().envelope.recorded_at;
    destroy_keys(batch);
    ++commits;
    events += batch.events.size();
    if (!committed->records.empty() && config.published) config.published(std::move(committed));
  } catch (const StorageError& error) {
    has_failed = true;
    spdlog::critical("the log takes no more commands until a restart: {}", error.what());
    // What was refused in this batch may have been refused because of what is now unknown.
    for (Answer& answer : batch.answers) answer.outcome = Trouble::outcome_unknown;
  }
}

Writer::Writer(EventLog& log, Keyring& keys, Config config,
               const std::function<void(const StoredRecord&, const Fields*)>& each)
    : impl_(std::make_unique<Impl>(log, keys, std::move(config))) {
  impl_->head = log.head();
  log.read(0, impl_->head.position, [&](const StoredRecord& stored) {
    const Envelope around = envelope(stored.record);
    std::optional<Fields> personal;
    const bool wanted = each || Model::needs_personal(around.object.kind);
    if (wanted)
      if (const auto plaintext = keys.open(stored.record)) personal = decode_personal(*plaintext);
    const Event event = event_of(stored.record);
    impl_->model.apply(around, event, personal ? *personal : Fields{});
    if (wanted && is_sealed(stored.record) && !personal) impl_->model.forget(around.object);
    if (const auto* erased = std::get_if<event::SubjectErased>(&event); erased && keys.erase(erased->subjects) != 0) impl_->erased_late = true;
    if (each) each(stored, personal ? &*personal : nullptr);
    if (is_rule_for_many(around.object.kind, event)) impl_->set_up_position = around.position;
    impl_->last_recorded = around.recorded_at;
    return true;
  });
  const Instant now = impl_->config.clock();
  if (impl_->last_recorded.ms > now.ms + most_clock_lead_ms)
    throw StorageError("the newest event was recorded at " + to_string(impl_->last_recorded) +
                       ", far ahead of this machine's clock (" + to_string(now) + "): set the clock first");
}

Writer::~Writer() = default;

void Writer::submit(Submission&& submission) {
  Impl& impl = *impl_;
  std::optional<Trouble> trouble;
  bool start = false;
  {
    const std::lock_guard lock(impl.queue_mutex);
    if (impl.closing) {
      trouble = Trouble::closed;
    } else if (impl.interactive.size() + impl.bulk.size() >= impl.config.queue_limit) {
      trouble = Trouble::overloaded;
    } else {
      (submission.bulk ? impl.bulk : impl.interactive).push_back(std::move(submission));
      start = !std::exchange(impl.draining, true);
    }
  }
  if (trouble) return submission.done(*trouble);
  if (start) impl.config.post([&impl] { impl.drain(); });
}

void Writer::close() {
  std::unique_lock lock(impl_->queue_mutex);
  impl_->closing = true;
  impl_->idle.wait(lock, [&] { return !impl_->draining; });
}

std::optional<Model::Principal> Writer::principal_by_token(std::string_view hash_hex) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.principal_by_token(hash_hex);
}

std::uint64_t Writer::people_epoch() const { return impl_->people_epoch.load(std::memory_order_acquire); }

Position Writer::set_up_position() const { return impl_->set_up_position.load(std::memory_order_acquire); }

std::optional<Uuid> Writer::user_by_email(std::string_view email) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.user_by_email(email);
}

std::string Writer::password_of(const Uuid& user) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.password_of(user);
}

std::vector<Uuid> Writer::subjects_of(ObjectRef object) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.subjects_of(object);
}

bool Writer::erased_late() const { return impl_->erased_late; }

bool Writer::may_see(const Uuid& user, ObjectRef object) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.may_see(user, object);
}

std::optional<Model::BatchEvents> Writer::batch(const Uuid& id) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.batch(id);
}

std::optional<Model::BatchEvents> Writer::batch_at(Position begun) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.batch_at(begun);
}

Position Writer::last_command_of(const Uuid& user) const {
  const std::shared_lock lock(impl_->model_mutex);
  return impl_->model.last_command_of(user);
}

Writer::Stats Writer::stats() const {
  std::size_t queued = 0;
  {
    const std::lock_guard lock(impl_->queue_mutex);
    queued = impl_->interactive.size() + impl_->bulk.size();
  }
  return {impl_->commits, impl_->events, impl_->commands, impl_->refused, queued};
}

std::optional<std::string> Writer::failed() const {
  if (const auto reason = impl_->log.failed()) return reason;
  if (impl_->has_failed) return "an append failed";
  return std::nullopt;
}

void Writer::set_reserve(bool on) { impl_->reserve = on; }

}  // namespace dealog::eventstore
