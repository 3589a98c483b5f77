#pragma once
// XLSX, written row by row by libxlsxwriter: memory does not grow with it, for what is written stands in unnamed files in the
// system's folder for temporary ones (TMPDIR), which are gone with the last who holds them.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/sheet.h"
#include "domain/calendar.h"

namespace dealog::api {

// There is no room for temporary files.
struct NoRoom : std::runtime_error { using std::runtime_error::runtime_error; };

// A file without a name.
class UnnamedFile {
 public:
  UnnamedFile();   // throws NoRoom
  ~UnnamedFile();
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;

  // By which it can be opened anew, by this process.
  std::string path() const;
  std::uint64_t size() const;
  // Up to so many bytes from there; fewer only at the end.
  std::string read(std::uint64_t from, std::size_t bytes) const;

 private:
  int fd_;
};

// One sheet of rows under a header that stays in sight, and a second, "About".
class Xlsx {
 public:
  static constexpr std::size_t most_rows = 1'048'575;    // what a sheet holds, beside the header
  static constexpr std::size_t most_characters = 32'767; // what a cell holds: longer text is cut there, and ends with "…"

  // Instants are shown as the calendar's clocks show them.
  Xlsx(const std::string& sheet, const std::vector<SheetColumn>& columns, Calendar calendar);
  ~Xlsx();
  Xlsx(const Xlsx&) = delete;
  Xlsx& operator=(const Xlsx&) = delete;

  // REQUIRES: fewer than most_rows were added.
  void add(const SheetRow& row);
  std::size_t rows() const;

  // The whole file; nothing can be added any more. Throws NoRoom.
  std::shared_ptr<const UnnamedFile> finish(const About& about);

 private:
  struct Book;
  std::unique_ptr<Book> book_;
};

}  // namespace dealog::api
