// dealog verify --bundle: checks a proof of one object's history without server or log, and says in plain words what
// holds (SPEC AUD-3).

#include <cstdio>
#include <stdexcept>

#include "api/bundle_json.h"
#include "api/encode.h"
#include "domain/codec.h"
#include "domain/events_generated.h"
#include "tools/commands.h"
#include "tools/files.h"

namespace dealog::tools {
namespace {

using eventstore::Bundle;
using eventstore::BundleVerdict;

// As it was given: the key itself, or a file with it.
eventstore::VerifierKey key_of(const std::string& given) {
  std::string text = given;
  if (!eventstore::parse_verifier_key(text)) text = file_text(given);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const auto key = eventstore::parse_verifier_key(text);
  if (!key) throw std::invalid_argument(given + " is neither a verifier key (NAME+HASH+KEY) nor a file with one");
  return *key;
}

void write_event(api::JsonWriter& out, const eventstore::ProvenRecord& proven) {
  out.object().field("position", proven.position);
  const Bytes bytes = proven.bytes;
  if (const fb::Record* record = read_record(bytes)) {
    const Envelope around = envelope(*record);
    out.field("object_version", around.version).field("type", event_type(*record)).field("recorded_at", around.recorded_at);
    out.field("effective_at", around.effective_at).field("actor", around.actor).field("command_id", around.command);
  }
  out.end();
}

void say_json(const Bundle& bundle, const BundleVerdict& verdict) {
  api::JsonWriter out;
  out.object().field("ok", verdict.wrong.empty()).key("object").object().field("kind", name(bundle.object.kind)).field("id", bundle.object.id).end();
  out.field("unaltered", verdict.unaltered).field("complete", verdict.complete).field("complete_up_to", bundle.up_to);
  out.field("same_log", verdict.same_log).field("checkpoint_size", verdict.checkpoint.size).field("origin", verdict.checkpoint.origin);
  out.field("personal_parts", verdict.sealed).field("opened", verdict.opened);
  out.key("events").array();
  for (const auto& record : bundle.records) write_event(out, record);
  out.end().key("faults").array();
  for (const std::string& each : verdict.wrong) out.value(each);
  out.end().end();
  std::printf("%s\n", out.text().c_str());
}

void say(const Bundle& bundle, const BundleVerdict& verdict) {
  std::printf("The history of %s %s, %zu events, against the checkpoint of %llu records of %s:\n", std::string(name(bundle.object.kind)).c_str(),
              to_string(bundle.object.id).c_str(), verdict.events, static_cast<unsigned long long>(verdict.checkpoint.size),
              verdict.checkpoint.origin.empty() ? "nobody known" : verdict.checkpoint.origin.c_str());
  std::printf("  unaltered:    %s\n", verdict.unaltered ? "yes: every event is in the log, as it is shown" : "NO");
  if (verdict.complete) std::printf("  complete:     yes, up to position %llu\n", static_cast<unsigned long long>(bundle.up_to));
  else std::printf("  complete:     NO\n");
  if (!verdict.same_log) std::printf("  the same log: not asked; give a checkpoint that you kept (--checkpoint)\n");
  else if (*verdict.same_log) std::printf("  the same log: yes: it contains the %llu records that the earlier checkpoint promised\n", static_cast<unsigned long long>(verdict.earlier->size));
  else std::printf("  the same log: NO\n");
  if (verdict.sealed > 0) std::printf("  personal parts: %zu, of which %zu could be opened\n", verdict.sealed, verdict.opened);
  for (const std::string& each : verdict.wrong) std::printf("WRONG: %s\n", each.c_str());
}

}  // namespace

int run_verify_bundle(const VerifyOptions& options) {
  try {
    if (options.key.empty()) throw std::invalid_argument("--bundle needs --key: the account's verifier key, as you were given it");
    const eventstore::VerifierKey key = key_of(options.key);
    std::optional<std::string> earlier;
    if (!options.checkpoint.empty()) earlier = file_text(options.checkpoint);
    std::string why;
    const auto bundle = api::parse_bundle(file_text(options.bundle), why);
    if (!bundle) throw std::runtime_error(options.bundle.string() + " is no proof: " + why);
    const BundleVerdict verdict = eventstore::check_bundle(*bundle, key, earlier);
    if (options.json) say_json(*bundle, verdict);
    else say(*bundle, verdict);
    return verdict.wrong.empty() ? exit_ok : exit_damaged;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "dealog: %s\n", error.what());
    return exit_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dealog: %s\n", error.what());
    return exit_failed;
  }
}

}  // namespace dealog::tools
