#include "api/answer.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "api/header_value.h"
#include "api/problem.h"

namespace dealog::api {
namespace {

constexpr std::size_t worth_compressing = 1024;

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
  out.append(digits, end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value)
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
  out += "\r\n";
}

bool is_compressible(std::string_view content_type) {
  return content_type.starts_with("application/json") || content_type.starts_with("application/problem+json") ||
         content_type.starts_with("text/html") || content_type.starts_with("text/csv") ||
         content_type.starts_with("text/plain");
}

// One compressor per thread: making one clears 256 KiB.
struct Compressor {
  z_stream stream{};
  bool good = false;

  Compressor() { good = deflateInit2(&stream, 3, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK; }
  ~Compressor() { if (good) deflateEnd(&stream); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
};

}  // namespace

bool accepts_gzip(std::string_view header) {
  while (!header.empty()) {
    std::string_view parameters = next_part(header, ',');
    const std::string_view coding = next_part(parameters, ';');
    if (coding == "gzip" || coding == "*") return quality(parameters) > 0;
  }
  return false;
}

std::string gzip(std::string_view body) {
  thread_local Compressor compressor;
  if (!compressor.good || body.size() > 0x7FFFFFFF) return {};
  z_stream& stream = compressor.stream;
  deflateReset(&stream);
  std::string packed(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return {};
  packed.resize(stream.total_out);
  return packed;
}

void append_response(std::string& out, Response& response, const Sending& sending) {
  const bool has_body = response.status != 204 && response.status != 304;
  const bool is_streamed = response.producer != nullptr && has_body;
  bool is_packed = false;
  if (has_body && !is_streamed && sending.compress && response.body.size() > worth_compressing &&
      is_compressible(response.content_type) && response.header("Content-Encoding").empty()) {
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (accepts_gzip(sending.accept_encoding)) {
      if (std::string packed = gzip(response.body); !packed.empty()) {
        response.body = std::move(packed);
        is_packed = true;
      }
    }
  }

  out += sending.version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  if (has_body && !response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
  if (is_packed) out += "Content-Encoding: gzip\r\n";
  if (is_streamed && !response.length) {
    if (sending.version != 10) out += "Transfer-Encoding: chunked\r\n";
  } else if (has_body) {
    out += "Content-Length: ";
    append_number(out, is_streamed ? *response.length : response.body.size());
    out += "\r\n";
  }
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  append_header(out, "X-Request-Id", sending.request_id);
  out += "X-Content-Type-Options: nosniff\r\nDate: ";
  out += sending.date;
  if (!sending.keep_alive) out += "\r\nConnection: close\r\n\r\n";
  else if (sending.version == 10) out += "\r\nConnection: keep-alive\r\n\r\n";
  else out += "\r\n\r\n";

  if (!has_body || sending.is_head) return;
  if (is_streamed && !response.length) append_chunk(out, response.body, sending.version);
  else out += response.body;
}

void append_chunk(std::string& out, std::string_view piece, unsigned version) {
  if (piece.empty()) return;  // an empty chunk would end the body
  if (version == 10) {
    out += piece;
    return;
  }
  append_number(out, piece.size(), 16);
  ((out += "\r\n") += piece) += "\r\n";
}

void append_last_chunk(std::string& out, unsigned version) {
  if (version != 10) out += "0\r\n\r\n";
}

std::string http_date(Instant now) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(now.ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss in_day(std::chrono::floor<std::chrono::seconds>(time - day));
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", days[std::chrono::weekday(day).c_encoding()],
                static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(date.year()), static_cast<int>(in_day.hours().count()),
                static_cast<int>(in_day.minutes().count()), static_cast<int>(in_day.seconds().count()));
  return text;
}

}  // namespace dealog::api
