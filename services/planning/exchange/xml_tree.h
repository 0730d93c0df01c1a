// XML as a tree of elements, bounded, without document type, comments and instructions. A wrapper of libxml2's reader.
#ifndef HEITIE_SERVICES_PLANNING_EXCHANGE_XML_TREE_H_
#define HEITIE_SERVICES_PLANNING_EXCHANGE_XML_TREE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/status/status.h"

namespace heitie::planning {

extern const status::Reason kExchangeNoXml;        // A field; {line}
extern const status::Reason kExchangeXmlTooLarge;  // A field; {levels} {elements}

inline constexpr int kMostXmlLevels = 12, kMostXmlElements = 300000;

struct XmlElement {
  std::string name;  // without its namespace
  std::string text;  // what stands in it itself
  int line = 0;
  std::vector<XmlElement> children;

  // The text of the first child of this name; nothing where there is none.
  std::string Text(absl::string_view child) const;
  const XmlElement* Find(absl::string_view child) const;
};

// The root of a document in UTF-8. INVALID_FIELDS (`content`).
absl::StatusOr<XmlElement> ParseXml(const std::string& content);

// Text as it stands in an element. What XML cannot hold, such as other control characters than tab and line feed, is left out.
std::string XmlText(absl::string_view text);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EXCHANGE_XML_TREE_H_
