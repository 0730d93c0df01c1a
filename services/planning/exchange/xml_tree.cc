#include "services/planning/exchange/xml_tree.h"

#include <libxml/xmlreader.h>

#include <memory>
#include <utility>

namespace heitie::planning {

const status::Reason kExchangeNoXml{absl::StatusCode::kInvalidArgument, "EXCHANGE_NO_XML",
                                    "It is no XML without a document type; line {line}.", "不是（無文件類型宣告的）XML；第 {line} 行。"};
const status::Reason kExchangeXmlTooLarge{absl::StatusCode::kInvalidArgument, "EXCHANGE_XML_TOO_LARGE",
                                          "It has more than {levels} levels or {elements} elements.",
                                          "超過 {levels} 層或 {elements} 個元素。"};

namespace {

struct FreeReader {
  void operator()(xmlTextReader* reader) const { xmlFreeTextReader(reader); }
};
using XmlReader = std::unique_ptr<xmlTextReader, FreeReader>;

std::string XmlNameOf(xmlTextReader* reader) { return reinterpret_cast<const char*>(xmlTextReaderConstLocalName(reader)); }

absl::Status RefuseXml(const status::Reason& reason, const status::Args& args) {
  status::BadFields bad;
  bad.Add("content", reason, args);
  return bad.status();
}

}  // namespace

const XmlElement* XmlElement::Find(absl::string_view child) const {
  for (const XmlElement& element : children) {
    if (element.name == child) return &element;
  }
  return nullptr;
}

std::string XmlElement::Text(absl::string_view child) const {
  const XmlElement* found = Find(child);
  return found == nullptr ? "" : found->text;
}

absl::StatusOr<XmlElement> ParseXml(const std::string& content) {
  // What it says of its encoding does not count: texts of requests are UTF-8.
  const XmlReader reader(xmlReaderForMemory(content.data(), static_cast<int>(content.size()), nullptr, "UTF-8",
                                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA));
  const auto line = [&] { return reader == nullptr ? 1 : xmlTextReaderGetParserLineNumber(reader.get()); };
  if (reader == nullptr) return RefuseXml(kExchangeNoXml, {{"line", line()}});
  XmlElement above;
  std::vector<XmlElement*> open = {&above};
  int elements = 0, read = 0;
  while ((read = xmlTextReaderRead(reader.get())) == 1) {
    switch (xmlTextReaderNodeType(reader.get())) {
      case XML_READER_TYPE_DOCUMENT_TYPE:
      case XML_READER_TYPE_ENTITY_REFERENCE:
        return RefuseXml(kExchangeNoXml, {{"line", line()}});
      case XML_READER_TYPE_ELEMENT: {
        if (++elements > kMostXmlElements || std::ssize(open) > kMostXmlLevels) {
          return RefuseXml(kExchangeXmlTooLarge, {{"levels", kMostXmlLevels}, {"elements", kMostXmlElements}});
        }
        XmlElement& element = open.back()->children.emplace_back();
        element.name = XmlNameOf(reader.get());
        element.line = line();
        if (xmlTextReaderIsEmptyElement(reader.get()) == 0) open.push_back(&element);
        break;
      }
      case XML_READER_TYPE_TEXT:
      case XML_READER_TYPE_CDATA:
        open.back()->text += reinterpret_cast<const char*>(xmlTextReaderConstValue(reader.get()));
        break;
      case XML_READER_TYPE_END_ELEMENT:
        open.pop_back();
        break;
      default:
        break;
    }
  }
  if (read != 0 || above.children.size() != 1) return RefuseXml(kExchangeNoXml, {{"line", line()}});
  return std::move(above.children[0]);
}

std::string XmlText(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= ' ' || c == '\t' || c == '\n') out += c;
    }
  }
  return out;
}

}  // namespace heitie::planning
