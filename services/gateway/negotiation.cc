#include "services/gateway/negotiation.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace heitie::gateway {
namespace {

// What comes later in a list is not read.
constexpr size_t kMostEntries = 64;

std::string Stripped(absl::string_view text) { return absl::AsciiStrToLower(absl::StripAsciiWhitespace(text)); }

// A weight (RFC 9110, 12.4.2): 0 to 1 with at most three digits behind the point.
std::optional<double> WeightOf(const std::string& text) {
  double weight = 0;
  const bool plain = !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789.") == std::string::npos;
  if (!plain || !absl::SimpleAtod(text, &weight) || weight > 1) return std::nullopt;
  return weight;
}

// The entries of a list with their weights.
std::vector<std::pair<absl::string_view, double>> EntriesOf(const std::string& list) {
  std::vector<std::pair<absl::string_view, double>> entries;
  for (const absl::string_view part : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
    if (entries.size() == kMostEntries) break;
    const std::vector<absl::string_view> pieces = absl::StrSplit(part, ';');
    std::optional<double> weight = 1;
    for (size_t i = 1; i < pieces.size() && weight; ++i) {
      const std::string parameter = Stripped(pieces[i]);
      if (absl::StartsWith(parameter, "q=")) weight = WeightOf(parameter.substr(2));
    }
    if (weight) entries.emplace_back(part, *weight);
  }
  return entries;
}

// The same in lower case, without other parameters.
std::vector<std::pair<std::string, double>> WeightsOf(const std::string& list) {
  std::vector<std::pair<std::string, double>> weights;
  for (const auto& [entry, weight] : EntriesOf(list)) weights.emplace_back(Stripped(entry.substr(0, entry.find(';'))), weight);
  return weights;
}

}  // namespace

MediaType ParseMediaType(const std::string& content_type) {
  const std::vector<absl::string_view> pieces = absl::StrSplit(content_type, ';');
  MediaType media{Stripped(pieces[0]), ""};
  for (size_t i = 1; i < pieces.size(); ++i) {
    const std::string parameter = Stripped(pieces[i]);
    if (!absl::StartsWith(parameter, "charset=")) continue;
    media.charset = parameter.substr(8);
    const bool quoted = media.charset.size() >= 2 && media.charset.front() == '"' && media.charset.back() == '"';
    if (quoted) media.charset = media.charset.substr(1, media.charset.size() - 2);
  }
  return media;
}

std::vector<std::pair<MediaType, double>> AcceptedOf(const std::string& accept) {
  std::vector<std::pair<MediaType, double>> accepted;
  for (const auto& [entry, weight] : EntriesOf(accept)) accepted.emplace_back(ParseMediaType(std::string(entry)), weight);
  return accepted;
}

bool MeansUtf8(const std::string& charset) { return charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii"; }

bool TakesGzip(const std::string& accept_encoding) {
  // The older name is an alias (RFC 9110, 8.4.1.3); who declines one by name has declined both.
  std::optional<double> named, any;
  for (const auto& [entry, weight] : WeightsOf(accept_encoding)) {
    if (entry == "gzip" || entry == "x-gzip") named = std::min(named.value_or(1), weight);
    if (entry == "*") any = weight;
  }
  return named.value_or(any.value_or(0)) > 0;
}

bool WantsEvents(const std::string& accept) {
  double events = 0, lines = 0;
  for (const auto& [entry, weight] : WeightsOf(accept)) {
    if (entry == "text/event-stream") events = std::max(events, weight);
    if (entry == "application/x-ndjson") lines = std::max(lines, weight);
  }
  return events > 0 && events >= lines;
}

}  // namespace heitie::gateway
