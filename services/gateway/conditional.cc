#include "services/gateway/conditional.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace heitie::gateway {
namespace {

constexpr char kBlanks[] = " \t";

// etagc: visible characters but the quote, and what is not ASCII.
bool IsTagCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

// Takes a tag from `at` on, which moves behind it.
std::optional<EntityTag> TakeTag(const std::string& text, size_t* at) {
  EntityTag tag;
  tag.weak = text.compare(*at, 2, "W/") == 0;
  size_t end = *at + (tag.weak ? 2 : 0);
  if (end >= text.size() || text[end] != '"') return std::nullopt;
  const size_t begin = ++end;
  while (end < text.size() && IsTagCharacter(text[end])) ++end;
  if (end == text.size() || text[end] != '"') return std::nullopt;
  tag.value = text.substr(begin, end - begin);
  *at = end + 1;
  return tag;
}

}  // namespace

std::optional<TagList> ParseTags(const std::string& value) {
  const size_t first = value.find_first_not_of(kBlanks);
  if (first == std::string::npos) return std::nullopt;
  const std::string text = value.substr(first, value.find_last_not_of(kBlanks) + 1 - first);
  TagList list;
  if (text == "*") {
    list.any = true;
    return list;
  }
  bool separated = true;  // a tag may come here
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ',') {
      separated = true;
      ++at;
    } else if (text[at] == ' ' || text[at] == '\t') {
      ++at;
    } else {
      std::optional<EntityTag> tag = separated ? TakeTag(text, &at) : std::nullopt;
      if (!tag.has_value()) return std::nullopt;
      list.tags.push_back(*std::move(tag));
      separated = false;
    }
  }
  if (list.tags.empty()) return std::nullopt;
  return list;
}

bool StrongMatch(const TagList& list, const std::string& etag) {
  return list.any || std::any_of(list.tags.begin(), list.tags.end(), [&](const EntityTag& tag) { return !tag.weak && tag.value == etag; });
}

bool WeakMatch(const TagList& list, const std::string& etag) {
  return list.any || std::any_of(list.tags.begin(), list.tags.end(), [&](const EntityTag& tag) { return tag.value == etag; });
}

std::string QuotedTag(const std::string& etag) {
  return std::all_of(etag.begin(), etag.end(), IsTagCharacter) ? absl::StrCat("\"", etag, "\"") : "";
}

}  // namespace heitie::gateway
