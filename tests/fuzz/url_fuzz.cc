// Addresses of pages, where redirects lead, and ranges of an allow list.
#include "common/web/address.h"
#include "common/web/url.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

void PlayUrl(const std::optional<web::Url>& url) {
  if (!url.has_value()) return;
  const std::optional<web::Url> again = web::ParseUrl(url->Text());
  Require(again.has_value(), "a URL in its one form is a URL");
  RequireEqual(again->Text(), url->Text(), "and stays in it");
  RequireEqual(again->host, url->host, "its host is the same");
  Require(again->port == url->port && url->port >= 1 && url->port <= 65535, "its port as well");
  Require(url->address.has_value() || web::IsHostName(url->host), "a host is a name or an address");
  Require(url->target[0] == '/' && url->target.find('#') == std::string::npos, "a target is a path and a query");
  for (const char c : url->Text()) Require(c > ' ' && c < 0x7f && c != '\\', "a URL is plain ASCII");
}

void PlayAddress(const std::string& text) {
  const std::optional<web::Address> address = web::Address::Parse(text);
  if (address.has_value()) {
    Require(web::Address::Parse(address->Text()) == address, "an address in its one form is the same");
    web::ReachOf(*address);
  }
  const std::optional<web::Range> range = web::Range::Parse(text);
  if (!range.has_value()) return;
  Require(range->Contains(range->first()), "a range begins in itself");
  if (web::MayBeOpened(*range)) Require(web::ReachOf(range->first()) != web::Reach::kPublic, "what may be opened is inside");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace heitie::fuzz;
  const std::string text(reinterpret_cast<const char*>(data), size);
  PlayUrl(heitie::web::ParseUrl(text));
  PlayAddress(text);
  static const auto& base = *new heitie::web::Url(*heitie::web::ParseUrl("https://base.example:8443/a/b?c"));
  PlayUrl(heitie::web::Follow(base, text));
  return 0;
}
