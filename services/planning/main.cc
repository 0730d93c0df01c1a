#include "common/service/main.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/config/flags.h"
#include "common/service/process.h"
#include "common/web/address.h"
#include "services/planning/service.h"

namespace heitie::planning {
namespace {

std::vector<web::Range> RangesOf(const std::string& text) {
  std::vector<web::Range> ranges;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ',', absl::SkipEmpty()))) {
    const std::optional<web::Range> range = web::Range::Parse(part);
    if (!range.has_value() || !web::MayBeOpened(*range)) {
      service::Fail("--outbound_networks", absl::InvalidArgumentError(absl::StrCat(part, " is no private network such as 10.20.0.0/16")));
    }
    ranges.push_back(*range);
  }
  return ranges;
}

}  // namespace
}  // namespace heitie::planning

int main(int argc, char** argv) {
  std::string networks;
  heitie::service::Main main("planning", argc, argv, [&](heitie::config::Flags& flags) {
    flags.Add(
        "outbound_networks", &networks,
        "Private networks, separated by commas, in which robots and webhooks may be reached all the same, by plain HTTP too; empty: none.");
  });
  heitie::planning::Service service(main.context(), heitie::planning::RangesOf(networks));
  return main.Serve(service.rpc());
}
