#include "services/planning/notice/notice_policy.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::NoticePolicy;

const status::Reason kDelayOutOfRange{StatusCode::kInvalidArgument, "DELAY_OUT_OF_RANGE", "The delay must be from {least} to {most}.",
                                      "延遲時間必須介於 {least} 與 {most} 之間。"};
const status::Reason kStepsNotAscending{StatusCode::kInvalidArgument, "STEPS_NOT_ASCENDING",
                                        "Each step must come later than the one before.", "每一級必須晚於前一級。"};
const status::Reason kWordingTwice{StatusCode::kInvalidArgument, "WORDING_TWICE", "{wording} has two sentences in {language}.",
                                   "{wording} 的 {language} 文句重複。"};
const status::Reason kPersonMissing{StatusCode::kInvalidArgument, "PERSON_MISSING", "A step to a person names one, and no other step does.",
                                    "通知特定人員的步驟必須指定人員，其他步驟則不得指定。"};

namespace {

constexpr absl::Duration kMostGathering = absl::Hours(1), kLeastStep = absl::Seconds(1), kMostStep = absl::Hours(24 * 30);

void CheckDelay(const std::string& path, absl::Duration delay, absl::Duration least, absl::Duration most, status::BadFields& bad) {
  if (delay >= least && delay <= most) return;
  bad.Add(path, kDelayOutOfRange, {{"least", absl::FormatDuration(least)}, {"most", absl::FormatDuration(most)}});
}

}  // namespace

absl::Duration DelayOf(const google::protobuf::Duration& delay) {
  return absl::Seconds(delay.seconds()) + absl::Nanoseconds(delay.nanos());
}

absl::Status CheckNoticePolicy(const NoticePolicy& policy) {
  status::BadFields bad;
  CheckDelay("notice_policy.gather_delay", DelayOf(policy.gather_delay()), absl::ZeroDuration(), kMostGathering, bad);
  absl::Duration last;
  for (int i = 0; i < policy.ladder_size(); ++i) {
    const v1::LadderStep& step = policy.ladder(i);
    const std::string path = absl::StrCat("notice_policy.ladder[", i, "]");
    const absl::Duration delay = DelayOf(step.delay());
    CheckDelay(path + ".delay", delay, kLeastStep, kMostStep, bad);
    if (i > 0 && delay <= last) bad.Add(path + ".delay", kStepsNotAscending);
    last = delay;
    if ((step.target() == v1::LadderStep::TARGET_PERSON) != !step.person().empty()) bad.Add(path + ".person", kPersonMissing);
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < policy.wordings_size(); ++i) {
    const v1::Wording& wording = policy.wordings(i);
    if (seen.emplace(wording.wording(), wording.language()).second) continue;
    bad.Add(absl::StrCat("notice_policy.wordings[", i, "]"), kWordingTwice,
            {{"wording", wording.wording()}, {"language", wording.language()}});
  }
  return bad.status();
}

std::string FillIn(std::string text, const status::Args& args, status::Language language) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (const status::Arg& arg : args) parts.emplace_back(absl::StrCat("{", arg.name, "}"), arg.In(language));
  return absl::StrReplaceAll(text, parts);
}

std::string WordsOf(const NoticePolicy& policy, const std::string& wording, const status::Phrase& phrase, const status::Args& args,
                    status::Language language) {
  for (const v1::Wording& own : policy.wordings()) {
    if (own.wording() == wording && own.language() == status::LanguageTag(language)) return FillIn(own.text(), args, language);
  }
  return status::Sentence(phrase, args, language);
}

}  // namespace heitie::planning
