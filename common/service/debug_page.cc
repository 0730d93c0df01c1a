#include "common/service/debug_page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace heitie::service {
namespace {

constexpr char kHead[] = R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>%s</title><style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
table { border-collapse: collapse; margin: .5em 0 2em } td, th { padding: .15em .8em; text-align: left; border-bottom: 1px solid #ddd }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } code { white-space: pre-wrap }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } td, th { border-color: #444 } }
</style></head><body><h1>%s</h1><p>Running for %s, at %s UTC.</p>
)";

std::string Escape(const std::string& text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '&':
        html += "&amp;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string Millis(absl::Duration duration) { return absl::StrFormat("%g ms", absl::ToDoubleMilliseconds(duration)); }

void AddMethods(const observe::Snapshot& snapshot, std::string& html) {
  html +=
      "<h2>Requests</h2><table><tr><th>Method<th class=n>Requests<th class=n>Own errors<th class=n>Half within<th class=n>99 % "
      "within</tr>\n";
  for (const auto& method : snapshot.methods) {
    absl::StrAppend(&html, "<tr><td>", Escape(method.method), "<td class=n>", method.count, "<td class=n>", method.errors, "<td class=n>",
                    Millis(method.p50), "<td class=n>", Millis(method.p99), "</tr>\n");
  }
  html += "</table>\n";
}

void AddValues(const observe::Snapshot& snapshot, std::string& html) {
  html += "<h2>Queues, pools, batches</h2><table><tr><th>Figure<th class=n>Now<th>Meaning</tr>\n";
  for (const auto& value : snapshot.values) {
    absl::StrAppend(&html, "<tr><td>", Escape(value.name), "<td class=n>", absl::StrFormat("%.10g", value.value), "<td>",
                    Escape(value.help), "</tr>\n");
  }
  html += "</table>\n";
}

void AddTable(const observe::Table& table, std::string& html) {
  absl::StrAppend(&html, "<h2>", Escape(table.title), "</h2>\n");
  if (table.rows.empty()) {
    html += "<p>None.</p>\n";
    return;
  }
  html += "<table><tr>";
  for (const std::string& title : table.head) absl::StrAppend(&html, "<th>", Escape(title));
  html += "</tr>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const std::string& cell : row) absl::StrAppend(&html, "<td><code>", Escape(cell), "</code>");
    html += "</tr>\n";
  }
  html += "</table>\n";
}

void AddSlow(const observe::Snapshot& snapshot, std::string& html) {
  html += "<h2>Slow statements</h2>\n";
  if (snapshot.slow.empty()) {
    html += "<p>None since the start.</p>\n";
    return;
  }
  html += "<table><tr><th>Ended (UTC)<th class=n>Took<th>Statement</tr>\n";
  for (const auto& slow : snapshot.slow) {
    absl::StrAppend(&html, "<tr><td>", absl::FormatTime("%H:%M:%E3S", slow.time, absl::UTCTimeZone()), "<td class=n>",
                    absl::StrFormat("%.0f ms", absl::ToDoubleMilliseconds(slow.duration)), "<td><code>", Escape(slow.what),
                    "</code></tr>\n");
  }
  html += "</table>\n";
}

std::string Seconds(absl::Duration duration) { return absl::StrFormat("%.1f s", absl::ToDoubleSeconds(duration)); }

void AddLanes(const job::Report& report, std::string& html) {
  html += "<table><tr><th>Lane<th class=n>Running<th class=n>At most<th class=n>First is due since</tr>\n";
  for (const auto& lane : report.lanes) {
    absl::StrAppend(&html, "<tr><td>", NameOf(lane.lane), "<td class=n>", lane.running, "<td class=n>", lane.threads, "<td class=n>",
                    Seconds(lane.oldest_due), "</tr>\n");
  }
  html += "</table>\n";
  if (report.oldest_unknown > absl::ZeroDuration()) {
    absl::StrAppend(&html, "<p>A job of a kind that this version does not know is due since ", Seconds(report.oldest_unknown), ".</p>\n");
  }
}

void AddRunning(const job::Report& report, std::string& html) {
  if (report.running.empty()) return;
  html += "<table><tr><th>Running job<th>Kind<th class=n>For</tr>\n";
  for (const auto& job : report.running) {
    absl::StrAppend(&html, "<tr><td>", Escape(job.job), "<td>", Escape(job.kind), "<td class=n>", Seconds(job.duration), "</tr>\n");
  }
  html += "</table>\n";
}

void AddFailing(const job::Report& report, std::string& html) {
  if (report.failing.empty()) return;
  html += "<table><tr><th>Failing job<th>Kind<th class=n>Attempts in a row<th>Next (UTC)<th>Last error</tr>\n";
  for (const auto& job : report.failing) {
    absl::StrAppend(&html, "<tr><td>", Escape(job.job), "<td>", Escape(job.kind), "<td class=n>", job.attempts, "<td>",
                    absl::FormatTime("%H:%M:%S", job.next, absl::UTCTimeZone()), "<td><code>", Escape(job.error), "</code></tr>\n");
  }
  html += "</table>\n";
}

}  // namespace

std::string JobsSection(const job::Report& report) {
  std::string html = "<h2>Jobs</h2>\n";
  AddLanes(report, html);
  AddRunning(report, html);
  AddFailing(report, html);
  return html;
}

std::string DebugPage(const std::string& service, absl::Time started, absl::Time now, const observe::Snapshot& snapshot,
                      const std::string& section) {
  const std::string name = Escape(service);
  std::string html = absl::StrFormat(kHead, name, name, absl::FormatDuration(absl::Trunc(now - started, absl::Seconds(1))),
                                     absl::FormatTime("%Y-%m-%d %H:%M:%S", now, absl::UTCTimeZone()));
  AddMethods(snapshot, html);
  html += section;
  AddValues(snapshot, html);
  for (const observe::Table& table : snapshot.tables) AddTable(table, html);
  AddSlow(snapshot, html);
  html += "</body></html>\n";
  return html;
}

}  // namespace heitie::service
