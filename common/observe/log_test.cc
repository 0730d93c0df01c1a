#include "common/observe/log.h"

#include <fcntl.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

namespace heitie::observe {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1767225600123456);  // 2026-01-01T00:00:00.123456Z

google::protobuf::Struct Parse(const std::string& line) {
  google::protobuf::Struct parsed;
  auto status = google::protobuf::util::JsonStringToMessage(line, &parsed);
  EXPECT_TRUE(status.ok()) << status.ToString() << ": " << line;
  return parsed;
}

std::string Field(const std::string& line, const std::string& name) { return Parse(line).fields().at(name).string_value(); }

TEST(FormatLine, IsOneJsonObjectInAFixedOrder) {
  EXPECT_EQ(FormatLine(kNow, Severity::kWarning, "risk", "retrying", {{"target", "planning"}}),
            R"({"time":"2026-01-01T00:00:00.123456Z","severity":"WARNING","service":"risk","message":"retrying","target":"planning"})");
}

TEST(FormatLine, LeavesOutAnUnsetService) {
  EXPECT_EQ(FormatLine(kNow, Severity::kError, "", "x", {}), R"({"time":"2026-01-01T00:00:00.123456Z","severity":"ERROR","message":"x"})");
}

TEST(FormatLine, EscapesWhatWouldBreakTheLine) {
  std::string hostile = "a\"b\\c\nd\re\tf";
  hostile.push_back('\0');
  hostile += "\x01\x1f\x7f";
  const std::string line = FormatLine(kNow, Severity::kInfo, "", hostile, {{"k\"", hostile}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(Field(line, "message"), hostile);
  EXPECT_EQ(Field(line, "k\""), hostile);
}

TEST(FormatLine, KeepsUtf8AndReplacesTheRest) {
  EXPECT_EQ(Field(FormatLine(kNow, Severity::kInfo, "", "運營 é 😀", {}), "message"), "運營 é 😀");
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(Field(FormatLine(kNow, Severity::kInfo, "", "a\xFFz", {}), "message"), "a" + replacement + "z");
  // Truncated, overlong, surrogate, beyond U+10FFFF.
  for (const std::string bad : {"\xE9\x81", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"}) {
    std::string expected;
    for (size_t i = 0; i < bad.size(); ++i) expected += replacement;
    EXPECT_EQ(Field(FormatLine(kNow, Severity::kInfo, "", bad, {}), "message"), expected);
  }
}

// A terminal obeys U+009B like ESC [; U+202E turns what follows around.
TEST(FormatLine, EscapesWhatIsObeyedInsteadOfShown) {
  for (const auto& [text, escape] : std::vector<std::pair<std::string, std::string>>{{"\u0085", "\\u0085"},
                                                                                     {"\u009b", "\\u009b"},
                                                                                     {"\u061c", "\\u061c"},
                                                                                     {"\u200b", "\\u200b"},
                                                                                     {"\u200f", "\\u200f"},
                                                                                     {"\u2028", "\\u2028"},
                                                                                     {"\u2029", "\\u2029"},
                                                                                     {"\u202a", "\\u202a"},
                                                                                     {"\u202e", "\\u202e"},
                                                                                     {"\u2066", "\\u2066"},
                                                                                     {"\u2069", "\\u2069"},
                                                                                     {"\ufeff", "\\ufeff"},
                                                                                     {"\U000e0041", "\\udb40\\udc41"}}) {
    const std::string line = FormatLine(kNow, Severity::kInfo, "", "a" + text + "z", {{"key", text}});
    EXPECT_NE(line.find("\"a" + escape + "z\""), std::string::npos) << line;
    EXPECT_EQ(line.find(text), std::string::npos) << escape;
    AccessRecord record;
    record.method = record.principal = record.reason = text;
    EXPECT_EQ(FormatAccess(kNow, "", record).find(text), std::string::npos) << escape;
  }
}

TEST(FormatLine, WritesLeapDaysAndYearEnds) {
  EXPECT_EQ(Field(FormatLine(absl::FromUnixSeconds(1709164800), Severity::kInfo, "", "", {}), "time"), "2024-02-29T00:00:00.000000Z");
  EXPECT_EQ(Field(FormatLine(absl::FromUnixMicros(1767225599999999), Severity::kInfo, "", "", {}), "time"), "2025-12-31T23:59:59.999999Z");
}

TEST(FormatAccess, HoldsTheWholeRecord) {
  const AccessRecord record{"a.B/C", "employees/x", "0af7", "grpc", "NOT_FOUND", "NOT_FOUND", absl::Microseconds(12045), 3, 40};
  EXPECT_EQ(FormatAccess(kNow, "risk", record),
            R"({"time":"2026-01-01T00:00:00.123456Z","severity":"INFO","service":"risk","message":"request","method":"a.B/C",)"
            R"("principal":"employees/x","trace_id":"0af7","transport":"grpc","code":"NOT_FOUND","reason":"NOT_FOUND",)"
            R"("duration_ms":12.045,"request_bytes":3,"response_bytes":40})");
}

TEST(FormatAccess, MarksTheProcesssOwnFaults) {
  AccessRecord record;
  record.code = "INTERNAL";
  EXPECT_EQ(Field(FormatAccess(kNow, "", record), "severity"), "ERROR");
  record.code = "OK";
  EXPECT_EQ(Field(FormatAccess(kNow, "", record), "severity"), "INFO");
  EXPECT_EQ(Parse(FormatAccess(kNow, "", record)).fields().count("reason"), 0u);
}

// Points stderr at a file while it lives.
class CapturedStderr {
 public:
  CapturedStderr() : path_(::testing::TempDir() + "heitie_log_test_" + std::to_string(getpid())) {
    saved_ = dup(STDERR_FILENO);
    const int file = open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    dup2(file, STDERR_FILENO);
    close(file);
  }
  ~CapturedStderr() {
    Restore();
    unlink(path_.c_str());
  }
  size_t Count() const {
    std::ifstream in(path_);
    return static_cast<size_t>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
  }
  std::vector<std::string> Lines() {
    Restore();
    std::vector<std::string> lines;
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

 private:
  void Restore() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    saved_ = -1;
  }
  std::string path_;
  int saved_;
};

TEST(Log, LinesOfManyThreadsDoNotMix) {
  constexpr int kThreads = 8, kLines = 200;
  CapturedStderr captured;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < kLines; ++i) {
          Log(Severity::kInfo, std::string(300, 'x'));
          LogAccess({.method = "a.B/C", .code = "OK"});
        }
      });
    }
  }
  FlushLogs();
  const std::vector<std::string> lines = captured.Lines();
  ASSERT_EQ(lines.size(), 2u * kThreads * kLines);
  for (const std::string& line : lines) Parse(line);
}

TEST(Log, GatheredLinesAppearByThemselves) {
  constexpr size_t kLines = 100;
  CapturedStderr captured;
  for (size_t i = 0; i < kLines; ++i) LogAccess({.method = "a.B/C", .code = "OK"});
  for (int tries = 0; captured.Count() < kLines && tries < 10'000; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(captured.Lines().size(), kLines);
}

TEST(Log, FaultsAreWrittenAtOnceWithWhatCameBefore) {
  CapturedStderr captured;
  LogAccess({.method = "a.B/First", .code = "OK"});
  LogAccess({.method = "a.B/Second", .code = "OK"});
  LogAccess({.method = "a.B/Third", .code = "INTERNAL"});
  const std::vector<std::string> lines = captured.Lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[1].find("a.B/Second"), std::string::npos);
  EXPECT_NE(lines[2].find("a.B/Third"), std::string::npos);
}

TEST(SetLogOrigin, SaysWhichVersionInWhichPod) {
  SetLogOrigin("1.2.3", "risk-7d9f-x2x");
  EXPECT_EQ(
      FormatLine(kNow, Severity::kInfo, "risk", "x", {}),
      R"({"time":"2026-01-01T00:00:00.123456Z","severity":"INFO","service":"risk","version":"1.2.3","pod":"risk-7d9f-x2x","message":"x"})");
  SetLogOrigin("", "");
  EXPECT_EQ(FormatLine(kNow, Severity::kInfo, "risk", "x", {}),
            R"({"time":"2026-01-01T00:00:00.123456Z","severity":"INFO","service":"risk","message":"x"})");
}

}  // namespace
}  // namespace heitie::observe
