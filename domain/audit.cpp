#include "domain/audit.h"

#include <sodium/crypto_sign_ed25519.h>

namespace dealog {

std::string key_change_text(const event::SigningKeyChanged& change) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = change.origin + "\nsigning key change\n";
  for (const std::uint8_t byte : change.next) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text + "\n";
}

bool is_signed(const event::SigningKeyChanged& change) {
  const std::string text = key_change_text(change);
  return change.signature.size() == crypto_sign_ed25519_BYTES &&
         crypto_sign_ed25519_verify_detached(change.signature.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                             change.previous.data()) == 0;
}

Decision commit_heads(Deciding& deciding, const command::CommitHeads& heads) {
  const ModelState& state = deciding.state;
  const ObjectRef account{Kind::account, heads.account};
  if (!deciding.actor.is_nil()) return refusal(Code::forbidden);
  if (heads.up_to <= state.account.heads_up_to) return deciding.outcome(account);
  if (heads.up_to > state.position) deciding.faults.add(Code::out_of_range, "/up_to", "The log has not come so far.");
  else if (state.position - heads.up_to > most_heads_lag) deciding.faults.add(Code::out_of_range, "/up_to", "Too much has happened since.");
  deciding.add(account, event::HeadsCommitted{heads.up_to, heads.root});
  return deciding.outcome(account);
}

Decision change_signing_key(Deciding& deciding, const command::ChangeSigningKey& wanted) {
  const event::SigningKeyChanged& change = wanted.change;
  const auto& known = deciding.state.account.signing_key;
  const ObjectRef account{Kind::account, wanted.account};
  if (change.origin.empty()) deciding.faults.add(Code::required, "/origin");
  if (known && known->next != change.previous) deciding.faults.add(Code::invalid, "/previous", "The log names another key.");
  if (known && known->origin != change.origin) deciding.faults.add(Code::invalid, "/origin", "The log names another origin.");
  if (change.next == change.previous) deciding.faults.add(Code::invalid, "/next", "It is the same key again.");
  if (!is_signed(change)) deciding.faults.add(Code::invalid, "/signature", "The previous key has not signed this change.");
  deciding.add(account, change);
  return deciding.outcome(account);
}

void apply_audit(ModelState& state, const Event& event) {
  if (const auto* heads = std::get_if<event::HeadsCommitted>(&event)) state.account.heads_up_to = heads->up_to;
  if (const auto* changed = std::get_if<event::SigningKeyChanged>(&event)) state.account.signing_key = *changed;
}

}  // namespace dealog
