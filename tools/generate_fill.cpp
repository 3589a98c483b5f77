#include "tools/generate_fill.h"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <variant>

#include "domain/fields.h"
#include "domain/model.h"
#include "domain/new_account.h"
#include "tools/generate_random.h"

namespace dealog::tools {

namespace {

constexpr std::uint64_t fresh_stream = 1000;
constexpr std::size_t fresh_count = 8;

Context context_for(const Story& story, const Step& step, std::uint64_t number) {
  Context context;
  context.actor = step.actor;
  context.now = step.at;
  context.is_import = false;
  context.fresh_ids.resize(fresh_count);
  for (std::size_t i = 0; i < fresh_count; ++i) context.fresh_ids[i] = Random::id(story.seed, fresh_stream, number * fresh_count + i);
  return context;
}

std::string in_words(const Refusal& refusal) {
  std::string words(name(refusal.code));
  for (const Fault& fault : refusal.faults) words.append("; ").append(fault.pointer).append(": ").append(fault.message);
  return words;
}

std::string about(const ObjectRef& object, std::uint64_t number) {
  return "command " + std::to_string(number) + ", " + std::string(name(object.kind)) + " " + to_string(object.id);
}

class Folder {
 public:
  Folder(const Story& story, const std::function<void(const fb::Record&, const Fields*)>& each) : story_(story), each_(each) {}

  void take(const Step& step) {
    const Context context = context_for(story_, step, ++filled_.commands);
    const Decision decision = model_.decide(context, step.command);
    if (!decision) {
      if (++filled_.refused == 1) filled_.first_refusal = about(target(step.command), filled_.commands) + ": " + in_words(decision.error());
      return;
    }
    const Position first = filled_.position + 1;
    for (const NewEvent& event : decision->events) record(context, event, first);
  }

  // The account and its administrator, whom nobody but the system can make.
  void begin(Instant at) {
    const NewAccount wishes{.id = story_.account, .name = "Story", .slug = "story", .currency = "PLN", .time_zone = "Europe/Warsaw",
                            .administrator_name = "Administrator", .administrator_email = "admin@example.com", .token_hash = {}};
    const auto events = create_account_events(wishes);
    if (!events) throw std::logic_error("the story's account was refused: " + in_words(events.error()));
    Context system;
    system.now = at;
    for (const NewEvent& event : *events) record(system, event, 1);
  }

  const Filled& filled() const { return filled_; }

 private:
  void record(const Context& context, const NewEvent& event, Position first) {
    const Envelope envelope{.position = ++filled_.position, .object = event.object, .version = model_.version_of(event.object) + 1,
                            .recorded_at = context.now, .effective_at = event.effective_at.value_or(context.now), .actor = context.actor,
                            .performer = context.performed_by, .token = {}, .command = first,
                            .cause = event.cause ? first + *event.cause : 0};
    bytes_.clear();
    filled_.bytes += encode_into(bytes_, envelope, event.event, nullptr);
    ++filled_.events;
    model_.apply(envelope, event.event, event.personal);
    each_(*trusted_record(bytes_), event.personal.empty() ? nullptr : &event.personal);
  }

  const Story& story_;
  const std::function<void(const fb::Record&, const Fields*)>& each_;
  Model model_;
  Bytes bytes_;
  Filled filled_;
};

// Counts what is under way; the story waits while it is too much.
class Flow {
 public:
  explicit Flow(std::uint64_t ahead) : ahead_(ahead) {}

  void start() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ < ahead_; });
    ++under_way_;
  }
  void finish(const eventstore::Outcome& outcome, const ObjectRef& object, std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    --under_way_;
    ++filled_.commands;
    if (const auto* accepted = std::get_if<eventstore::Accepted>(&outcome)) {
      filled_.position = std::max(filled_.position, accepted->position);
    } else if (++filled_.refused == 1) {
      const auto* refusal = std::get_if<Refusal>(&outcome);
      filled_.first_refusal = about(object, number) + ": " +
                              (refusal != nullptr ? in_words(*refusal) : "trouble " + std::to_string(static_cast<int>(std::get<eventstore::Trouble>(outcome))));
    }
    changed_.notify_all();
  }
  Filled wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
    return filled_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t ahead_, under_way_ = 0;
  Filled filled_;
};

}  // namespace

Filled fold(const Story& story, const std::function<void(const fb::Record&, const Fields* personal)>& each) {
  Folder folder(story, each);
  folder.begin({story.from.ms - 2 * 86'400'000});
  tell(story, [&](Step&& step) { folder.take(step); });
  return folder.filled();
}

Filled fill(eventstore::Writer& writer, const Story& story, const std::function<void(std::uint64_t)>& progress, std::uint64_t ahead) {
  Flow flow(ahead);
  const std::uint64_t events_before = writer.stats().events;
  std::uint64_t number = 0;
  tell(story, [&](Step&& step) {
    flow.start();
    eventstore::Submission submission;
    submission.context = context_for(story, step, ++number);
    submission.bulk = true;
    submission.done = [&flow, object = target(step.command), number](eventstore::Outcome&& outcome) { flow.finish(outcome, object, number); };
    submission.command = std::move(step.command);
    writer.submit(std::move(submission));
    if (progress && number % 10'000 == 0) progress(number);
  });
  Filled filled = flow.wait_for_all();
  filled.events = writer.stats().events - events_before;
  return filled;
}

}  // namespace dealog::tools
