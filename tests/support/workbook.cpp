#include "tests/support/workbook.h"

#include <zlib.h>

#include <cstdint>
#include <stdexcept>

namespace dealog::test {
namespace {

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) throw std::runtime_error("the archive is cut");
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return number;
}

std::string inflated(std::string_view packed, std::size_t size, std::uint32_t sum) {
  std::string text(size, '\0');
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(size);
  if (inflateInit2(&stream, -15) != Z_OK) throw std::runtime_error("zlib");
  const int done = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (done != Z_STREAM_END || stream.total_out != size) throw std::runtime_error("a file of the archive is damaged");
  if (crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(size)) != sum) throw std::runtime_error("a check sum is wrong");
  return text;
}

// What stands between, from `at` on, which is moved behind it; nothing found: at is npos.
std::string_view between(std::string_view text, std::string_view from, std::string_view to, std::size_t& at) {
  const std::size_t begin = text.find(from, at);
  const std::size_t end = begin == std::string_view::npos ? begin : text.find(to, begin + from.size());
  at = end == std::string_view::npos ? end : end + to.size();
  return end == std::string_view::npos ? std::string_view() : text.substr(begin + from.size(), end - begin - from.size());
}

std::string attribute(std::string_view tag, std::string_view name) {
  std::size_t at = 0;
  return std::string(between(tag, " " + std::string(name) + "=\"", "\"", at));
}

std::string unescaped(std::string_view xml) {
  std::string text;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    bool is_found = false;
    for (const auto& [entity, c] : {std::pair{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}})
      if (xml.substr(i).starts_with(entity)) {
        text += c;
        i += std::string_view(entity).size() - 1;
        is_found = true;
        break;
      }
    if (!is_found) text += xml[i];
  }
  return text;
}

struct Style { std::string format; bool bold = false; };

std::vector<Style> read_styles(std::string_view xml) {
  std::map<std::string, std::string> formats;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::string_view tag = between(xml, "<numFmt ", "/>", at);
    if (at != std::string_view::npos) formats[attribute(" " + std::string(tag), "numFmtId")] = unescaped(attribute(" " + std::string(tag), "formatCode"));
  }
  formats["3"] = "#,##0";
  formats["4"] = "#,##0.00";
  std::size_t at = 0;
  const std::string_view fonts = between(xml, "<fonts", "</fonts>", at);
  std::vector<bool> bold;
  for (std::size_t font = 0; font != std::string_view::npos;) {
    const std::string_view each = between(fonts, "<font>", "</font>", font);
    if (font != std::string_view::npos) bold.push_back(each.find("<b/>") != std::string_view::npos);
  }
  at = 0;
  const std::string_view cells = between(xml, "<cellXfs", "</cellXfs>", at);
  std::vector<Style> styles;
  for (std::size_t style = 0; style != std::string_view::npos;) {
    const std::string tag = " " + std::string(between(cells, "<xf ", ">", style));
    if (style != std::string_view::npos) styles.push_back({formats[attribute(tag, "numFmtId")], bold.at(std::stoul(attribute(tag, "fontId")))});
  }
  return styles;
}

std::size_t column_of(std::string_view reference) {
  std::size_t column = 0;
  for (const char c : reference)
    if (c >= 'A') column = column * 26 + static_cast<std::size_t>(c - 'A') + 1;
  return column - 1;
}

void read_cells(WorkbookSheet& sheet, const std::vector<Style>& styles, const std::vector<std::string>& strings) {
  const std::string_view xml = sheet.xml;
  for (std::size_t at = 0;;) {
    const std::size_t begin = xml.find("<c r=\"", at);
    if (begin == std::string_view::npos) return;
    const std::size_t tag_end = xml.find('>', begin);
    const std::string tag(xml.substr(begin, tag_end - begin));
    at = tag_end + 1;
    if (tag.ends_with('/')) continue;
    const std::string_view inside = between(xml, ">", "</c>", at = tag_end);
    const std::string reference = attribute(tag, "r"), type = attribute(tag, "t"), style = attribute(tag, "s");
    const std::size_t row = std::stoul(reference.substr(reference.find_first_of("0123456789"))) - 1, column = column_of(reference);
    if (sheet.rows.size() <= row) sheet.rows.resize(row + 1);
    if (sheet.rows[row].size() <= column) sheet.rows[row].resize(column + 1);
    WorkbookCell& cell = sheet.rows[row][column];
    if (!style.empty()) cell.format = styles.at(std::stoul(style)).format, cell.bold = styles.at(std::stoul(style)).bold;
    std::size_t inner = 0;
    if (type == "inlineStr") {
      cell.type = 's';
      const std::string_view text = between(inside, "<t", "</t>", inner);
      cell.text = unescaped(text.substr(text.find('>') + 1));
    } else {
      cell.text = between(inside, "<v>", "</v>", inner);
      cell.type = type == "b" ? 'b' : type == "s" ? 's' : 'n';
      if (type == "s") cell.text = strings.at(std::stoul(cell.text));
      if (inside.find("<f>") != std::string_view::npos) cell.type = 'f';
    }
  }
}

}  // namespace

std::map<std::string, std::string> unzip(std::string_view archive) {
  const std::size_t end = archive.rfind("PK\5\6");
  if (end == std::string_view::npos) throw std::runtime_error("no archive");
  std::map<std::string, std::string> files;
  std::size_t at = number_at(archive, end + 16, 4);
  for (std::uint32_t left = number_at(archive, end + 10, 2); left > 0; --left) {
    const std::size_t name = number_at(archive, at + 28, 2), local = number_at(archive, at + 42, 4);
    const std::size_t data = local + 30 + number_at(archive, local + 26, 2) + number_at(archive, local + 28, 2);
    const std::string_view packed = archive.substr(data, number_at(archive, at + 20, 4));
    const bool is_stored = number_at(archive, at + 10, 2) == 0;
    files[std::string(archive.substr(at + 46, name))] =
        is_stored ? std::string(packed) : inflated(packed, number_at(archive, at + 24, 4), number_at(archive, at + 16, 4));
    at += 46 + name + number_at(archive, at + 30, 2) + number_at(archive, at + 32, 2);
  }
  return files;
}

std::vector<WorkbookSheet> read_workbook(std::string_view file) {
  std::map<std::string, std::string> files = unzip(file);
  const std::vector<Style> styles = read_styles(files.at("xl/styles.xml"));
  std::vector<std::string> strings;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::string_view text = between(files["xl/sharedStrings.xml"], "<t", "</t>", at);
    if (at != std::string_view::npos) strings.push_back(unescaped(text.substr(text.find('>') + 1)));
  }
  std::vector<WorkbookSheet> sheets;
  for (std::size_t at = 0;;) {
    const std::string tag = " " + std::string(between(files.at("xl/workbook.xml"), "<sheet ", "/>", at));
    if (at == std::string_view::npos) return sheets;
    WorkbookSheet& sheet = sheets.emplace_back();
    sheet.name = unescaped(attribute(tag, "name"));
    sheet.xml = files.at("xl/worksheets/sheet" + std::to_string(sheets.size()) + ".xml");
    read_cells(sheet, styles, strings);
  }
}

const WorkbookCell& WorkbookSheet::at(std::size_t row, std::size_t column) const {
  static const WorkbookCell nothing;
  return row < rows.size() && column < rows[row].size() ? rows[row][column] : nothing;
}

std::size_t WorkbookSheet::column(std::string_view header) const {
  for (std::size_t i = 0; i < rows.at(0).size(); ++i)
    if (rows[0][i].text == header) return i;
  throw std::runtime_error("there is no column " + std::string(header));
}

}  // namespace dealog::test
