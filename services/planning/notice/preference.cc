#include "services/planning/notice/preference.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/planning/notice/inbox.h"
#include "services/planning/notice/quiet.h"

namespace heitie::planning {

using v1::NoticePreference;

const status::Reason kAlwaysQuiet{absl::StatusCode::kInvalidArgument, "ALWAYS_QUIET", "The windows leave no time of the week.",
                                  "勿擾時段不能占滿整週。"};

absl::StatusOr<NoticePreference> PreferenceOf(sql::Session& session, const record::Kind<NoticePreference>& preferences,
                                              const std::string& employee) {
  ASSIGN_OR_RETURN(std::vector<NoticePreference> found,
                   preferences.Select(session, "WHERE name = ?", sql::Bind(absl::StrCat("noticePreferences/", record::IdOf(employee)))));
  if (found.empty()) found.emplace_back();
  if (found[0].language().empty()) found[0].set_language(status::LanguageTag(status::Language::kTraditionalChinese));
  return std::move(found[0]);
}

NoticePreferences::NoticePreferences(Tables& tables, record::Kind<NoticePreference>& preferences)
    : tables_(tables), preferences_(preferences) {
  preferences.RestrictRows(record::Own("employee") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                           record::Holds(options::v1::ROLE_PLATFORM_ENGINEER));
}

absl::Status NoticePreferences::Create(record::Transaction& tx, NoticePreference& preference) {
  preference.set_employee(absl::StrCat("employees/", record::IdOf(preference.name())));
  return Update(tx, preference, preference);
}

absl::Status NoticePreferences::Update(record::Transaction& tx, const NoticePreference&, NoticePreference& after) {
  if (after.employee() != tx.call.principal.name) return status::Error(kNotYourNotice, {{"name", after.name()}});
  if (IsAlwaysQuiet(after)) {
    status::BadFields bad;
    bad.Add("notice_preference.quiet_windows", kAlwaysQuiet);
    return bad.status();
  }
  return after.calendar().empty() ? absl::OkStatus() : tables_.calendars.Named(tx.sql, after.calendar()).status();
}

void NoticePreferences::Bind(record::Methods& methods) {
  methods.Reads(preferences_);
  methods.Creates(preferences_, this, &NoticePreferences::Create);
  methods.Updates(preferences_, this, &NoticePreferences::Update);
}

}  // namespace heitie::planning
