#include "services/planning/notice/audience.h"

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/record/store.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/day.h"

namespace heitie::planning {

using v1::NoticePolicy;
using v1::NoticePreference;

namespace {

constexpr char kPreferences[] = "noticePreferences/", kEmployees[] = "employees/";

}  // namespace

sql::Values Listed(const std::set<std::string>& texts) {
  sql::Values values(texts.begin(), texts.end());
  size_t places = 1;
  while (places < values.size()) places *= 2;
  values.resize(places, sql::Value(*texts.rbegin()));
  return values;
}

NoticePreference Audience::PreferenceOf(const std::string& employee) const {
  const auto found = preferences.find(employee);
  NoticePreference preference = found == preferences.end() ? NoticePreference() : found->second;
  if (preference.language().empty()) preference.set_language(status::LanguageTag(status::Language::kTraditionalChinese));
  return preference;
}

absl::StatusOr<std::shared_ptr<const NoticePolicy>> Audiences::Named(sql::Session& session, const Version& version) const {
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(version);
    if (found != known_.end()) return found->second;
  }
  ASSIGN_OR_RETURN(NoticePolicy read, policies_.kind().Find(session, version.first));
  auto policy = std::make_shared<const NoticePolicy>(std::move(read));
  const std::lock_guard lock(mutex_);
  return known_.try_emplace(version, std::move(policy)).first->second;
}

std::string StandInOf(const personnel::v1::Employee& employee, absl::CivilDay day, const people::Directory& people, absl::Time now) {
  for (const personnel::v1::Absence& absence : employee.absences()) {
    if (time::ToDay(absence.start_date()) > day || time::ToDay(absence.end_date()) < day) continue;
    if (!absence.deputy().empty() && !people.HasLeft(absence.deputy(), now)) return absence.deputy();
  }
  return "";
}

absl::StatusOr<Audience> Audiences::Load(sql::Session& session, const std::set<std::string>& employees, absl::Time now) const {
  std::set<std::string> names{""}, preferences{""};  // and nobody, so that there is a list
  for (const std::string& employee : employees) {
    names.insert(employee);
    preferences.insert(absl::StrCat(kPreferences, record::IdOf(employee)));
  }
  sql::Values values = sql::Bind(now);
  const sql::Values of_preferences = Listed(preferences), of_names = Listed(names);
  values.insert(values.end(), of_preferences.begin(), of_preferences.end());
  values.insert(values.end(), of_names.begin(), of_names.end());
  Audience audience;
  Version version;
  bool read_well = true;
  const absl::CivilDay today = absl::ToCivilDay(now, zone_);
  // The version, with each preference; and who is away.
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT p.name, p.publish_time, n.name, n.language, n.unwanted_wordings FROM (SELECT name, publish_time FROM "
                   "notice_policies WHERE state = 'STATE_PUBLISHED' AND start_time <= ? ORDER BY start_time DESC LIMIT 1) AS p LEFT JOIN "
                   "notice_preferences n ON n.name IN (",
                   sql::Placeholders(of_preferences.size()),
                   ") UNION ALL SELECT '', NULL, name, '', absences FROM mirrored_employees WHERE absences IS NOT NULL AND name IN (",
                   sql::Placeholders(of_names.size()), ")"),
      values, [&](const sql::Row& row) {
        if (row.Text(0).empty()) {
          personnel::v1::Employee away;
          read_well &= record::FromJson(row.Text(4), &away);
          std::string stand_in = StandInOf(away, today, people_, now);
          if (!stand_in.empty()) audience.stand_ins[row.Text(2)] = std::move(stand_in);
          return;
        }
        version = {row.Text(0), row.Time(1)};
        if (row.IsNull(2)) return;
        NoticePreference preference;
        if (!row.IsNull(4)) read_well &= record::FromJson(row.Text(4), &preference);
        preference.set_language(row.Text(3));
        audience.preferences[absl::StrCat(kEmployees, record::IdOf(row.Text(2)))] = std::move(preference);
      }));
  if (!read_well) return absl::DataLossError("a preference or an absence that cannot be read");
  if (version.first.empty()) {
    // Before the first version the first one holds.
    ASSIGN_OR_RETURN(NoticePolicy first, policies_.InForce(session, now));
    audience.policy = std::make_shared<const NoticePolicy>(std::move(first));
    return audience;
  }
  ASSIGN_OR_RETURN(audience.policy, Named(session, version));
  return audience;
}

}  // namespace heitie::planning
