// Who asks: bearer tokens, and the rights of the route.

#include <boost/asio/awaitable.hpp>
#include <sodium.h>

#include <algorithm>
#include <unordered_map>

#include "api/app.h"
#include "api/execute.h"
#include "api/logging.h"
#include "api/problem.h"
#include "api/scopes.h"
#include "eventstore/sha256.h"

namespace dealog::api {
namespace {

constexpr std::string_view token_prefix = "dlg_";
constexpr std::size_t secret_length = 43;   // 32 bytes in base64url without padding

// What a thread remembers of tokens it has seen, so that a request costs no hash and no lock. True while the
// account's people_epoch stands still.
struct Remembered {
  std::weak_ptr<Account> account;
  std::uint64_t epoch = 0;
  Model::Principal principal;
};
constexpr std::size_t most_remembered = 4096;

std::unordered_map<std::string, Remembered>& remembered() {
  thread_local std::unordered_map<std::string, Remembered> tokens;
  return tokens;
}

Response unauthenticated() {
  return problem(Problem::unauthenticated, "Send \"Authorization: Bearer <token>\" with a token that is valid.");
}

// What follows "Bearer " (schemes are compared without case); empty when there is none.
std::string bearer_token(std::string_view header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() <= scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((header[i] | 0x20) != (scheme[i] | 0x20)) return {};
  return std::string(header.substr(scheme.size()));
}

bool is_command(const Route& route) { return route.shape == Shape::command; }

}  // namespace

std::optional<TokenText> parse_token(std::string_view token) {
  if (!token.starts_with(token_prefix) || token.size() > 256) return std::nullopt;
  const std::string_view rest = token.substr(token_prefix.size());
  if (rest.size() < secret_length + 2) return std::nullopt;
  const std::size_t slug_length = rest.size() - secret_length - 1;
  if (rest[slug_length] != '_') return std::nullopt;
  return TokenText{std::string(rest.substr(0, slug_length)), token_hash(token)};
}

std::string token_hash(std::string_view token) {
  return eventstore::hex(eventstore::sha256({BytesView(reinterpret_cast<const std::uint8_t*>(token.data()), token.size())}));
}

std::string make_token(std::string_view account) {
  std::array<std::uint8_t, 32> secret;
  randombytes_buf(secret.data(), secret.size());
  std::string text(sodium_base64_encoded_len(secret.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), secret.data(), secret.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.resize(secret_length);
  return std::string(token_prefix) + std::string(account) + "_" + text;
}

asio::awaitable<std::optional<Response>> App::admit(Call& call) {
  const std::string token = bearer_token(call.request.header("Authorization"));
  if (token.empty()) co_return unauthenticated();

  std::shared_ptr<Account> account;
  std::optional<Model::Principal> known;
  auto& cache = remembered();
  if (const auto seen = cache.find(token); seen != cache.end()) {
    account = seen->second.account.lock();
    if (account && account->writer().people_epoch() == seen->second.epoch) known = seen->second.principal;
  }
  if (!known) {
    const auto text = parse_token(token);
    if (!text) co_return unauthenticated();
    account = open_account(text->account);
    if (!account) {
      std::function<Response()> open = [this, &account, &text] {
        // Whether an account is damaged, held or not there is nobody's business who holds no token of it.
        try {
          account = this->account(text->account);
        } catch (const std::exception& error) {
          log(LogLevel::error, "an account does not open", {{"account", text->account}, {"error", std::string_view(error.what())}});
        }
        return Response{};
      };
      asio::awaitable<Response> opening = on_pool(call, std::move(open));
      co_await std::move(opening);
    }
    if (!account) co_return unauthenticated();
    const std::uint64_t epoch = account->writer().people_epoch();
    known = account->writer().principal_by_token(text->hash);
    if (!known) co_return unauthenticated();
    if (cache.size() >= most_remembered) cache.clear();
    cache[token] = Remembered{account, epoch, *known};
  }

  if (known->is_suspended || (known->expires_at && *known->expires_at <= now())) co_return unauthenticated();
  if (!call.route.rights.allow(known->role))
    co_return problem(Problem::forbidden, "The role " + std::string(name(known->role)) + " may not do this.");
  if (known->read_only && is_command(call.route)) co_return problem(Problem::forbidden, "This token may only read.");
  if (!known->scopes.empty() && std::ranges::find(known->scopes, scope_of(call.route)) == known->scopes.end())
    co_return problem(Problem::forbidden, "This token is not for the scope " + std::string(scope_of(call.route)) + ".");
  call.principal = std::make_shared<Principal>(Principal{account, known->user, known->token, known->role, known->read_only});
  if (call.route.streams) {
    call.principal->hash = token_hash(token);
    call.principal->expires_at = known->expires_at;
  }
  if (!call.route.access.empty() && known->role == Role::auditor) {
    // Before the answer, so that nothing is read without a trace: a log that cannot be written refuses (503).
    std::function<Response()> keep = [this, &call] {
      const Principal& who = *call.principal;
      who.account->access_log().append({.at = now(), .user = who.user, .token = who.token, .action = call.route.access,
                                        .detail = std::string(call.request.target)});
      return Response{};
    };
    asio::awaitable<Response> kept = on_pool(call, std::move(keep));
    co_await std::move(kept);
  }
  co_return std::nullopt;
}

bool App::still_admits(Principal& principal) const {
  if (principal.hash.empty()) return true;
  if (principal.expires_at && *principal.expires_at <= now()) return false;
  eventstore::Writer& writer = principal.account->writer();
  const std::uint64_t epoch = writer.people_epoch();
  if (epoch == principal.epoch) return true;
  const auto known = writer.principal_by_token(principal.hash);
  if (!known || known->is_suspended) return false;
  principal.role = known->role;
  principal.epoch = epoch;
  return true;
}

}  // namespace dealog::api
