// Markdown that we write and HTML that readers get.
#ifndef HEITIE_COMMON_TEXT_MARKDOWN_H_
#define HEITIE_COMMON_TEXT_MARKDOWN_H_

#include <string>
#include <vector>

namespace heitie::text {

// Text of a person as one line of Markdown in which nothing has a meaning but its characters: no markup, no HTML, no table cell, no break.
std::string EscapeLine(const std::string& text);
// As EscapeLine, but lines stay lines, and empty lines separate paragraphs.
std::string EscapeText(const std::string& text);

// A GitHub table; cells are Markdown already. Rows are as long as the header.
std::string Table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

// A whole HTML page without scripts from CommonMark with tables. Raw HTML and dangerous links in it come out as text or not at all.
std::string ToHtmlPage(const std::string& markdown, const std::string& title, const std::string& language_code);

// SHA-256 of bytes as 64 hex digits.
std::string Sha256Hex(const std::string& bytes);

}  // namespace heitie::text

#endif  // HEITIE_COMMON_TEXT_MARKDOWN_H_
