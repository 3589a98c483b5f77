#include "api/xlsx.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>

namespace dealog::api {
namespace {

constexpr std::int64_t excel_epoch = 25'569;   // 1970-01-01, counted from 1899-12-30
constexpr std::int64_t first_sound_serial = 61;  // before 1 March 1900 spreadsheets do not agree
constexpr double ms_per_day = 86'400'000;

std::string folder() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::temp_directory_path(error);
  if (error) throw NoRoom("there is no folder for temporary files");
  return path.string();
}

// At most so many UTF-16 units, as spreadsheets count, and nothing that XML cannot hold.
std::string cell_text(const std::string& text) {
  std::string made;
  made.reserve(text.size());
  std::size_t units = 0, cut = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) {
      if (units == Xlsx::most_characters - 1) cut = made.size();
      units += byte >= 0xF0 ? 2 : 1;
      if (units > Xlsx::most_characters) {
        made.resize(cut);
        return made + "…";
      }
    }
    made += byte < 0x20 && c != '\t' && c != '\n' && c != '\r' ? ' ' : c;
    if (made.ends_with("\xEF\xBF\xBE") || made.ends_with("\xEF\xBF\xBF")) made.back() = '\xBD';   // U+FFFE, U+FFFF: U+FFFD
  }
  return made;
}

}  // namespace

UnnamedFile::UnnamedFile() {
  std::string name = folder() + "/dealog-XXXXXX";
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) throw NoRoom("no file can be made in " + folder());
  ::unlink(name.c_str());
}

UnnamedFile::~UnnamedFile() { ::close(fd_); }

std::string UnnamedFile::path() const { return "/proc/self/fd/" + std::to_string(fd_); }

std::uint64_t UnnamedFile::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw std::runtime_error("a temporary file cannot be read");
  return static_cast<std::uint64_t>(status.st_size);
}

std::string UnnamedFile::read(std::uint64_t from, std::size_t bytes) const {
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t more = ::pread(fd_, text.data() + got, bytes - got, static_cast<off_t>(from + got));
    if (more < 0) throw std::runtime_error("a temporary file cannot be read");
    if (more == 0) break;
    got += static_cast<std::size_t>(more);
  }
  text.resize(got);
  return text;
}

struct Xlsx::Book {
  explicit Book(Calendar zone) : calendar(std::move(zone)) {}
  ~Book() {
    if (workbook != nullptr) lxw_workbook_free(workbook);
  }

  lxw_format* money(std::size_t decimals) {
    lxw_format*& format = amounts[std::min(decimals, amounts.size() - 1)];
    if (format == nullptr) {
      format = workbook_add_format(workbook);
      const std::string shown = decimals == 0 ? "#,##0" : "#,##0." + std::string(std::min(decimals, amounts.size() - 1), '0');
      format_set_num_format(format, shown.c_str());
    }
    return format;
  }

  void write(lxw_row_t row, lxw_col_t column, const SheetCell& cell) {
    switch (cell.type) {
      case CellType::empty: return;
      case CellType::text: break;
      case CellType::boolean: worksheet_write_boolean(sheet, row, column, cell.text == "true", nullptr); return;
      case CellType::number: case CellType::money: {
        double number = 0;
        const auto [end, error] = std::from_chars(cell.text.data(), cell.text.data() + cell.text.size(), number);
        if (error != std::errc() || end != cell.text.data() + cell.text.size()) break;
        const std::size_t point = cell.text.find('.');
        lxw_format* format = cell.type == CellType::number ? nullptr : money(point == std::string::npos ? 0 : cell.text.size() - point - 1);
        worksheet_write_number(sheet, row, column, number, format);
        return;
      }
      case CellType::day: {
        const auto shown = parse_day(cell.text);
        if (!shown || shown->days + excel_epoch < first_sound_serial) break;
        worksheet_write_number(sheet, row, column, static_cast<double>(shown->days + excel_epoch), day);
        return;
      }
      case CellType::instant: {
        const auto shown = parse_instant(cell.text);
        if (!shown) break;
        const std::int64_t serial = calendar.day_of(*shown).days + excel_epoch;
        if (serial < first_sound_serial) break;
        const double part_of_day = static_cast<double>(calendar.time_of_day(*shown)) / ms_per_day;
        worksheet_write_number(sheet, row, column, static_cast<double>(serial) + part_of_day, instant);
        return;
      }
    }
    // A string is never read as a formula.
    worksheet_write_string(sheet, row, column, cell_text(cell.text).c_str(), nullptr);
  }

  Calendar calendar;
  std::shared_ptr<UnnamedFile> file = std::make_shared<UnnamedFile>();
  lxw_workbook* workbook = nullptr;
  lxw_worksheet* sheet = nullptr;
  lxw_format *bold = nullptr, *day = nullptr, *instant = nullptr;
  std::array<lxw_format*, 5> amounts{};
  std::size_t rows = 0, columns = 0;
};

Xlsx::Xlsx(const std::string& sheet, const std::vector<SheetColumn>& columns, Calendar calendar)
    : book_(std::make_unique<Book>(std::move(calendar))) {
  std::string scratch = folder();
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = scratch.data();
  book_->workbook = workbook_new_opt(book_->file->path().c_str(), &options);
  if (book_->workbook == nullptr) throw NoRoom("no file can be made in " + scratch);
  const auto with_format = [&](const char* format) {
    lxw_format* made = workbook_add_format(book_->workbook);
    format_set_num_format(made, format);
    return made;
  };
  book_->bold = workbook_add_format(book_->workbook);
  format_set_bold(book_->bold);
  book_->day = with_format("yyyy-mm-dd");
  book_->instant = with_format("yyyy-mm-dd hh:mm:ss");
  book_->sheet = workbook_add_worksheet(book_->workbook, sheet.c_str());
  if (book_->sheet == nullptr || book_->sheet->optimize_tmpfile == nullptr) throw NoRoom("no file can be made in " + scratch);
  book_->columns = columns.size();
  worksheet_freeze_panes(book_->sheet, 1, 0);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const CellType type = columns[i].type;
    const double width = type == CellType::instant ? 19 : type == CellType::text || type == CellType::empty ? 24 : 13;
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(book_->sheet, column, column, std::max(width, static_cast<double>(columns[i].name.size() + 2)), nullptr);
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    worksheet_write_string(book_->sheet, 0, static_cast<lxw_col_t>(i), cell_text(columns[i].name).c_str(), book_->bold);
}

Xlsx::~Xlsx() = default;

std::size_t Xlsx::rows() const { return book_->rows; }

void Xlsx::add(const SheetRow& row) {
  ++book_->rows;
  for (std::size_t i = 0; i < row.size(); ++i) book_->write(static_cast<lxw_row_t>(book_->rows), static_cast<lxw_col_t>(i), row[i]);
  if (std::ferror(book_->sheet->optimize_tmpfile) != 0) throw NoRoom("the folder for temporary files is full");
}

std::shared_ptr<const UnnamedFile> Xlsx::finish(const About& about) {
  const auto last_row = static_cast<lxw_row_t>(book_->rows);
  if (book_->columns != 0) worksheet_autofilter(book_->sheet, 0, 0, last_row, static_cast<lxw_col_t>(book_->columns - 1));
  lxw_worksheet* second = workbook_add_worksheet(book_->workbook, "About");
  if (second == nullptr || second->optimize_tmpfile == nullptr) throw NoRoom("no file can be made in " + folder());
  worksheet_set_column(second, 0, 0, 24, book_->bold);
  worksheet_set_column(second, 1, 1, 80, nullptr);
  for (std::size_t i = 0; i < about.size(); ++i) {
    worksheet_write_string(second, static_cast<lxw_row_t>(i), 0, cell_text(about[i].first).c_str(), book_->bold);
    worksheet_write_string(second, static_cast<lxw_row_t>(i), 1, cell_text(about[i].second).c_str(), nullptr);
  }
  // The library copies the sheet once more and does not say when that fails: so there must be room before.
  std::FILE* written = book_->sheet->optimize_tmpfile;
  struct statvfs disk {};
  constexpr std::uint64_t slack = 16u << 20;
  const bool is_sound = std::fflush(written) == 0 && std::ferror(written) == 0 && ::statvfs(folder().c_str(), &disk) == 0;
  const auto bytes = static_cast<std::uint64_t>(std::max(0L, std::ftell(written)));
  if (!is_sound || std::uint64_t{disk.f_bavail} * disk.f_frsize < 2 * bytes + slack) throw NoRoom("the folder for temporary files is full");
  const lxw_error closed = workbook_close(std::exchange(book_->workbook, nullptr));
  if (closed != LXW_NO_ERROR) throw NoRoom(std::string("the workbook cannot be written: ") + lxw_strerror(closed));
  return book_->file;
}

}  // namespace dealog::api
