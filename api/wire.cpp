#include "api/wire.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstring>
#include <optional>
#include <string>

namespace dealog::api {

namespace http = boost::beast::http;

namespace {

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::get;
    case http::verb::head: return Method::head;
    case http::verb::post: return Method::post;
    case http::verb::put: return Method::put;
    case http::verb::patch: return Method::patch;
    case http::verb::delete_: return Method::delete_;
    case http::verb::options: return Method::options;
    default: return Method::other;
  }
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Problem problem_of(const boost::beast::error_code& error) {
  if (error == http::error::body_limit) return Problem::payload_too_large;
  if (error == http::error::header_limit) return Problem::headers_too_large;
  if (error == http::error::bad_version) return Problem::http_version;
  return Problem::bad_request;
}

}  // namespace

struct RequestReader::Parser {
  using Beast = http::request_parser<http::string_body>;

  std::size_t header_bytes, hard_body_bytes;
  std::string buffer;            // bytes [begin, end) are not parsed yet
  std::size_t begin = 0, end = 0;
  std::optional<Beast> beast;
  bool header_seen = false;      // the caller has been told of the header
  bool done = false;             // the request was given out
  bool ended = false;            // failed
  Problem why = Problem::bad_request;
  Request request;

  State fail(Problem problem) {
    why = problem;
    ended = true;
    return State::failed;
  }

  void start() {
    beast.emplace();
    beast->header_limit(static_cast<std::uint32_t>(header_bytes));
    beast->body_limit(hard_body_bytes);
    header_seen = done = false;
  }

  // What Beast lets pass. False: bad.
  bool header_is_sound() {
    const auto& message = beast->get();
    const unsigned version = message.version();
    std::size_t hosts = 0, lengths = 0, encodings = 0;
    request.headers.clear();
    for (const auto& field : message) {
      if (field.name() == http::field::host) ++hosts;
      if (field.name() == http::field::content_length) ++lengths;
      if (field.name() == http::field::transfer_encoding) ++encodings;
      request.headers.emplace_back(view(field.name_string()), view(field.value()));
    }
    if (hosts > 1 || (version == 11 && hosts == 0)) return false;
    if (lengths > 1 || encodings > 1 || (lengths > 0 && encodings > 0)) return false;
    if (encodings > 0 && (!beast->chunked() || version == 10)) return false;

    request.method = method_of(message.method());
    request.target = view(message.target());
    std::string_view rest = request.target;
    if (rest.starts_with("http://") || rest.starts_with("https://")) {  // the form for proxies
      rest.remove_prefix(rest.find("//") + 2);
      const std::size_t slash = rest.find('/');
      if (slash == std::string_view::npos) return false;
      rest.remove_prefix(slash);
    }
    const std::size_t question = rest.find('?');
    request.path = rest.substr(0, question);
    request.query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
    request.parameters.clear();
    return request.path.starts_with('/') || (rest == "*" && request.method == Method::options);
  }
};

RequestReader::RequestReader(std::size_t header_bytes, std::size_t hard_body_bytes) : parser_(std::make_unique<Parser>()) {
  parser_->header_bytes = header_bytes;
  parser_->hard_body_bytes = hard_body_bytes;
  parser_->start();
}
RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;

std::span<char> RequestReader::space(std::size_t least) {
  Parser& p = *parser_;
  if (p.begin == p.end) {
    p.begin = p.end = 0;
  } else if (p.begin > 0 && p.buffer.size() - p.end < least) {
    std::memmove(p.buffer.data(), p.buffer.data() + p.begin, p.end - p.begin);
    p.end -= p.begin;
    p.begin = 0;
  }
  // A header that is not complete stays in the buffer, so it grows to the header's limit and no further.
  if (p.buffer.size() - p.end < least) p.buffer.resize(p.end + least);
  return {p.buffer.data() + p.end, p.buffer.size() - p.end};
}

void RequestReader::received(std::size_t bytes) { parser_->end += bytes; }

RequestReader::State RequestReader::next() {
  Parser& p = *parser_;
  if (p.ended) return State::failed;
  if (p.done) p.start();
  while (true) {
    if (p.beast->is_done()) {
      p.request.body = p.beast->get().body();
      p.done = true;
      return State::complete;
    }
    if (p.begin == p.end) return State::need_more;

    boost::beast::error_code error;
    p.beast->eager(p.header_seen);  // the header alone first
    const boost::asio::const_buffer bytes(p.buffer.data() + p.begin, p.end - p.begin);
    p.begin += p.beast->put(bytes, error);
    if (error && error != http::error::need_more) return p.fail(problem_of(error));
    if (!p.header_seen && p.beast->is_header_done()) {
      p.header_seen = true;
      const unsigned version = p.beast->get().version();
      if (version != 10 && version != 11) return p.fail(Problem::http_version);
      if (!p.header_is_sound()) return p.fail(Problem::bad_request);
      if (!p.beast->is_done()) return State::header;
      continue;
    }
    if (error) return State::need_more;
  }
}

void RequestReader::limit_body(std::size_t bytes) {
  Parser& p = *parser_;
  const auto announced = p.beast->content_length();
  if (announced && *announced > bytes) {
    p.fail(Problem::payload_too_large);
    return;
  }
  p.beast->body_limit(bytes);
}

std::optional<std::uint64_t> RequestReader::announced() const {
  const auto length = parser_->beast->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool RequestReader::begun() const { return !parser_->done && (parser_->header_seen || parser_->begin != parser_->end); }
bool RequestReader::in_body() const { return parser_->header_seen && !parser_->done; }

bool RequestReader::expects_continue() const {
  return version() == 11 && boost::beast::iequals(parser_->beast->get()[http::field::expect], "100-continue");
}

bool RequestReader::has_unread() const { return parser_->begin != parser_->end; }
bool RequestReader::ended() const { return parser_->ended; }
bool RequestReader::keep_alive() const { return !parser_->ended && parser_->beast->get().keep_alive(); }
unsigned RequestReader::version() const { return parser_->header_seen ? parser_->beast->get().version() : 11; }
Request& RequestReader::request() { return parser_->request; }
Problem RequestReader::problem() const { return parser_->why; }

}  // namespace dealog::api
