#include "services/planning/research/research_item.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/research/research_import.h"
#include "services/planning/research/terms.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::ResearchItem;

const status::Reason kResearchKnown{StatusCode::kAlreadyExists, "RESEARCH_KNOWN", "{name} has the same address or text.",
                                    "{name} 的網址或內容相同。"};
const status::Reason kResearchImmutable{StatusCode::kFailedPrecondition, "RESEARCH_IMMUTABLE",
                                        "{name} was published and never changes: file a correction of it.",
                                        "{name} 已發布，不再變更：請建立更正版。"};
const status::Reason kNotYourDraft{StatusCode::kPermissionDenied, "NOT_YOUR_DRAFT", "{name} was filed by somebody else.",
                                   "{name} 由他人提出。"};
const status::Reason kNotInForce{StatusCode::kFailedPrecondition, "NOT_IN_FORCE", "{name} is not published, or no longer in force.",
                                 "{name} 未發布或已失效。"};
const status::Reason kCollectedLater{StatusCode::kInvalidArgument, "COLLECTED_LATER", "{date} is still to come.", "{date} 尚未到來。"};
const status::Reason kQueryTooShort{StatusCode::kInvalidArgument, "QUERY_TOO_SHORT",
                                    "Search for two Chinese characters that follow each other, or for whole words.",
                                    "請輸入連續兩個中文字，或完整的單字。"};

namespace {

constexpr int32_t kFoundByDefault = 50;

std::set<std::string> TermsOfItem(const ResearchItem& item) {
  return TermsOf(absl::StrCat(item.statement(), "\n", item.publisher(), "\n", item.author()));
}

std::vector<std::string> FingerprintsOf(const ResearchItem& item) {
  std::vector<std::string> fingerprints;
  for (const std::string& one : {TextFingerprint(item.statement()), AddressFingerprint(item.address())}) {
    if (!one.empty()) fingerprints.push_back(one);
  }
  return fingerprints;
}

absl::Status KeepTerms(record::Transaction& tx, const ResearchItem* before, const ResearchItem* after) {
  const std::set<std::string> old = before == nullptr ? std::set<std::string>() : TermsOfItem(*before);
  const std::set<std::string> now = after == nullptr ? std::set<std::string>() : TermsOfItem(*after);
  if (old == now) return absl::OkStatus();
  const std::string& name = after == nullptr ? before->name() : after->name();
  if (!old.empty()) RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM research_terms WHERE item = ?", sql::Bind(name)).status());
  return tx.sql.Together([&]() -> absl::Status {
    for (const std::string& term : now) {
      RETURN_IF_ERROR(tx.sql.Append("INSERT INTO research_terms (term, item)", sql::Bind(term, name), sql::Session::ReadBy::kTransaction));
    }
    return absl::OkStatus();
  });
}

// Takes a fingerprint for an item, or finds that it is another one's.
absl::Status TakeFingerprint(record::Transaction& tx, const std::string& fingerprint, const std::string& first_revision) {
  RETURN_IF_ERROR(tx.sql
                      .Execute("INSERT INTO research_fingerprints (fingerprint, first_revision, uses) VALUES (?, ?, 1) "
                               "ON DUPLICATE KEY UPDATE uses = uses + (first_revision = ?)",
                               sql::Bind(fingerprint, first_revision, first_revision))
                      .status());
  std::string owner;
  RETURN_IF_ERROR(tx.sql.Query("SELECT first_revision FROM research_fingerprints WHERE fingerprint = ?", sql::Bind(fingerprint),
                               [&](const sql::Row& row) { owner = row.Text(0); }));
  return owner == first_revision ? absl::OkStatus() : status::Error(kResearchKnown, {{"name", owner}});
}

absl::Status GiveFingerprintBack(record::Transaction& tx, const std::string& fingerprint, const std::string& first_revision) {
  RETURN_IF_ERROR(tx.sql
                      .Execute("UPDATE research_fingerprints SET uses = uses - 1 WHERE fingerprint = ? AND first_revision = ?",
                               sql::Bind(fingerprint, first_revision))
                      .status());
  return tx.sql.Execute("DELETE FROM research_fingerprints WHERE fingerprint = ? AND uses <= 0", sql::Bind(fingerprint)).status();
}

absl::Status KeepFingerprints(record::Transaction& tx, const ResearchItem* before, const ResearchItem* after) {
  const std::vector<std::string> old = before == nullptr ? std::vector<std::string>() : FingerprintsOf(*before);
  const std::vector<std::string> now = after == nullptr ? std::vector<std::string>() : FingerprintsOf(*after);
  if (old == now) return absl::OkStatus();
  for (const std::string& one : now) {
    if (std::find(old.begin(), old.end(), one) == old.end()) RETURN_IF_ERROR(TakeFingerprint(tx, one, after->first_revision()));
  }
  for (const std::string& one : old) {
    if (std::find(now.begin(), now.end(), one) == now.end()) RETURN_IF_ERROR(GiveFingerprintBack(tx, one, before->first_revision()));
  }
  return absl::OkStatus();
}

bool OfDepartment(const rpc::Principal& principal) {
  return principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || principal.Has(options::v1::ROLE_OPERATIONS_SPECIALIST) ||
         principal.Has(options::v1::ROLE_DATA_ANALYST);
}

absl::Status CheckMayChange(const rpc::Call& call, const ResearchItem& item) {
  if (item.state() != ResearchItem::STATE_DRAFT) return status::Error(kResearchImmutable, {{"name", item.name()}});
  if (OfDepartment(call.principal) || item.creator() == call.principal.name) return absl::OkStatus();
  return status::Error(kNotYourDraft, {{"name", item.name()}});
}

}  // namespace

const record::StateMachine& ResearchItemMachine() {
  static const auto& machine = *new record::StateMachine(
      ResearchItem::State_descriptor(),
      {
          {ResearchItem::STATE_DRAFT, "publish", ResearchItem::STATE_PUBLISHED, "what it corrects is in force"},
          {ResearchItem::STATE_PUBLISHED, "supersede", ResearchItem::STATE_SUPERSEDED, "a correction is published", record::kConsequence},
          {ResearchItem::STATE_PUBLISHED, "retract", ResearchItem::STATE_RETRACTED},
      });
  return machine;
}

void CheckResearchDays(const ResearchItem& item, absl::CivilDay today, const std::string& prefix, status::BadFields& bad) {
  const absl::CivilDay collected = time::ToDay(item.collect_date()), last = time::ToDay(item.last_valid_date());
  if (collected > today) bad.Add(absl::StrCat(prefix, "collect_date"), kCollectedLater, {{"date", time::DayText(collected)}});
  const auto check = [&](const char* field, absl::CivilDay start, absl::CivilDay end) {
    if (end >= start) return;
    bad.Add(absl::StrCat(prefix, field), status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
  };
  if (item.has_publish_date()) check("collect_date", time::ToDay(item.publish_date()), collected);
  check("last_valid_date", collected, last);
}

ResearchItems::ResearchItems(Tables& tables) : tables_(tables) {
  tables_.research_items.SetFollow([](record::Transaction& tx, const ResearchItem* before, const ResearchItem* after) -> absl::Status {
    RETURN_IF_ERROR(KeepFingerprints(tx, before, after));
    return KeepTerms(tx, before, after);
  });
}

absl::Status ResearchItems::Rate(record::Transaction& tx, ResearchItem& item) const {
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  item.set_confidence(ConfidenceOf(policy, item.reliability(), item.credibility()));
  item.set_planning_policy(policy.name());
  return absl::OkStatus();
}

absl::Status ResearchItems::Create(record::Transaction& tx, ResearchItem& item) {
  status::BadFields bad;
  CheckResearchDays(item, absl::ToCivilDay(tx.call.now, tables_.zone), "research_item.", bad);
  RETURN_IF_ERROR(bad.status());
  item.set_state(ResearchItem::STATE_DRAFT);
  item.set_revision(1);
  item.set_first_revision(item.name());
  if (!item.corrects().empty()) {
    ASSIGN_OR_RETURN(const ResearchItem corrected, tables_.research_items.Guard(tx, item.corrects()));
    if (corrected.state() != ResearchItem::STATE_PUBLISHED) return status::Error(kNotInForce, {{"name", corrected.name()}});
    item.set_revision(corrected.revision() + 1);
    item.set_first_revision(corrected.first_revision());
  }
  return Rate(tx, item);
}

absl::Status ResearchItems::Update(record::Transaction& tx, const ResearchItem& before, ResearchItem& after) {
  RETURN_IF_ERROR(CheckMayChange(tx.call, before));
  status::BadFields bad;
  CheckResearchDays(after, absl::ToCivilDay(tx.call.now, tables_.zone), "research_item.", bad);
  RETURN_IF_ERROR(bad.status());
  return Rate(tx, after);
}

absl::Status ResearchItems::Delete(record::Transaction& tx, const ResearchItem& item) { return CheckMayChange(tx.call, item); }

absl::StatusOr<ResearchItem> ResearchItems::Publish(record::Transaction& tx, const v1::PublishResearchItemRequest& request) {
  ASSIGN_OR_RETURN(record::Step<ResearchItem> step, tables_.research_items.Begin(tx, request, "publish"));
  if (!step.before.corrects().empty()) {
    ASSIGN_OR_RETURN(const ResearchItem corrected, tables_.research_items.Lock(tx, step.before.corrects()));
    if (corrected.state() != ResearchItem::STATE_PUBLISHED) return status::Error(kNotInForce, {{"name", corrected.name()}});
    RETURN_IF_ERROR(tables_.research_items
                        .Change(tx, record::Target(corrected.name()), "supersede",
                                [&](ResearchItem& after) {
                                  after.set_superseded_by(step.before.name());
                                  after.set_state_reason(absl::StrCat(step.before.name(), " corrects it"));
                                })
                        .status());
  }
  RETURN_IF_ERROR(Rate(tx, step.after));
  step.after.set_releaser(tx.call.principal.name);
  *step.after.mutable_release_time() = time::ToTimestamp(tx.call.now);
  return tables_.research_items.Finish(tx, step);
}

absl::StatusOr<ResearchItem> ResearchItems::Retract(record::Transaction& tx, const v1::RetractResearchItemRequest& request) {
  return tables_.research_items.Change(tx, request, "retract", [&](ResearchItem& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<v1::SearchResearchItemsResponse> ResearchItems::Search(const rpc::Call& call,
                                                                      const v1::SearchResearchItemsRequest& request) {
  const std::set<std::string> terms = TermsOf(request.query());
  if (terms.empty()) {
    status::BadFields bad;
    bad.Add("query", kQueryTooShort);
    return bad.status();
  }
  sql::Values values(terms.begin(), terms.end());
  values.emplace_back(static_cast<int64_t>(terms.size()));
  std::string tail = absl::StrCat("WHERE name IN (SELECT item FROM research_terms WHERE term IN (",
                                  absl::StrJoin(std::vector<std::string>(terms.size(), "?"), ", "), ") GROUP BY item HAVING COUNT(*) = ?)");
  if (!request.all_states()) absl::StrAppend(&tail, " AND state = 'STATE_PUBLISHED'");
  if (request.kind() != ResearchItem::KIND_UNSPECIFIED) {
    absl::StrAppend(&tail, " AND kind = ?");
    values.emplace_back(ResearchItem::Kind_Name(request.kind()));
  }
  const int32_t limit = request.limit() == 0 ? kFoundByDefault : request.limit();
  absl::StrAppend(&tail, " ORDER BY collect_date DESC, name LIMIT ?");
  values.emplace_back(int64_t{limit} + 1);
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::SearchResearchItemsResponse> {
    ASSIGN_OR_RETURN(const std::vector<ResearchItem> found, tables_.research_items.Select(session, tail, values));
    v1::SearchResearchItemsResponse response;
    for (const ResearchItem& item : found) {
      if (response.research_items_size() == limit) break;
      ASSIGN_OR_RETURN(*response.add_research_items(), tables_.research_items.Decorated(session, item));
    }
    response.set_truncated(found.size() > static_cast<size_t>(limit));
    return response;
  });
}

absl::StatusOr<std::optional<std::string>> ResearchItems::Known(sql::Session& session, const ResearchItem& item) const {
  std::optional<std::string> known;
  for (const std::string& one : FingerprintsOf(item)) {
    RETURN_IF_ERROR(session.Query("SELECT first_revision FROM research_fingerprints WHERE fingerprint = ?", sql::Bind(one),
                                  [&](const sql::Row& row) { known = row.Text(0); }));
  }
  return known;
}

absl::Status ResearchItems::File(record::Transaction& tx, const ResearchItem& parsed, v1::ImportedResearch& row) const {
  ResearchItem item = parsed;
  item.set_name(absl::StrCat("researchItems/", record::NewId(tx.call.now)));
  item.set_state(ResearchItem::STATE_DRAFT);
  item.set_revision(1);
  item.set_first_revision(item.name());
  RETURN_IF_ERROR(Rate(tx, item));
  row.set_research_item(item.name());
  return tables_.research_items.Insert(tx, item, "import");
}

absl::StatusOr<v1::ImportResearchItemsResponse> ResearchItems::Import(record::Transaction& tx,
                                                                      const v1::ImportResearchItemsRequest& request) {
  ASSIGN_OR_RETURN(const ResearchList list, ReadResearch(request.content(), absl::ToCivilDay(tx.call.now, tables_.zone), tx.call.language));
  v1::ImportResearchItemsResponse response;
  for (const v1::ResearchImportDefect& defect : list.defects) *response.add_defects() = defect;
  if (!list.defects.empty()) return response;
  std::set<std::string> told;  // fingerprints of rows before
  for (const ResearchLine& line : list.lines) {
    v1::ImportedResearch& row = *response.add_rows();
    row.set_line(line.line);
    ASSIGN_OR_RETURN(const std::optional<std::string> known, Known(tx.sql, line.item));
    bool repeated = false;
    for (const std::string& one : FingerprintsOf(line.item)) repeated |= !told.insert(one).second;
    row.set_known(known.has_value() || repeated);
    if (known) row.set_research_item(*known);
    if (row.known()) continue;
    response.set_filed(response.filed() + 1);
    if (!request.dry_run()) RETURN_IF_ERROR(File(tx, line.item, row));
  }
  return response;
}

void ResearchItems::Bind(record::Methods& methods) {
  methods.Reads(tables_.research_items);
  methods.Creates(tables_.research_items, this, &ResearchItems::Create);
  methods.Updates(tables_.research_items, this, &ResearchItems::Update);
  methods.Deletes(tables_.research_items, this, &ResearchItems::Delete);
  methods.Bind("PublishResearchItem", this, &ResearchItems::Publish);
  methods.Bind("RetractResearchItem", this, &ResearchItems::Retract);
  methods.Bind("SearchResearchItems", this, &ResearchItems::Search);
  methods.Bind("ImportResearchItems", this, &ResearchItems::Import);
}

}  // namespace heitie::planning
