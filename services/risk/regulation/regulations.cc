#include "services/risk/regulation/regulations.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/risk/regulation/regulation_rules.h"

namespace heitie::risk {

using google::protobuf::util::MessageDifferencer;
using v1::Regulation;
using v1::RegulationVersion;

const status::Reason kRegulationRepealed{absl::StatusCode::kFailedPrecondition, "REGULATION_REPEALED", "{name} was repealed.",
                                         "{name} 已廢止。"};

namespace {

const status::Reason kApplicabilityMissing{absl::StatusCode::kInvalidArgument, "APPLICABILITY_MISSING",
                                           "Say what it binds: everything, kinds, channels, categories, markets or subjects.",
                                           "請說明適用對象：全部，或類型、通路、類別、市場、指定對象。"};
const status::Reason kEffectiveDateMissing{absl::StatusCode::kInvalidArgument, "EFFECTIVE_DATE_MISSING",
                                           "What is enacted has a first day in force.", "已公布的法規須有生效日。"};
const status::Reason kRegulationEnacted{absl::StatusCode::kFailedPrecondition, "REGULATION_ENACTED",
                                        "{name} was enacted; repeal it instead.", "{name} 已公布，請改為廢止。"};
const status::Reason kHasObligations{absl::StatusCode::kFailedPrecondition, "HAS_OBLIGATIONS",
                                     "{name} demands {count} things; delete them first.", "{name} 尚有 {count} 項義務，請先刪除。"};
const status::Reason kNotOfTheRegulation{absl::StatusCode::kInvalidArgument, "NOT_OF_THE_REGULATION",
                                         "{version} is a version of another regulation.", "{version} 屬於另一項法規。"};
const status::Reason kNoEarlierVersion{absl::StatusCode::kFailedPrecondition, "NO_EARLIER_VERSION", "{name} is the first one.",
                                       "{name} 是第一版。"};

absl::Status CheckWhole(const Regulation& regulation) {
  status::BadFields bad;
  if (!SaysWhatItBinds(regulation.applicability())) bad.Add("regulation.applicability", kApplicabilityMissing);
  if (regulation.has_enact_time() && !regulation.has_effective_date()) bad.Add("regulation.effective_date", kEffectiveDateMissing);
  return bad.status();
}

// Whether both say the same to whom it binds.
bool SaysTheSame(const Regulation& before, const Regulation& after) {
  return before.text() == after.text() && MessageDifferencer::Equals(before.effective_date(), after.effective_date()) &&
         MessageDifferencer::Equals(before.applicability(), after.applicability());
}

std::string VersionOf(const std::string& regulation, int32_t version) { return absl::StrFormat("%s/versions/%04d", regulation, version); }

}  // namespace

Regulations::Regulations(const service::Context& context)
    : store_(context.store), zone_(context.time_zone), regulations_(context.store, &RegulationMachine()), versions_(context.store) {
  regulations_.SetFollow([](record::Transaction& tx, const Regulation*, const Regulation* after) -> absl::Status {
    if (after == nullptr) return absl::OkStatus();
    return job::Schedule(tx, {absl::StrCat(after->name(), "/foresee"), kForeseeJob, after->name(), tx.call.now});
  });
}

absl::Status Regulations::KeepVersion(record::Transaction& tx, Regulation& regulation) const {
  regulation.set_version(regulation.version() + 1);
  RegulationVersion version;
  version.set_name(VersionOf(regulation.name(), regulation.version()));
  version.set_version(regulation.version());
  version.set_text(regulation.text());
  if (regulation.has_effective_date()) *version.mutable_effective_date() = regulation.effective_date();
  *version.mutable_applicability() = regulation.applicability();
  version.set_revision_note(regulation.revision_note());
  return versions_.Insert(tx, version);
}

absl::Status Regulations::Create(record::Transaction& tx, Regulation& regulation) {
  RETURN_IF_ERROR(CheckWhole(regulation));
  regulation.set_state(Regulation::STATE_PROPOSED);
  return KeepVersion(tx, regulation);
}

absl::Status Regulations::Update(record::Transaction& tx, const Regulation& before, Regulation& after) {
  if (before.state() == Regulation::STATE_REPEALED) return status::Error(kRegulationRepealed, {{"name", before.name()}});
  RETURN_IF_ERROR(CheckWhole(after));
  if (SaysTheSame(before, after)) return absl::OkStatus();
  RETURN_IF_ERROR(KeepVersion(tx, after));
  return changed_(tx, after.name());
}

absl::Status Regulations::Delete(record::Transaction& tx, const Regulation& regulation) {
  if (regulation.has_enact_time()) return status::Error(kRegulationEnacted, {{"name", regulation.name()}});
  int64_t obligations = 0;
  RETURN_IF_ERROR(tx.sql.Query("SELECT COUNT(*) FROM obligations WHERE name > ? AND name < ?",
                               record::ChildRange(regulation.name(), "obligations"),
                               [&](const sql::Row& row) { obligations = row.Int(0); }));
  if (obligations > 0) return status::Error(kHasObligations, {{"name", regulation.name()}, {"count", obligations}});
  ASSIGN_OR_RETURN(const std::vector<RegulationVersion> versions, versions_.Children(tx.sql, regulation.name()));
  for (const RegulationVersion& version : versions) RETURN_IF_ERROR(versions_.Delete(tx, version));
  return tx.sql.Execute("DELETE FROM regulation_foresights WHERE regulation = ?", sql::Bind(regulation.name())).status();
}

absl::StatusOr<Regulation> Regulations::Enact(record::Transaction& tx, const v1::EnactRegulationRequest& request) {
  return regulations_.Change(tx, request, "enact", [&](const Regulation& before, Regulation& after) -> absl::Status {
    if (request.has_effective_date()) *after.mutable_effective_date() = request.effective_date();
    if (!after.has_effective_date()) {
      status::BadFields bad;
      bad.Add("effective_date", kEffectiveDateMissing);
      return bad.status();
    }
    *after.mutable_enact_time() = time::ToTimestamp(tx.call.now);
    if (!SaysTheSame(before, after)) RETURN_IF_ERROR(KeepVersion(tx, after));
    return changed_(tx, after.name());
  });
}

absl::StatusOr<Regulation> Regulations::Repeal(record::Transaction& tx, const v1::RepealRegulationRequest& request) {
  return regulations_.Change(tx, request, "repeal", [&](Regulation& after) {
    *after.mutable_repeal_date() = request.has_repeal_date() ? request.repeal_date() : time::ToDate(absl::ToCivilDay(tx.call.now, zone_));
    after.set_repeal_reason(request.reason());
    return changed_(tx, after.name());
  });
}

absl::StatusOr<v1::RegulationComparison> Regulations::Compare(const rpc::Call& call, const v1::CompareRegulationVersionsRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::RegulationComparison> {
    ASSIGN_OR_RETURN(const RegulationVersion later, versions_.Find(session, request.name()));
    const std::string regulation = record::ParentOf(later.name());
    std::string name = request.earlier();
    if (name.empty()) {
      if (later.version() == 1) return status::Error(kNoEarlierVersion, {{"name", later.name()}});
      name = VersionOf(regulation, later.version() - 1);
    }
    if (record::ParentOf(name) != regulation) {
      status::BadFields bad;
      bad.Add("earlier", kNotOfTheRegulation, {{"version", name}});
      return bad.status();
    }
    ASSIGN_OR_RETURN(const RegulationVersion earlier, versions_.Find(session, name));
    v1::RegulationComparison comparison = CompareTexts(earlier.text(), later.text());
    comparison.set_earlier(earlier.name());
    comparison.set_effective_date_differs(!MessageDifferencer::Equals(earlier.effective_date(), later.effective_date()));
    comparison.set_applicability_differs(!MessageDifferencer::Equals(earlier.applicability(), later.applicability()));
    return comparison;
  });
}

absl::StatusOr<std::vector<Regulation>> Regulations::Binding(sql::Session& session, absl::Time at) const {
  return regulations_.Select(session,
                             "WHERE enact_time IS NOT NULL AND effective_date IS NOT NULL AND (repeal_date IS NULL OR repeal_date > ?) "
                             "ORDER BY name",
                             sql::Bind(time::DayText(absl::ToCivilDay(at, zone_))));
}

absl::Status Regulations::KeepStates(record::Transaction& tx) const {
  const std::string today = time::DayText(absl::ToCivilDay(tx.call.now, zone_));
  const struct {
    const char* verb;
    const char* tail;
  } moves[] = {{"take_effect", "WHERE state = 'STATE_ENACTED' AND effective_date <= ? ORDER BY name LIMIT 100"},
               {"postpone", "WHERE state = 'STATE_IN_FORCE' AND effective_date > ? ORDER BY name LIMIT 100"}};
  for (const auto& move : moves) {
    ASSIGN_OR_RETURN(const std::vector<Regulation> due, regulations_.Select(tx.sql, move.tail, sql::Bind(today)));
    for (const Regulation& regulation : due) {
      // Locked it may be another one than it was.
      ASSIGN_OR_RETURN(record::Step<Regulation> step, regulations_.Begin(tx, record::Target(regulation.name())));
      if (step.before.etag() != regulation.etag()) continue;
      step.verb = move.verb;
      RETURN_IF_ERROR(regulations_.Advance(step.after, step.verb));
      RETURN_IF_ERROR(regulations_.Finish(tx, step).status());
    }
  }
  return absl::OkStatus();
}

void Regulations::Bind(record::Methods& methods) {
  methods.Reads(regulations_);
  methods.Creates(regulations_, this, &Regulations::Create);
  methods.Updates(regulations_, this, &Regulations::Update);
  methods.Deletes(regulations_, this, &Regulations::Delete);
  methods.Bind("EnactRegulation", this, &Regulations::Enact);
  methods.Bind("RepealRegulation", this, &Regulations::Repeal);
  methods.Reads(versions_);
  methods.Bind("CompareRegulationVersions", this, &Regulations::Compare);
}

}  // namespace heitie::risk
