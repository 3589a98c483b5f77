#include "eventstore/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace dealog::eventstore {

namespace {

const EVP_MD* fetched() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  return algorithm.get();
}

struct Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> handle{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

[[noreturn]] void broken() { throw std::runtime_error("OpenSSL cannot compute SHA-256"); }

}  // namespace

Hash32 sha256(std::initializer_list<BytesView> parts) {
  thread_local Context context;
  EVP_MD_CTX* handle = context.handle.get();
  if (EVP_DigestInit_ex2(handle, fetched(), nullptr) != 1) broken();
  for (const BytesView part : parts) {
    if (EVP_DigestUpdate(handle, part.data(), part.size()) != 1) broken();
  }
  Hash32 hash;
  if (EVP_DigestFinal_ex(handle, hash.data(), nullptr) != 1) broken();
  return hash;
}

Hash16 checksum16(std::initializer_list<BytesView> parts) {
  const Hash32 whole = sha256(parts);
  Hash16 first;
  std::copy_n(whole.begin(), first.size(), first.begin());
  return first;
}

std::string hex(BytesView bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace dealog::eventstore
