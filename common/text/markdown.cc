#include "common/text/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace heitie::text {
namespace {

// What CommonMark with tables gives a meaning anywhere in a line.
constexpr char kSpecial[] = "\\`*_[]<>#|~&!";

// "1." and "1)" begin a list, "-", "+" and "=" a list, a rule or a heading, when they begin a line.
std::string EscapeStart(const std::string& line) {
  if (line.empty()) return line;
  if (line[0] == '-' || line[0] == '+' || line[0] == '=') return "\\" + line;
  size_t digits = 0;
  while (digits < line.size() && absl::ascii_isdigit(line[digits])) ++digits;
  if (digits > 0 && digits < line.size() && (line[digits] == '.' || line[digits] == ')')) {
    return absl::StrCat(line.substr(0, digits), "\\", line.substr(digits));
  }
  return line;
}

constexpr char kStyle[] =
    "body{font-family:system-ui,'Noto Sans CJK TC','Noto Sans CJK SC',sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;line-height:1.5;color:#1a1a1a}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #bbb;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "th{background:#f2f2f2}h1,h2{line-height:1.2}";

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string Body(const std::string& markdown) {
  static std::once_flag registered;
  std::call_once(registered, cmark_gfm_core_extensions_ensure_registered);
  const std::unique_ptr<cmark_parser, void (*)(cmark_parser*)> parser(cmark_parser_new(CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8),
                                                                      cmark_parser_free);
  cmark_parser_attach_syntax_extension(parser.get(), cmark_find_syntax_extension("table"));
  cmark_parser_feed(parser.get(), markdown.data(), markdown.size());
  const std::unique_ptr<cmark_node, void (*)(cmark_node*)> document(cmark_parser_finish(parser.get()), cmark_node_free);
  const std::unique_ptr<char, void (*)(void*)> html(
      cmark_render_html(document.get(), CMARK_OPT_DEFAULT, cmark_parser_get_syntax_extensions(parser.get())), std::free);
  return html.get();
}

}  // namespace

std::string EscapeLine(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_iscntrl(c)) {
      out += ' ';
      continue;
    }
    if (std::strchr(kSpecial, c) != nullptr) out += '\\';
    out += c;
  }
  const auto stripped = absl::StripAsciiWhitespace(out);
  return EscapeStart({stripped.data(), stripped.size()});
}

std::string EscapeText(const std::string& text) {
  std::vector<std::string> paragraphs;
  std::vector<std::string> lines;
  const auto close = [&] {
    if (!lines.empty()) paragraphs.push_back(absl::StrJoin(lines, "\\\n"));
    lines.clear();
  };
  for (const auto& line : absl::StrSplit(text, '\n')) {
    const std::string escaped = EscapeLine({line.data(), line.size()});
    if (escaped.empty()) {
      close();
    } else {
      lines.push_back(escaped);
    }
  }
  close();
  return absl::StrJoin(paragraphs, "\n\n");
}

std::string Table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  const auto line = [](const std::vector<std::string>& cells) { return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n"); };
  std::string table = line(header);
  table += line(std::vector<std::string>(header.size(), "---"));
  for (const auto& row : rows) table += line(row);
  return table;
}

std::string ToHtmlPage(const std::string& markdown, const std::string& title, const std::string& language_code) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"", EscapeHtml(language_code),
      "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      EscapeHtml(title), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n", Body(markdown), "</body>\n</html>\n");
}

std::string Sha256Hex(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), sizeof(digest)});
}

}  // namespace heitie::text
