// What the log says about itself: heads and signing keys (SPEC AUD-3).

#include "domain/audit.h"

#include <sodium.h>

#include "tests/support/scenario.h"

using namespace dealog;
using namespace dealog::test;
using namespace dealog::command;

namespace {

std::array<std::uint8_t, 32> filled(std::uint8_t byte) {
  std::array<std::uint8_t, 32> all;
  all.fill(byte);
  return all;
}

Step heads(Position up_to) { return Step(CommitHeads{account, up_to, filled(1)}).by(nobody); }

// A key made from a seed of one byte, over and over.
struct TestKey {
  std::array<std::uint8_t, 32> open{};
  std::array<std::uint8_t, 64> secret{};
  explicit TestKey(std::uint8_t byte) { crypto_sign_ed25519_seed_keypair(open.data(), secret.data(), filled(byte).data()); }
};

ChangeSigningKey change(const TestKey& from, const TestKey& to, std::string origin = "dealog.example/test") {
  ChangeSigningKey wanted{account, {.origin = std::move(origin), .previous = from.open, .next = to.open, .signature = {}}};
  const std::string text = key_change_text(wanted.change);
  wanted.change.signature.resize(64);
  crypto_sign_ed25519_detached(wanted.change.signature.data(), nullptr, reinterpret_cast<const unsigned char*>(text.data()), text.size(), from.secret.data());
  return wanted;
}

const ObjectRef the_account{Kind::account, account};

}  // namespace

TEST_CASE("heads are committed by the system, of what has happened and was not committed yet", "[domain][audit][AUD-3]") {
  CHECK(given().when(heads(5)) == then(on(the_account, event::HeadsCommitted{5, filled(1)})));
  CHECK(given().when(heads(5).by(administrator)) == refused(Code::forbidden));
  CHECK(given(heads(5)).when(heads(5)) == then());
  CHECK(given(heads(5)).when(heads(4)) == then());
  CHECK(given(heads(5)).when(heads(6)) == then(on(the_account, event::HeadsCommitted{6, filled(1)})));
  CHECK(given().when(heads(1'000'000)) == refused(Code::out_of_range, "/up_to"));
}

TEST_CASE("a signing key is followed by the one that it has signed", "[domain][audit][AUD-3]") {
  const TestKey first(1), second(2), third(3);
  const ChangeSigningKey good = change(first, second);
  CHECK(is_signed(good.change));
  CHECK(given().when(good) == then(on(the_account, good.change)));
  CHECK(given().when(Step(good).by(manager)) == refused(Code::forbidden));
  CHECK(given().when(Step(good).by(auditor)) == refused(Code::forbidden));
  CHECK(given(good).when(change(second, third)) == then(on(the_account, change(second, third).change)));

  ChangeSigningKey forged = good;
  forged.change.next = third.open;
  CHECK(given().when(forged) == refused(Code::invalid, "/signature"));
  forged = good;
  forged.change.signature.pop_back();
  CHECK(given().when(forged) == refused(Code::invalid, "/signature"));
  CHECK(given(good).when(change(first, third)) == refused(Code::invalid, "/previous"));
  CHECK(given(good).when(change(second, third, "elsewhere.example/test")) == refused(Code::invalid, "/origin"));
  CHECK(given().when(change(first, first)) == refused(Code::invalid, "/next"));
  CHECK(given().when(change(first, second, "")) == refused(Code::required, "/origin"));
}
