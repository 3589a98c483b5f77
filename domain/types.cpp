#include "domain/types.h"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>

#include "domain/days.h"

namespace dealog {

namespace {

// The two digits of every byte, one after another.
constexpr std::array<char, 512> hex_pairs = [] {
  std::array<char, 512> pairs{};
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t byte = 0; byte < 256; ++byte) {
    pairs[2 * byte] = digits[byte >> 4];
    pairs[2 * byte + 1] = digits[byte & 15];
  }
  return pairs;
}();

constexpr std::uint8_t no_digit = 0xFF;
constexpr std::array<std::uint8_t, 256> hex_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::uint8_t digit = 0; digit < 10; ++digit) values[static_cast<std::size_t>('0' + digit)] = digit;
  for (std::uint8_t letter = 0; letter < 6; ++letter) {
    values[static_cast<std::size_t>('a' + letter)] = static_cast<std::uint8_t>(10 + letter);
    values[static_cast<std::size_t>('A' + letter)] = static_cast<std::uint8_t>(10 + letter);
  }
  return values;
}();

// Where the two digits of each byte stand in 8-4-4-4-12.
constexpr std::array<std::uint8_t, 16> uuid_places = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
constexpr std::array<std::uint8_t, 4> uuid_dashes = {8, 13, 18, 23};
constexpr std::size_t uuid_length = 36;

struct KindNames {
  Kind kind;
  std::string_view name;
  std::string_view plural;
};
constexpr KindNames kind_names[] = {
    {Kind::none, "none", "none"},
    {Kind::account, "account", "accounts"},
    {Kind::user, "user", "users"},
    {Kind::team, "team", "teams"},
    {Kind::token, "token", "tokens"},
    {Kind::source, "source", "sources"},
    {Kind::close_reason, "close_reason", "close-reasons"},
    {Kind::company, "company", "companies"},
    {Kind::person, "person", "persons"},
    {Kind::process, "process", "processes"},
    {Kind::deal, "deal", "deals"},
    {Kind::task, "task", "tasks"},
    {Kind::note, "note", "notes"},
    {Kind::email, "email", "emails"},
    {Kind::contact_group, "contact_group", "contact-groups"},
    {Kind::deal_group, "deal_group", "deal-groups"},
    {Kind::tag, "tag", "tags"},
    {Kind::task_type, "task_type", "task-types"},
    {Kind::product, "product", "products"},
    {Kind::product_category, "product_category", "product-categories"},
    {Kind::cost_category, "cost_category", "cost-categories"},
    {Kind::exchange_rate, "exchange_rate", "exchange-rates"},
    {Kind::custom_field, "custom_field", "custom-fields"},
    {Kind::saved_filter, "saved_filter", "saved-filters"},
    {Kind::space, "space", "spaces"},
    {Kind::file, "file", "files"},
    {Kind::scorecard, "scorecard", "scorecards"},
    {Kind::batch, "batch", "batches"},
    {Kind::lead, "lead", "leads"},
    {Kind::lead_stage, "lead_stage", "lead-stages"},
    {Kind::series, "series", "series"},
};
static_assert(std::size(kind_names) == std::size(all_kinds) + 1, "every kind has its names");

// Place in kind_names by number; 0, which is none, for the gaps between them.
constexpr std::array<std::uint8_t, 256> kind_places = [] {
  std::array<std::uint8_t, 256> places{};
  for (std::size_t i = 0; i < std::size(kind_names); ++i) places[static_cast<std::size_t>(kind_names[i].kind)] = static_cast<std::uint8_t>(i);
  return places;
}();

const KindNames& names_of(Kind kind) { return kind_names[kind_places[static_cast<std::size_t>(kind)]]; }

static_assert(day_from(1970, 1, 1).days == 0 && civil(earliest_day).year == 1);

void put(char* at, int value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

void put_date(char* at, Day day) {
  const Civil on = civil(day);
  put(at, on.year, 4);
  at[4] = '-';
  put(at + 5, on.month, 2);
  at[7] = '-';
  put(at + 8, on.day, 2);
}

// Takes what it wants from the front of `text`; after the first surprise it takes nothing more.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return sound_ && text_.empty(); }

  // Exactly that many digits, and a number from `low` to `high`.
  int number(std::size_t digits, int low, int high) {
    if (text_.size() < digits) return fail(low);
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = text_[i];
      if (c < '0' || c > '9') return fail(low);
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value < low || value > high ? fail(low) : value;
  }

  bool accept(char either, char other) {
    if (!sound_ || text_.empty() || (text_.front() != either && text_.front() != other)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char either, char other) {
    if (!accept(either, other)) sound_ = false;
  }
  void expect(char wanted) { expect(wanted, wanted); }

  // One to nine digits after a point; what is finer than a millisecond is cut off.
  int milliseconds() {
    std::size_t digits = 0;
    int value = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), ++digits) {
      if (digits < 3) value = value * 10 + (text_.front() - '0');
    }
    if (digits == 0 || digits > 9) return fail(0);
    for (std::size_t i = digits; i < 3; ++i) value *= 10;
    return value;
  }

  Day date() {
    const int year = number(4, 1, 9999);
    expect('-');
    const int month = number(2, 1, 12);
    expect('-');
    const int day = number(2, 1, days_in_month(year, month));
    return day_from(year, month, day);
  }

 private:
  int fail(int value) {
    sound_ = false;
    return value;
  }

  std::string_view text_;
  bool sound_ = true;
};

}  // namespace

std::string to_string(const Uuid& id) {
  std::string text(uuid_length, '-');
  for (std::size_t i = 0; i < 16; ++i) {
    std::memcpy(text.data() + uuid_places[i], hex_pairs.data() + 2 * std::size_t{id.bytes[i]}, 2);
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != uuid_length) return std::nullopt;
  for (const std::uint8_t dash : uuid_dashes) {
    if (text[dash] != '-') return std::nullopt;
  }
  Uuid id;
  unsigned wrong = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint8_t high = hex_values[static_cast<std::uint8_t>(text[uuid_places[i]])];
    const std::uint8_t low = hex_values[static_cast<std::uint8_t>(text[uuid_places[i] + 1u])];
    wrong |= static_cast<unsigned>(high | low) & 0xF0u;
    id.bytes[i] = static_cast<std::uint8_t>((high << 4) | (low & 15));
  }
  if (wrong != 0) return std::nullopt;
  return id;
}

Uuid derived_uuid(std::string_view scope, std::string_view name) {
  const auto bytes_of = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  constexpr unsigned char zero = 0;
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, bytes_of(scope), scope.size());
  crypto_hash_sha256_update(&state, &zero, 1);
  crypto_hash_sha256_update(&state, bytes_of(name), name.size());
  std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, digest.data());

  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);  // Version 8: our own recipe.
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);  // The variant of RFC 9562.
  return id;
}

bool is_known(Kind kind) { return names_of(kind).kind != Kind::none; }

std::string_view name(Kind kind) { return names_of(kind).name; }

std::string_view plural(Kind kind) { return names_of(kind).plural; }

std::optional<Kind> parse_kind(std::string_view name) {
  for (const KindNames& known : kind_names) {
    if (known.kind != Kind::none && known.name == name) return known.kind;
  }
  return std::nullopt;
}

// What lies outside the years 1 to 9999 (the ends of time do) is written as the nearest that is inside.
std::string to_string(Instant instant) {
  const std::int64_t ms = std::clamp(instant.ms, earliest_ms, latest_ms);
  std::int64_t days = ms / ms_per_day;
  if (days * ms_per_day > ms) --days;
  const auto in_day = static_cast<int>(ms - days * ms_per_day);

  std::string text = "0000-00-00T00:00:00.000Z";
  put_date(text.data(), Day{static_cast<std::int32_t>(days)});
  put(text.data() + 11, in_day / 3'600'000, 2);
  put(text.data() + 14, in_day / 60'000 % 60, 2);
  put(text.data() + 17, in_day / 1'000 % 60, 2);
  put(text.data() + 20, in_day % 1'000, 3);
  return text;
}

std::optional<Instant> parse_instant(std::string_view text) {
  Reader reader(text);
  const std::int64_t days = reader.date().days;
  reader.expect('T', 't');
  const int hour = reader.number(2, 0, 23);
  reader.expect(':');
  const int minute = reader.number(2, 0, 59);
  reader.expect(':');
  const int second = reader.number(2, 0, 59);  // A leap second has no place in milliseconds since 1970.
  const int milliseconds = reader.accept('.', '.') ? reader.milliseconds() : 0;

  std::int64_t offset_minutes = 0;
  if (!reader.accept('Z', 'z')) {
    const bool east = reader.accept('+', '+');
    if (!east) reader.expect('-');
    const int offset_hours = reader.number(2, 0, 23);
    reader.expect(':');
    const int minutes = reader.number(2, 0, 59);
    offset_minutes = std::int64_t{offset_hours} * 60 + minutes;
    if (!east) offset_minutes = -offset_minutes;
  }
  if (!reader.at_end()) return std::nullopt;

  const std::int64_t minutes = std::int64_t{hour} * 60 + minute - offset_minutes;
  const std::int64_t ms = days * ms_per_day + minutes * 60'000 + std::int64_t{second} * 1'000 + milliseconds;
  if (ms < earliest_ms || ms > latest_ms) return std::nullopt;
  return Instant{ms};
}

std::string to_string(Day day) {
  std::string text = "0000-00-00";
  put_date(text.data(), Day{std::clamp(day.days, earliest_day.days, latest_day.days)});
  return text;
}

std::optional<Day> parse_day(std::string_view text) {
  Reader reader(text);
  const Day day = reader.date();
  if (!reader.at_end()) return std::nullopt;
  return day;
}

}  // namespace dealog
