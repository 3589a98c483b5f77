#include "domain/text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace dealog {

namespace {

// ICU owns and keeps them; its data is part of the library, so a failure is a broken installation.
const icu::Normalizer2& instance(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = get(error);
  if (U_FAILURE(error) || normalizer == nullptr) std::abort();
  return *normalizer;
}
const icu::Normalizer2& casefolder() {
  static const icu::Normalizer2& normalizer = instance(&icu::Normalizer2::getNFKCCasefoldInstance);
  return normalizer;
}
const icu::Normalizer2& decomposer() {
  static const icu::Normalizer2& normalizer = instance(&icu::Normalizer2::getNFKDInstance);
  return normalizer;
}
const icu::Normalizer2& composer() {
  static const icu::Normalizer2& normalizer = instance(&icu::Normalizer2::getNFKCInstance);
  return normalizer;
}

constexpr bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80;
}

std::string normalised_ascii(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool gap = false;
  for (const char c : text) {
    if (is_ascii_space(c)) {
      gap = true;
      continue;
    }
    if (gap && !result.empty()) result += ' ';
    gap = false;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return result;
}

icu::UnicodeString from_utf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

icu::UnicodeString run(const icu::Normalizer2& normalizer, const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString result = normalizer.normalize(text, error);
  if (U_FAILURE(error)) throw std::bad_alloc();  // The only way for it to fail.
  return result;
}

icu::UnicodeString collapsed(const icu::UnicodeString& text) {
  icu::UnicodeString result;
  bool gap = false;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_isUWhiteSpace(c)) {
      gap = true;
      continue;
    }
    if (gap && !result.isEmpty()) result.append(static_cast<UChar32>(' '));
    gap = false;
    result.append(c);
  }
  return result;
}

// NFKC_Casefold also drops what cannot be seen (zero-width joiners, soft hyphens): two names that look the
// same are the same.
icu::UnicodeString folded(std::string_view text) {
  return run(casefolder(), collapsed(run(casefolder(), from_utf8(text))));
}

// Letters with a stroke or a hook are letters of their own to Unicode, though people leave the stroke out.
UChar32 plain_letter(UChar32 c) {
  switch (c) {
    case 0x0142: return 'l';  // ł
    case 0x00F8: return 'o';  // ø
    case 0x0111: return 'd';  // đ
    case 0x0127: return 'h';  // ħ
    case 0x0167: return 't';  // ŧ
    case 0x0131: return 'i';  // ı
    default: return c;
  }
}

std::string to_utf8(const icu::UnicodeString& text) {
  std::string result;
  text.toUTF8String(result);
  return result;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t lead = bytes[i++];
    if (lead < 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4) return false;
    const std::size_t more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (text.size() - i < more) return false;
    // The second byte is where overlong forms, surrogates and what is above U+10FFFF show.
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (bytes[i] < low || bytes[i] > high) return false;
    for (std::size_t k = 1; k < more; ++k) {
      if ((bytes[i + k] & 0xC0) != 0x80) return false;
    }
    i += more;
  }
  return true;
}

std::string normalised(std::string_view text) {
  if (is_ascii(text)) return normalised_ascii(text);
  return to_utf8(folded(text));
}

std::string fold_for_search(std::string_view text) {
  if (is_ascii(text)) return normalised_ascii(text);
  const icu::UnicodeString decomposed = run(decomposer(), folded(text));
  icu::UnicodeString bare;
  for (std::int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
    const UChar32 c = decomposed.char32At(i);
    if (u_charType(c) != U_NON_SPACING_MARK) bare.append(plain_letter(c));
  }
  return to_utf8(collapsed(run(composer(), bare)));  // A lone mark may have stood between two spaces.
}

}  // namespace dealog
