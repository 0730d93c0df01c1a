#include "services/planning/notice/mute.h"

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/notice/audience.h"
#include "services/planning/notice/inbox.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::NoticeMute;

const status::Reason kMuteOfNothing{StatusCode::kInvalidArgument, "MUTE_OF_NOTHING", "Say which wording or which resource is muted.",
                                    "請指定要靜音的文句或資源。"};
const status::Reason kMuteOutOfRange{StatusCode::kInvalidArgument, "MUTE_OUT_OF_RANGE",
                                     "The time must be after now and within {days} days.", "時間必須晚於現在，且在 {days} 天之內。"};

namespace {

constexpr int kMuteDays = 90;

const status::Phrase kMuted{"{author} has muted it until {time}: {reason}", "{author} 已將其靜音至 {time}：{reason}"};

bool MutesOthers(const rpc::Principal& who) {
  return who.Has(options::v1::ROLE_OPERATIONS_MANAGER) || who.Has(options::v1::ROLE_PLATFORM_ENGINEER);
}

}  // namespace

absl::StatusOr<std::vector<NoticeMute>> MutesOf(sql::Session& session, const std::set<std::string>& recipients, absl::Time now) {
  std::set<std::string> employees = recipients;
  employees.insert("");
  sql::Values values = Listed(employees);
  const std::string places = sql::Placeholders(values.size());
  values.emplace_back(now);
  std::vector<NoticeMute> mutes;
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT employee, wording, subject, creator, end_time, reason FROM notice_mutes WHERE employee "
                                 "IN (",
                                 places, ") AND end_time > ? ORDER BY end_time DESC"),
                    values, [&](const sql::Row& row) {
                      NoticeMute& mute = mutes.emplace_back();
                      mute.set_employee(row.Text(0));
                      mute.set_wording(row.Text(1));
                      mute.set_subject(row.Text(2));
                      mute.set_creator(row.Text(3));
                      *mute.mutable_end_time() = time::ToTimestamp(row.Time(4));
                      mute.set_reason(row.Text(5));
                    }));
  return mutes;
}

std::string WhyMuted(const std::vector<NoticeMute>& mutes, const v1::Notice& notice, absl::TimeZone zone) {
  const auto covers = [](const std::string& muted, const std::string& told) { return muted.empty() || muted == told; };
  for (const NoticeMute& mute : mutes) {
    if (!covers(mute.employee(), notice.recipient()) || !covers(mute.wording(), notice.wording()) ||
        !covers(mute.subject(), notice.subject())) {
      continue;
    }
    const std::string until = absl::FormatTime("%Y-%m-%d %H:%M", time::ToTime(mute.end_time()), zone);
    return status::Sentence(kMuted, {{"author", mute.creator()}, {"time", until}, {"reason", mute.reason()}},
                            status::ParseLanguage(notice.language()));
  }
  return "";
}

NoticeMutes::NoticeMutes(const service::Context& context) : mutes_(context.store) {
  mutes_.RestrictRows(record::Own("employee") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                      record::Holds(options::v1::ROLE_PLATFORM_ENGINEER));
}

absl::Status NoticeMutes::Create(record::Transaction& tx, NoticeMute& mute) {
  if (mute.employee() != tx.call.principal.name && !MutesOthers(tx.call.principal)) {
    return status::Error(kNotYourNotice, {{"name", mute.name()}});
  }
  status::BadFields bad;
  if (mute.wording().empty() && mute.subject().empty()) bad.Add("notice_mute.wording", kMuteOfNothing);
  const absl::Time until = time::ToTime(mute.end_time());
  if (until <= tx.call.now || until > tx.call.now + absl::Hours(24 * kMuteDays)) {
    bad.Add("notice_mute.end_time", kMuteOutOfRange, {{"days", kMuteDays}});
  }
  return bad.status();
}

void NoticeMutes::Bind(record::Methods& methods) {
  methods.Reads(mutes_);
  methods.Creates(mutes_, this, &NoticeMutes::Create);
  methods.Deletes(mutes_);
}

}  // namespace heitie::planning
