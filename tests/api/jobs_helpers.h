#pragma once
// What tests of jobs share: forms with plans, and waiting for a job's end without looking at a clock.

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/server.h"
#include "tests/support/watcher.h"

namespace dealog::test {

using FormParts = std::vector<std::pair<std::string, std::string>>;   // name, content

inline Answer upload_plan(const Api& api, const FormParts& parts, Headers headers = {}, const std::string& boundary = "b") {
  std::string form;
  for (const auto& [name, content] : parts)
    form += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n";
  headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
  return api.send("POST", "/v1/imports", form + "--" + boundary + "--", headers);
}

// Follows the job of a 202 to its end, and shows it.
inline Answer finished(const test::Server& server, const Api& api, const Answer& begun) {
  INFO(begun.status << " " << begun.body);
  REQUIRE(begun.status == 202);
  Watcher watcher(server, api, begun.header("Location"));
  json::value last;
  while (const auto next = watcher.message()) last = next->second;
  CHECK(watcher.client.ended_properly());
  Answer shown = api.get(begun.header("Location"));
  CHECK(shown.json == last);
  return shown;
}

}  // namespace dealog::test
