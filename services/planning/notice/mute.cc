#include "services/planning/notice/mute.h"

#include "common/status/macros.h"
#include "common/time/instant.h"
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

absl::StatusOr<std::string> WhyMuted(sql::Session& session, const v1::Notice& notice, absl::TimeZone zone, absl::Time now) {
  std::string why;
  RETURN_IF_ERROR(session.Query(
      "SELECT creator, end_time, reason FROM notice_mutes WHERE end_time > ? AND employee IN ('', ?) AND wording IN ('', ?) AND subject IN "
      "('', ?) ORDER BY end_time DESC LIMIT 1",
      sql::Bind(now, notice.recipient(), notice.wording(), notice.subject()), [&](const sql::Row& row) {
        why = status::Sentence(
            kMuted, {{"author", row.Text(0)}, {"time", absl::FormatTime("%Y-%m-%d %H:%M", row.Time(1), zone)}, {"reason", row.Text(2)}},
            status::ParseLanguage(notice.language()));
      }));
  return why;
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
