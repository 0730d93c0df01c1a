#include "common/observe/log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

namespace heitie::observe {
namespace {

// Set once before the first thread, read by all; never destroyed, because threads may log until the very end.
std::string& ServiceName() {
  static std::string* name = new std::string;
  return *name;
}

// The fields of every line about where it comes from, as they are written.
std::string& Origin() {
  static std::string* origin = new std::string;
  return *origin;
}

const char* SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

// The length of the well-formed UTF-8 sequence at the start of [p, end), or 0 (Unicode 15, table 3-7).
int Utf8Length(const unsigned char* p, const unsigned char* end) {
  auto continues = [&](int i, unsigned char low = 0x80, unsigned char high = 0xBF) { return p + i < end && p[i] >= low && p[i] <= high; };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xC2 && p[0] <= 0xDF) return continues(1) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    unsigned char low = p[0] == 0xE0 ? 0xA0 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    unsigned char low = p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// The code point of a well-formed sequence.
char32_t CodePoint(const unsigned char* p, int length) {
  if (length == 1) return *p;
  char32_t point = *p & (0x7F >> length);
  for (int i = 1; i < length; ++i) point = point << 6 | (p[i] & 0x3F);
  return point;
}

// Quotes aside, what changes how the text around it is shown: controls (a terminal obeys those from U+0080 too), separators of lines and
// paragraphs, marks of direction, what has no width.
bool IsEscaped(char32_t c) {
  if (c < 0x80) return c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
  return c < 0xA0 || c == 0xAD || c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

void AppendHex(std::string* out, char32_t unit) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out->push_back(kHex[(unit >> shift) & 15]);
}

void AppendEscape(std::string* out, char32_t c) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      if (c < 0x10000) return AppendHex(out, c);
      AppendHex(out, 0xD800 + ((c - 0x10000) >> 10));
      AppendHex(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
  }
}

// Appends `text` as a JSON string. Runs of plain characters are copied at once.
void AppendString(std::string* out, const std::string& text) {
  out->push_back('"');
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  const auto* plain = p;
  auto flush = [&] { out->append(reinterpret_cast<const char*>(plain), p - plain); };
  while (p < end) {
    const int length = Utf8Length(p, end);
    const char32_t c = length == 0 ? 0 : CodePoint(p, length);
    if (length > 0 && !IsEscaped(c)) {
      p += length;
      continue;
    }
    flush();
    if (length == 0) {
      out->append("\xEF\xBF\xBD");
    } else {
      AppendEscape(out, c);
    }
    p += std::max(1, length);
    plain = p;
  }
  flush();
  out->push_back('"');
}

void AppendField(std::string* out, const char* key, const std::string& value) {
  out->append(",\"").append(key).append("\":");
  AppendString(out, value);
}

void AppendDigits(std::string* out, int value, int width) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out->append(digits, width);
}

// RFC 3339 in UTC with microseconds. absl::FormatTime costs ten times as much.
void AppendTime(std::string* out, absl::Time time) {
  const std::chrono::sys_time<std::chrono::microseconds> instant{std::chrono::microseconds(absl::ToUnixMicros(time))};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{instant - day};
  AppendDigits(out, static_cast<int>(date.year()), 4);
  out->push_back('-');
  AppendDigits(out, static_cast<int>(static_cast<unsigned>(date.month())), 2);
  out->push_back('-');
  AppendDigits(out, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  out->push_back('T');
  AppendDigits(out, static_cast<int>(clock.hours().count()), 2);
  out->push_back(':');
  AppendDigits(out, static_cast<int>(clock.minutes().count()), 2);
  out->push_back(':');
  AppendDigits(out, static_cast<int>(clock.seconds().count()), 2);
  out->push_back('.');
  AppendDigits(out, static_cast<int>(clock.subseconds().count()), 6);
  out->push_back('Z');
}

std::string Begin(absl::Time now, Severity severity, const std::string& service, const std::string& message) {
  std::string line;
  line.reserve(512);
  line.append("{\"time\":\"");
  AppendTime(&line, now);
  line.append("\",\"severity\":\"").append(SeverityName(severity)).push_back('"');
  if (!service.empty()) AppendField(&line, "service", service);
  line.append(Origin());
  AppendField(&line, "message", message);
  return line;
}

template <typename Fields>
std::string FormatFields(absl::Time now, Severity severity, const std::string& service, const std::string& message, const Fields& fields) {
  std::string line = Begin(now, severity, service, message);
  for (const auto& [key, value] : fields) {
    line.push_back(',');
    AppendString(&line, key);
    line.push_back(':');
    AppendString(&line, value);
  }
  line.push_back('}');
  return line;
}

// The process's own faults, which somebody has to look into; the caller's are information.
Severity SeverityOf(const std::string& code) {
  return code == "INTERNAL" || code == "UNKNOWN" || code == "DATA_LOSS" ? Severity::kError : Severity::kInfo;
}

// What cannot be written is lost: there is nowhere to complain.
void Write(const std::string& lines) {
  const char* p = lines.data();
  size_t left = lines.size();
  while (left > 0) {
    const ssize_t written = write(STDERR_FILENO, p, left);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    p += written;
    left -= static_cast<size_t>(written);
  }
}

// The lines on their way to stderr. Whoever has a line writes it, with what waits, unless it is one of many: then a thread writes them
// together, kGather later at most. A write for each line of a busy process costs a twentieth of a get.
class Lines {
 public:
  Lines() {
    std::thread([this] { Gather(); }).detach();
  }

  // `urgent`: not to be lost when the process is killed in the next moment.
  void Add(const std::string& line, bool urgent) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    waiting_.append(line).push_back('\n');
    if (urgent || waiting_.size() >= kMost || now - written_ >= kGather) return WriteAll();
    if (!std::exchange(gathering_, true)) wake_.notify_one();
  }

  void Flush() {
    const std::lock_guard lock(mutex_);
    WriteAll();
  }

 private:
  static constexpr std::chrono::milliseconds kGather{5};
  static constexpr size_t kMost = 64 << 10;

  // Under the lock, so that lines keep their order.
  void WriteAll() {
    Write(waiting_);
    waiting_.clear();
    written_ = std::chrono::steady_clock::now();
  }

  [[noreturn]] void Gather() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return gathering_; });
      lock.unlock();
      std::this_thread::sleep_for(kGather);
      lock.lock();
      gathering_ = false;
      WriteAll();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  std::chrono::steady_clock::time_point written_;
  bool gathering_ = false;
};

// Never destroyed, because threads may log until the very end.
Lines& AllLines() {
  static Lines& lines = []() -> Lines& {
    auto* made = new Lines;
    std::atexit([] { AllLines().Flush(); });
    return *made;
  }();
  return lines;
}

}  // namespace

void SetLogService(const std::string& service) { ServiceName() = service; }

void SetLogOrigin(const std::string& version, const std::string& pod) {
  Origin().clear();
  if (!version.empty()) AppendField(&Origin(), "version", version);
  if (!pod.empty()) AppendField(&Origin(), "pod", pod);
}

std::string FormatLine(absl::Time now, Severity severity, const std::string& service, const std::string& message,
                       std::initializer_list<std::pair<std::string, std::string>> fields) {
  return FormatFields(now, severity, service, message, fields);
}

std::string FormatAccess(absl::Time now, const std::string& service, const AccessRecord& record) {
  std::string line = Begin(now, SeverityOf(record.code), service, "request");
  AppendField(&line, "method", record.method);
  AppendField(&line, "principal", record.principal);
  AppendField(&line, "trace_id", record.trace_id);
  AppendField(&line, "transport", record.transport);
  AppendField(&line, "code", record.code);
  if (!record.reason.empty()) AppendField(&line, "reason", record.reason);
  const int64_t micros = std::max<int64_t>(0, absl::ToInt64Microseconds(record.duration));
  line.append(",\"duration_ms\":").append(std::to_string(micros / 1000)).push_back('.');
  AppendDigits(&line, static_cast<int>(micros % 1000), 3);
  line.append(",\"request_bytes\":").append(std::to_string(record.request_bytes));
  line.append(",\"response_bytes\":").append(std::to_string(record.response_bytes));
  if (record.messages.has_value()) {
    line.append(",\"request_messages\":").append(std::to_string(record.messages->first));
    line.append(",\"response_messages\":").append(std::to_string(record.messages->second));
  }
  line.push_back('}');
  return line;
}

void Log(Severity severity, const std::string& message, std::initializer_list<std::pair<std::string, std::string>> fields) {
  AllLines().Add(FormatLine(absl::Now(), severity, ServiceName(), message, fields), /*urgent=*/true);
}

void LogException(const std::string& message, std::initializer_list<std::pair<std::string, std::string>> fields) {
  std::string what = "of unknown type";
  try {
    throw;
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
  }
  std::vector<std::pair<std::string, std::string>> all(fields);
  all.emplace_back("exception", std::move(what));
  AllLines().Add(FormatFields(absl::Now(), Severity::kError, ServiceName(), message, all), /*urgent=*/true);
}

void LogAccess(const AccessRecord& record) {
  AllLines().Add(FormatAccess(absl::Now(), ServiceName(), record), /*urgent=*/SeverityOf(record.code) == Severity::kError);
}

void FlushLogs() { AllLines().Flush(); }

}  // namespace heitie::observe
