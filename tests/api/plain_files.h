#pragma once
// Uploaded files in the plain model [SPEC ACT-4]. Which of them notes may carry, and where those come to hang: plain_rules.h.

#include "tests/api/plain_papers.h"

namespace dealog::test::plain {

class Files : public Papers {
 public:
  // The same upload under its id is the same file.
  Verdict create_file(const Id& user, Ms now, const Id& id, const File& wish) {
    if (auto no = may_sell(user)) return *no;
    if (const auto held = files.find(id); held != files.end()) {
      if (held->second.is_erased) return {409, {"/id erased"}};
      return sees(user, held->second) && is_same(held->second, wish) ? Verdict{} : Verdict{409, {"/id id_taken"}};
    }
    Faults faults;
    check_links(faults, user, wish.links);
    if (faults.any()) return faults.verdict();
    File& file = files[id];
    file = wish;
    born(file, user, now);
    return {201, {}};
  }

  // What who downloads it is told: 200 and the bytes, or why not.
  Verdict download(const Id& user, const Id& id) const {
    const auto file = files.find(id);
    if (file == files.end() || !sees(user, file->second)) return {404, {}};
    if (file->second.is_deleted) return {409, {" object_deleted"}};
    if (file->second.is_erased) return {409, {" erased"}};
    return {};
  }

 private:
  // What is not said may be anything: the file may have come to hang somewhere since.
  static bool is_same(const File& held, const File& wish) {
    const auto agrees = [](const Id& mine, const Id& said) { return said.empty() || mine == said; };
    return held.name == wish.name && held.content == wish.content && agrees(held.links.deal, wish.links.deal) && agrees(held.links.lead, wish.links.lead) &&
           agrees(held.links.company, wish.links.company) && agrees(held.links.person, wish.links.person) && agrees(held.links.space, wish.links.space);
  }
};

}  // namespace dealog::test::plain
