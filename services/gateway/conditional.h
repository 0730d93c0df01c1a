// Conditions on what the client has (RFC 9110, 8.8.3 and 13): entity tags and their comparison. Thread safety: pure functions.
#ifndef HEITIE_SERVICES_GATEWAY_CONDITIONAL_H_
#define HEITIE_SERVICES_GATEWAY_CONDITIONAL_H_

#include <optional>
#include <string>
#include <vector>

namespace heitie::gateway {

struct EntityTag {
  std::string value;  // what stands between the quotes
  bool weak = false;
};

// A value of If-Match or If-None-Match.
struct TagList {
  bool any = false;  // "*"
  std::vector<EntityTag> tags;
};
// Nothing for what is neither "*" nor a list of one or more tags. Commas may stand within a tag.
std::optional<TagList> ParseTags(const std::string& value);

// Whether a resource that is there and has `etag` is among them: for If-Match, where weak tags never are.
bool StrongMatch(const TagList& list, const std::string& etag);
// For If-None-Match: weak or not.
bool WeakMatch(const TagList& list, const std::string& etag);

// The strong tag as a header has it; "" when the text cannot be a tag's.
std::string QuotedTag(const std::string& etag);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_CONDITIONAL_H_
