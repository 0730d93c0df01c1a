#include "tests/story/robot_group.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/time/zone.h"

namespace heitie::story {
namespace {

// As the story's version of the provider's limits has it.
constexpr size_t kMostMessages = 4;
constexpr absl::Duration kGroupWindow = absl::Seconds(2);

constexpr char kReader[] = R"py(
import sys, icalendar
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
for event in calendar.walk('VEVENT'):
    print(event['SUMMARY'], event['DTSTART'].dt.strftime('%H:%M'), event['DTSTART'].dt.tzinfo)
)py";

}  // namespace

RobotGroup::RobotGroup(Player& player, std::function<absl::Time()> now, std::function<void()> pass)
    : player_(player), now_(std::move(now)) {
  player.Give("robotPort", server_.port());
  player.At("SLIPS", [this] { player_.Give("ladder", LadderBefore(player_.Value("lastDay"))); });
  player.At("CLIMBS", [pass = std::move(pass)] {
    for (int i = 0; i < 16; ++i) pass();
  });
  player.At("ROBOT_STOPS", [this] { broken_ = true; });
  player.At("ROBOT_GOES", [this] { broken_ = false; });
  player.At("ROBOT_HEARD", [this] { ExpectHeard(); });
  player.At("CALENDAR_READ", [this] { ExpectReadable(player_.Value("lanternCalendar").value("content", "")); });
}

void RobotGroup::Take(const std::string& request, web::Peer& peer) {
  std::string whole = request;
  const size_t body = request.find("\r\n\r\n") + 4, length = request.find("Content-Length: ");
  if (length == std::string::npos) return;
  while (whole.size() < body + std::stoul(request.substr(length + 16))) {
    const std::string more = peer.Receive();
    if (more.empty()) return;
    whole += more;
  }
  EXPECT_TRUE(absl::StrContains(request, "&timestamp=") && absl::StrContains(request, "&sign=")) << "it is signed";
  if (broken_) {
    peer.Send(web::Ok("", "503 Busy"));
    return;
  }
  bool too_many = false;
  {
    const std::lock_guard lock(mutex_);
    messages_.push_back({now_(), whole.substr(body)});
    const size_t count = messages_.size();
    too_many = count > kMostMessages && messages_[count - 1].time - messages_[count - 1 - kMostMessages].time < kGroupWindow;
  }
  EXPECT_FALSE(too_many);
  peer.Send(web::Ok(too_many ? R"({"errcode":130101})" : R"({"errcode":0})"));
}

Json RobotGroup::LadderBefore(const Json& day) const {
  const absl::CivilDay last(day.value("year", 0), day.value("month", 0), day.value("day", 0));
  const absl::Time end = absl::FromCivil(last + 1, time::FindZone("Asia/Taipei").value());
  const int64_t from_now = absl::ToInt64Seconds(now_() - end);
  Json ladder = Json::array();
  int64_t delay = 4;
  for (const char* recipient : {"RECIPIENT_OWNER", "RECIPIENT_DEPUTY", "RECIPIENT_SUPERIOR", "RECIPIENT_MANAGERS"}) {
    ladder.push_back({{"afterSeconds", std::to_string(from_now + delay)}, {"recipient", recipient}});
    delay += 3;
  }
  return ladder;
}

void RobotGroup::ExpectHeard() const {
  const std::lock_guard lock(mutex_);
  for (const char* text : {"Ask for prices", "A lantern is on fire", "It rains in"}) {
    EXPECT_TRUE(
        std::any_of(messages_.begin(), messages_.end(), [&](const Message& message) { return absl::StrContains(message.body, text); }))
        << text << " came to nobody";
  }
}

void RobotGroup::ExpectReadable(const std::string& calendar) const {
  const std::string folder = ::testing::TempDir(), file = absl::StrCat(folder, "/robot_group_", server_.port());
  std::ofstream(file + ".ics", std::ios::binary) << calendar;
  std::ofstream(file + ".py") << kReader;
  const std::unique_ptr<FILE, decltype(&pclose)> reader(
      popen(absl::StrCat("/usr/bin/python3 ", file, ".py ", file, ".ics 2>&1").c_str(), "r"), &pclose);
  std::string output;
  char part[4096];
  while (const size_t size = fread(part, 1, sizeof(part), reader.get())) output.append(part, size);
  EXPECT_TRUE(absl::StrContains(output, "Lantern night 09:30 Asia/Taipei")) << output << calendar;
  for (const char* end : {".ics", ".py"}) std::remove((file + end).c_str());
}

}  // namespace heitie::story
