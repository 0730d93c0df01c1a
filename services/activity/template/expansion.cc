#include "services/activity/template/expansion.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/rpc/contract.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "google/api/field_behavior.pb.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/template/arithmetic.h"

namespace heitie::activity {

using v1::ActivityTemplateVersion;
using v1::TemplateChange;
using v1::TemplateDeviation;
using v1::TemplateInstance;
using v1::TemplateItem;
using v1::TemplateOrder;
using v1::TemplateTarget;

const status::Reason kOwnerRuleUnfit{absl::StatusCode::kInvalidArgument, "OWNER_RULE_UNFIT",
                                     "A person is named exactly with OWNER_RULE_EMPLOYEE, a role exactly with OWNER_RULE_ROLE.",
                                     "僅 OWNER_RULE_EMPLOYEE 指定人員，僅 OWNER_RULE_ROLE 指定角色。"};
const status::Reason kTargetRuleUnfit{absl::StatusCode::kInvalidArgument, "TARGET_RULE_UNFIT",
                                      "A median has no value of its own; every other rule needs one greater than 0.",
                                      "中位數不需自訂數值，其他規則必須有大於 0 的數值。"};
const status::Reason kUnknownPart{absl::StatusCode::kInvalidArgument, "UNKNOWN_TEMPLATE_PART", "The template has no part {part}.",
                                  "範本沒有 {part}。"};
const status::Reason kChangeUnfit{absl::StatusCode::kInvalidArgument, "CHANGE_UNFIT",
                                  "This cannot be said of {part}, or nothing is said of it.", "無法如此變更 {part}，或未說明變更內容。"};
const status::Reason kDeviationUnexplained{absl::StatusCode::kInvalidArgument, "DEVIATION_UNEXPLAINED",
                                           "{part} is mandatory: leaving it out wants a reason.",
                                           "{part} 為必要項目，省略時必須說明原因。"};
const status::Reason kQuantityTooLarge{absl::StatusCode::kInvalidArgument, "MATERIAL_TOO_LARGE", "{part} would take more than a billion.",
                                       "{part} 的數量將超過十億。"};
const status::Reason kDueBeyondCalendar{absl::StatusCode::kInvalidArgument, "DUE_BEYOND_CALENDAR",
                                        "The calendar has not so many working days before the start for {part}.",
                                        "行事曆在開始之前沒有足夠的工作日可供 {part} 使用。"};
const status::Reason kPreviewOutdated{absl::StatusCode::kFailedPrecondition, "PREVIEW_OUTDATED",
                                      "{name} would not become what was previewed: look at it again.",
                                      "{name} 的內容將與預覽不同，請重新預覽。"};

namespace {

template <typename Parts>
void CheckIds(const Parts& parts, const std::string& list, status::BadFields& bad) {
  std::set<std::string> seen;
  for (int i = 0; i < parts.size(); ++i) {
    if (!seen.insert(parts[i].id()).second) {
      bad.Add(absl::StrCat("activity_template_version.", list, "[", i, "].id"), kValueTwice, {{"value", parts[i].id()}});
    }
  }
}

void CheckItems(const ActivityTemplateVersion& version, status::BadFields& bad) {
  CheckIds(version.items(), "items", bad);
  for (int i = 0; i < version.items_size(); ++i) {
    const TemplateItem& item = version.items(i);
    const bool person = item.owner_rule() == TemplateItem::OWNER_RULE_EMPLOYEE, role = item.owner_rule() == TemplateItem::OWNER_RULE_ROLE;
    if (person == item.employee().empty() || role == item.role().empty()) {
      bad.Add(absl::StrCat("activity_template_version.items[", i, "].owner_rule"), kOwnerRuleUnfit);
    }
  }
}

void CheckTargets(const ActivityTemplateVersion& version, status::BadFields& bad) {
  CheckIds(version.targets(), "targets", bad);
  std::set<std::pair<int, std::string>> seen;
  for (int i = 0; i < version.targets_size(); ++i) {
    const TemplateTarget& target = version.targets(i);
    const std::string path = absl::StrCat("activity_template_version.targets[", i, "].");
    if ((target.measure() == v1::Target::MEASURE_METRIC) == target.metric().empty()) bad.Add(path + "metric", kBadTarget);
    if (!seen.emplace(target.measure(), target.metric()).second) {
      bad.Add(path + "measure", kValueTwice, {{"value", v1::Target::Measure_Name(target.measure())}});
    }
    if ((target.rule() == TemplateTarget::RULE_MEDIAN) == (target.value() > 0)) bad.Add(path + "value", kTargetRuleUnfit);
  }
}

// 0.05 and 12350, not 0.050000 and 1.235e4.
std::string FigureText(double figure) { return absl::StrFormat("%.12g", figure); }

// A copy without what only the service sets.
template <typename T>
T GivenOf(const T& resource) {
  T given = resource;
  for (int i = 0; i < T::descriptor()->field_count(); ++i) {
    const auto* field = T::descriptor()->field(i);
    if (rpc::Behaves(*field, google::api::OUTPUT_ONLY)) given.GetReflection()->ClearField(&given, field);
  }
  return given;
}

// Makes one instance; what stands against it is collected in `bad`.
class Expansion {
 public:
  Expansion(const ActivityTemplateVersion& version, const std::string& activity_id, const TemplateOrder& order, const ExpansionFacts& facts)
      : version_(version), order_(order), facts_(facts) {
    activity_.set_name(absl::StrCat("activities/", activity_id));
  }

  absl::StatusOr<TemplateInstance> Run() {
    TakeChanges();
    MakeActivity();
    if (time::ToTime(order_.start_time()) >= time::ToTime(order_.end_time())) bad_.Add("order.end_time", kStartNotBeforeEnd);
    if (order_.budget_amount_minor() > 0 && order_.budget().empty()) bad_.Add("order.budget", kBudgetMissing);
    AddStaff();
    AddMaterials();
    AddTargets();
    AddItems();
    AddSupports();
    AddPages();
    AddGuardrails();
    if (!bad_.empty()) return bad_.status();
    instance_.set_template_version(version_.name());
    *instance_.mutable_activity() = activity_;
    instance_.set_digest(text::Sha256Hex(instance_.SerializeAsString()));
    return instance_;
  }

 private:
  // What the order says of one part.
  struct Said {
    const TemplateChange* change = nullptr;
    std::string field;  // of the change in the request
  };

  void TakeChanges() {
    std::set<std::string> parts;
    for (const auto& part : version_.items()) parts.insert("items/" + part.id());
    for (const auto& part : version_.supports()) parts.insert("supports/" + part.id());
    for (const auto& part : version_.roles()) parts.insert("roles/" + part.id());
    for (const auto& part : version_.materials()) parts.insert("materials/" + part.id());
    for (const auto& part : version_.targets()) parts.insert("targets/" + part.id());
    for (const auto& part : version_.pages()) parts.insert("pages/" + part.id());
    for (const auto& part : version_.guardrails()) parts.insert("guardrails/" + part.id());
    for (int i = 0; i < order_.changes_size(); ++i) {
      const TemplateChange& change = order_.changes(i);
      const std::string field = absl::StrCat("order.changes[", i, "]");
      if (parts.count(change.part()) == 0) {
        bad_.Add(field + ".part", kUnknownPart, {{"part", change.part()}});
      } else if (!said_.emplace(change.part(), Said{&change, field}).second) {
        bad_.Add(field + ".part", kValueTwice, {{"value", change.part()}});
      } else if (!Fits(change)) {
        bad_.Add(field, kChangeUnfit, {{"part", change.part()}});
      }
    }
  }

  static bool Fits(const TemplateChange& change) {
    const std::string list = change.part().substr(0, change.part().find('/'));
    const bool says = change.has_quantity() || change.has_target() || !change.owner().empty() || change.has_due_time();
    if (change.leave_out()) return !says;
    if (change.has_quantity() && list != "materials") return false;
    if (change.has_target() && list != "targets") return false;
    if (!change.owner().empty() && list != "items") return false;
    if (change.has_due_time() && list != "items" && list != "supports") return false;
    // A reason alone explains what the order shows by itself: too few people, a median that nobody knows.
    return says || (!change.reason().empty() && (list == "roles" || list == "targets"));
  }

  Said SaidOf(const std::string& part) const {
    const auto found = said_.find(part);
    return found == said_.end() ? Said() : found->second;
  }

  void Deviate(const std::string& part, TemplateDeviation::Kind kind, const std::string& expected, const std::string& chosen,
               bool mandatory) {
    const Said said = SaidOf(part);
    TemplateDeviation& deviation = *activity_.add_deviations();
    deviation.set_part(part);
    deviation.set_kind(kind);
    deviation.set_expected(expected);
    deviation.set_chosen(chosen);
    deviation.set_mandatory(mandatory);
    if (said.change != nullptr) deviation.set_reason(said.change->reason());
    const bool wants_reason = mandatory && (kind == TemplateDeviation::KIND_LEFT_OUT || kind == TemplateDeviation::KIND_UNDERSTAFFED ||
                                            kind == TemplateDeviation::KIND_FIGURE_UNKNOWN);
    if (wants_reason && deviation.reason().empty()) {
      bad_.Add(said.change != nullptr ? said.field + ".reason" : "order.changes", kDeviationUnexplained, {{"part", part}});
    }
  }

  // Whether the order leaves the part out, which is noted.
  bool LeftOut(const std::string& part, const std::string& expected, bool mandatory) {
    const Said said = SaidOf(part);
    if (said.change == nullptr || !said.change->leave_out()) return false;
    Deviate(part, TemplateDeviation::KIND_LEFT_OUT, expected, "", mandatory);
    return true;
  }

  void MakeActivity() {
    activity_.set_title(order_.title());
    activity_.set_description(order_.description());
    activity_.set_project(order_.project());
    activity_.set_scheme(order_.scheme());
    activity_.set_owner(order_.owner());
    *activity_.mutable_start_time() = order_.start_time();
    *activity_.mutable_end_time() = order_.end_time();
    activity_.set_time_zone(order_.time_zone());
    activity_.set_budget(order_.budget());
    activity_.set_budget_amount_minor(order_.budget_amount_minor());
    activity_.set_kind(version_.kind());
    if (version_.has_tracking()) *activity_.mutable_tracking() = version_.tracking();
    activity_.set_template_version(version_.name());
    activity_.set_expected_participants(order_.expected_participants());
    activity_.set_state(v1::Activity::STATE_DRAFT);
  }

  void AddStaff() {
    std::set<std::string> people;
    for (int i = 0; i < order_.staff_size(); ++i) {
      const v1::StaffAssignment& assignment = order_.staff(i);
      if (!people.insert(assignment.employee()).second) {
        bad_.Add(absl::StrCat("order.staff[", i, "].employee"), kValueTwice, {{"value", assignment.employee()}});
      }
      *activity_.add_staff() = assignment;
    }
    std::set<std::string> courses;
    for (const v1::TemplateRole& role : version_.roles()) {
      const std::string part = "roles/" + role.id();
      if (LeftOut(part, absl::StrCat(role.head_count()), role.mandatory())) continue;
      courses.insert(role.courses().begin(), role.courses().end());
      const auto named = std::count_if(order_.staff().begin(), order_.staff().end(),
                                       [&](const v1::StaffAssignment& assignment) { return assignment.role() == role.role(); });
      if (named < role.head_count()) {
        Deviate(part, TemplateDeviation::KIND_UNDERSTAFFED, absl::StrCat(role.head_count()), absl::StrCat(named), role.mandatory());
      }
    }
    for (const std::string& course : courses) activity_.mutable_training_requirement()->add_courses(course);
  }

  void AddMaterials() {
    for (const v1::TemplateMaterial& material : version_.materials()) {
      const std::string part = "materials/" + material.id();
      const std::optional<int64_t> quantity = QuantityOf(material, order_.expected_participants());
      if (LeftOut(part, quantity ? absl::StrCat(*quantity) : "", material.mandatory())) continue;
      const Said said = SaidOf(part);
      const bool changed = said.change != nullptr && said.change->has_quantity();
      if (!quantity && !changed) {
        bad_.Add("order.expected_participants", kQuantityTooLarge, {{"part", part}});
        continue;
      }
      const int64_t chosen = changed ? said.change->quantity() : *quantity;
      if (changed && quantity != chosen) {
        Deviate(part, TemplateDeviation::KIND_CHANGED, quantity ? absl::StrCat(*quantity) : "", absl::StrCat(chosen), material.mandatory());
      }
      if (chosen == 0) continue;
      v1::BillOfMaterialsLine& line = *activity_.add_bill_of_materials();
      line.set_item(material.item());
      line.set_quantity(chosen);
    }
  }

  // What the template says; nothing of a median that nobody knows.
  std::optional<double> FigureOf(const TemplateTarget& target, const std::string& part) {
    switch (target.rule()) {
      case TemplateTarget::RULE_PER_PARTICIPANT:
        // Nobody expected is no target.
        if (order_.expected_participants() == 0) return std::nullopt;
        return target.value() * static_cast<double>(order_.expected_participants());
      case TemplateTarget::RULE_MEDIAN:
        return Median(target, part);
      default:
        return target.value();
    }
  }

  std::optional<double> Median(const TemplateTarget& target, const std::string& part) {
    v1::TemplateTargetSource& source = *instance_.add_target_sources();
    source.set_part(part);
    std::vector<Reached> reached;
    for (const auto& [report, results] : facts_.results) {
      for (const v1::TargetResult& result : results) {
        if (SameMeasure(target, result.target()) && result.has_actual()) reached.push_back({report, result.actual()});
      }
    }
    std::sort(reached.begin(), reached.end(),
              [](const Reached& a, const Reached& b) { return std::tie(a.figure, a.report) < std::tie(b.figure, b.report); });
    std::vector<double> figures;
    for (const Reached& one : reached) {
      source.add_reports(one.report);
      source.add_figures(one.figure);
      figures.push_back(one.figure);
    }
    const std::optional<double> median = MedianOf(figures);
    if (median) source.set_median(*median);
    // A target is greater than 0.
    return median && *median > 0 ? median : std::nullopt;
  }

  void AddTargets() {
    for (const TemplateTarget& part_of : version_.targets()) {
      const std::string part = "targets/" + part_of.id();
      const std::optional<double> figure = FigureOf(part_of, part);
      const std::string expected = figure ? FigureText(*figure) : "";
      if (LeftOut(part, expected, part_of.mandatory())) continue;
      const Said said = SaidOf(part);
      const bool changed = said.change != nullptr && said.change->has_target();
      if (!figure && !changed) {
        Deviate(part, TemplateDeviation::KIND_FIGURE_UNKNOWN, "", "", part_of.mandatory());
        continue;
      }
      const double chosen = changed ? said.change->target() : *figure;
      if (changed && figure != chosen) {
        Deviate(part, TemplateDeviation::KIND_CHANGED, expected, FigureText(chosen), part_of.mandatory());
      }
      v1::Target& target = *activity_.add_targets();
      target.set_measure(part_of.measure());
      target.set_direction(part_of.direction());
      target.set_metric(part_of.metric());
      target.set_target(chosen);
    }
  }

  // The due time, the order's or the template's; nothing when there is none, which is noted.
  std::optional<google::protobuf::Timestamp> Due(const std::string& part, int working_days, bool mandatory) {
    const absl::StatusOr<absl::Time> due =
        DueTimeOf(facts_.calendar, StartDayOf(time::ToTime(order_.start_time()), order_.time_zone()), working_days);
    const Said said = SaidOf(part);
    if (said.change != nullptr && said.change->has_due_time()) {
      const absl::Time chosen = time::ToTime(said.change->due_time());
      if (!due.ok() || *due != chosen) {
        Deviate(part, TemplateDeviation::KIND_CHANGED, due.ok() ? time::InstantText(*due) : "", time::InstantText(chosen), mandatory);
      }
      return said.change->due_time();
    }
    if (!due.ok()) {
      bad_.Add("order.start_time", kDueBeyondCalendar, {{"part", part}});
      return std::nullopt;
    }
    return time::ToTimestamp(*due);
  }

  std::string OwnerOf(const TemplateItem& item, const std::string& part) {
    const Said said = SaidOf(part);
    std::string owner = order_.owner();
    if (item.owner_rule() == TemplateItem::OWNER_RULE_EMPLOYEE) {
      owner = item.employee();
    } else if (item.owner_rule() == TemplateItem::OWNER_RULE_ROLE) {
      const auto found = std::find_if(order_.staff().begin(), order_.staff().end(),
                                      [&](const v1::StaffAssignment& assignment) { return assignment.role() == item.role(); });
      if (found != order_.staff().end()) owner = found->employee();
    }
    if (said.change != nullptr && !said.change->owner().empty()) {
      if (said.change->owner() != owner) Deviate(part, TemplateDeviation::KIND_CHANGED, owner, said.change->owner(), item.mandatory());
      return said.change->owner();
    }
    if (item.owner_rule() == TemplateItem::OWNER_RULE_EMPLOYEE && facts_.left && facts_.left(owner)) {
      Deviate(part, TemplateDeviation::KIND_OWNER_LEFT, owner, order_.owner(), item.mandatory());
      return order_.owner();
    }
    return owner;
  }

  void AddItems() {
    for (const TemplateItem& part_of : version_.items()) {
      const std::string part = "items/" + part_of.id();
      if (LeftOut(part, part_of.title(), part_of.mandatory())) continue;
      v1::PreparationItem& item = *instance_.add_preparation_items();
      item.set_name(absl::StrCat(activity_.name(), "/preparationItems/", part_of.id()));
      item.set_title(part_of.title());
      item.set_kind(part_of.kind());
      item.set_owner(OwnerOf(part_of, part));
      if (const auto due = Due(part, part_of.due_working_days(), part_of.mandatory())) *item.mutable_due_time() = *due;
      item.set_state(v1::PreparationItem::STATE_OPEN);
      item.set_needs_acceptance(part_of.needs_acceptance());
      item.set_needs_deliverable(part_of.needs_deliverable());
      item.set_mandatory(part_of.mandatory());
    }
  }

  void AddSupports() {
    for (const v1::TemplateSupport& part_of : version_.supports()) {
      const std::string part = "supports/" + part_of.id();
      if (LeftOut(part, part_of.description(), part_of.mandatory())) continue;
      v1::SupportCommitment& commitment = *instance_.add_support_commitments();
      commitment.set_name(absl::StrCat(activity_.name(), "/supportCommitments/", part_of.id()));
      commitment.set_department(part_of.department());
      commitment.set_description(part_of.description());
      if (const auto due = Due(part, part_of.due_working_days(), part_of.mandatory())) *commitment.mutable_due_time() = *due;
      commitment.set_state(v1::SupportCommitment::STATE_REQUESTED);
    }
  }

  void AddPages() {
    for (const v1::TemplatePage& part_of : version_.pages()) {
      if (LeftOut("pages/" + part_of.id(), part_of.page().url(), part_of.mandatory())) continue;
      v1::Page& page = *instance_.add_pages();
      page = GivenOf(part_of.page());
      page.set_name(absl::StrCat(activity_.name(), "/pages/", part_of.id()));
    }
  }

  void AddGuardrails() {
    for (const v1::TemplateGuardrail& part_of : version_.guardrails()) {
      if (LeftOut("guardrails/" + part_of.id(), part_of.guardrail().display_name(), part_of.mandatory())) continue;
      v1::ActivityGuardrail& guardrail = *instance_.add_activity_guardrails();
      guardrail = GivenOf(part_of.guardrail());
      guardrail.set_name(absl::StrCat(activity_.name(), "/activityGuardrails/", part_of.id()));
      if (guardrail.signal() == v1::ActivityGuardrail::SIGNAL_PAGE) {
        guardrail.set_source(absl::StrCat(activity_.name(), "/", guardrail.source()));
      }
    }
  }

  const ActivityTemplateVersion& version_;
  const TemplateOrder& order_;
  const ExpansionFacts& facts_;
  std::map<std::string, Said> said_;
  v1::Activity activity_;
  TemplateInstance instance_;
  status::BadFields bad_;
};

}  // namespace

absl::Status CheckTemplateVersion(const ActivityTemplateVersion& version) {
  status::BadFields bad;
  CheckItems(version, bad);
  CheckIds(version.supports(), "supports", bad);
  CheckIds(version.roles(), "roles", bad);
  CheckIds(version.materials(), "materials", bad);
  CheckIds(version.pages(), "pages", bad);
  CheckIds(version.guardrails(), "guardrails", bad);
  CheckTargets(version, bad);
  std::set<std::string> roles, items;
  for (int i = 0; i < version.roles_size(); ++i) {
    if (!roles.insert(version.roles(i).role()).second) {
      bad.Add(absl::StrCat("activity_template_version.roles[", i, "].role"), kValueTwice, {{"value", version.roles(i).role()}});
    }
  }
  for (int i = 0; i < version.materials_size(); ++i) {
    if (!items.insert(version.materials(i).item()).second) {
      bad.Add(absl::StrCat("activity_template_version.materials[", i, "].item"), kValueTwice, {{"value", version.materials(i).item()}});
    }
  }
  return bad.status();
}

bool SameMeasure(const TemplateTarget& part, const v1::Target& target) {
  return part.measure() == target.measure() && part.metric() == target.metric();
}

absl::StatusOr<TemplateInstance> Expand(const ActivityTemplateVersion& version, const std::string& activity_id, const TemplateOrder& order,
                                        const ExpansionFacts& facts) {
  return Expansion(version, activity_id, order, facts).Run();
}

}  // namespace heitie::activity
