#include "services/planning/notice/notice_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/json.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "heitie/activity/v1/adjustment.pb.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/page.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/metrics/v1/alert.pb.h"
#include "heitie/metrics/v1/measure.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/personnel/v1/onboarding.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/planning/v1/notice.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"
#include "heitie/resource/v1/reorder_proposal.pb.h"
#include "heitie/risk/v1/assessment_duty.pb.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "heitie/risk/v1/regulation.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/risk_control.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"
#include "heitie/risk/v1/risk_occurrence.pb.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/transfer_instrument.pb.h"
#include "services/planning/notice/audience.h"
#include "services/planning/notice/notice_policy.h"
#include "services/planning/notice/preference.h"
#include "services/planning/notice/urgent_call.h"

namespace heitie::planning {

using absl::StatusCode;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::NoticeRule;

const status::Reason kUnknownSubjectType{StatusCode::kInvalidArgument, "UNKNOWN_SUBJECT_TYPE", "No events of {type} are followed.",
                                         "未追蹤 {type} 的事件。"};
const status::Reason kFieldNotThere{StatusCode::kInvalidArgument, "FIELD_NOT_THERE", "{type} has no such field as {field}.",
                                    "{type} 沒有可用的欄位 {field}。"};

namespace {

// A rule's own sentences take the place of this one.
const status::Phrase kHappened{"{subject}: {action}", "{subject} 發生：{action}"};

// What people want to hear of. Each service has one follower, which names at most twenty kinds.
const std::map<std::string, std::vector<const Descriptor*>>& Followed() {
  static const auto& followed = *new std::map<std::string, std::vector<const Descriptor*>>{
      {"activity",
       {activity::v1::Activity::descriptor(), activity::v1::Adjustment::descriptor(), activity::v1::Escalation::descriptor(),
        activity::v1::Incident::descriptor(), activity::v1::Inquiry::descriptor(), activity::v1::Page::descriptor(),
        activity::v1::PreparationItem::descriptor()}},
      {"metrics", {metrics::v1::Alert::descriptor(), metrics::v1::Measure::descriptor()}},
      {"personnel",
       {personnel::v1::Handover::descriptor(), personnel::v1::Onboarding::descriptor(), personnel::v1::Requisition::descriptor()}},
      {"resource",
       {resource::v1::Budget::descriptor(), resource::v1::PurchaseOrder::descriptor(), resource::v1::PurchaseRequisition::descriptor(),
        resource::v1::ReorderProposal::descriptor()}},
      {"risk",
       {risk::v1::AssessmentDuty::descriptor(), risk::v1::ObligationCase::descriptor(), risk::v1::Regulation::descriptor(),
        risk::v1::Risk::descriptor(), risk::v1::RiskControl::descriptor(), risk::v1::RiskMeasure::descriptor(),
        risk::v1::RiskOccurrence::descriptor(), risk::v1::RiskProposal::descriptor(), risk::v1::TransferInstrument::descriptor()}},
  };
  return followed;
}

bool ReadsAsText(const Descriptor& type, const std::string& field) {
  const FieldDescriptor* found = type.FindFieldByName(field);
  return found != nullptr && !found->is_map() && found->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

std::string TextOf(const Message& message, const FieldDescriptor& field, int index) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? reflection.GetRepeatedString(message, &field, index) : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return many ? reflection.GetRepeatedEnum(message, &field, index)->name() : reflection.GetEnum(message, &field)->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return (many ? reflection.GetRepeatedBool(message, &field, index) : reflection.GetBool(message, &field)) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(many ? reflection.GetRepeatedInt32(message, &field, index) : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(many ? reflection.GetRepeatedInt64(message, &field, index) : reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(many ? reflection.GetRepeatedDouble(message, &field, index) : reflection.GetDouble(message, &field));
    default:
      return "";
  }
}

template <typename Names>
bool IsAmong(const std::string& name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What risk shows to few is told by no rule: a rule does not know who may hear of it.
bool IsForFew(const Message& resource) {
  const FieldDescriptor* mark = resource.GetDescriptor()->FindFieldByName("restriction");
  if (mark == nullptr || mark->cpp_type() != FieldDescriptor::CPPTYPE_STRING || mark->is_repeated()) return false;
  return !resource.GetReflection()->GetString(resource, mark).empty();
}

// The resource as its event left it, or as it was before its deletion.
std::unique_ptr<Message> ResourceOf(const type::v1::Event& event, const Descriptor& type) {
  std::unique_ptr<Message> resource(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  const std::string& json = event.after_json().empty() ? event.before_json() : event.after_json();
  return record::FromJson(json, resource.get()) ? std::move(resource) : nullptr;
}

// An event, what it left, and the rules that speak of it.
struct Happening {
  const type::v1::Event* event;
  std::unique_ptr<Message> resource;
  std::vector<const NoticeRule*> rules;
};

Telling TellingOf(const Happening& happening, const NoticeRule& rule) {
  const type::v1::Event& event = *happening.event;
  status::Args args{{"subject", event.subject()}, {"action", event.action()}};
  const Descriptor& type = *happening.resource->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const std::string& field = type.field(i)->name();
    // A risk has a subject of its own; the sentence speaks of the one the event is about.
    if (field == "subject" || field == "action") continue;
    args.emplace_back(field, absl::StrJoin(ReadAsText(*happening.resource, field), ", "));
  }
  return {.cause = absl::StrCat("event ", event.event_id()),
          .subject = event.subject(),
          .urgency = rule.urgency(),
          .wording = record::IdOf(rule.name()),
          .phrase = kHappened,
          .args = std::move(args),
          .mandatory = rule.mandatory(),
          .written = Telling::Written{rule.text_en(), rule.text_zh()}};
}

// Whether it takes the resource to know whom a recipient stands for.
bool DependsOnResource(const v1::NoticeRecipient& recipient) {
  return !recipient.field().empty() || !recipient.superior_of_field().empty() || !recipient.department_of_field().empty();
}

}  // namespace

const record::StateMachine& NoticeRuleMachine() {
  static const auto& machine =
      *new record::StateMachine(NoticeRule::State_descriptor(), {{NoticeRule::STATE_ACTIVE, "end", NoticeRule::STATE_ENDED}});
  return machine;
}

const Descriptor* FollowedType(const std::string& type) {
  for (const auto& [source, resources] : Followed()) {
    for (const Descriptor* resource : resources) {
      if (event::SubjectTypeOf(*resource) == type) return resource;
    }
  }
  return nullptr;
}

std::vector<std::string> ReadAsText(const Message& message, const std::string& name) {
  if (!ReadsAsText(*message.GetDescriptor(), name)) return {};
  const FieldDescriptor& field = *message.GetDescriptor()->FindFieldByName(name);
  std::vector<std::string> texts;
  const int count = field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) : 1;
  for (int i = 0; i < count; ++i) texts.push_back(TextOf(message, field, i));
  std::erase(texts, "");
  return texts;
}

bool SpeaksOf(const NoticeRule& rule, const std::string& action, const Message& resource) {
  if (!rule.actions().empty() && !IsAmong(action, rule.actions())) return false;
  return std::all_of(rule.conditions().begin(), rule.conditions().end(), [&](const v1::FieldCondition& condition) {
    const std::vector<std::string> texts = ReadAsText(resource, condition.field());
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return IsAmong(text, condition.values()); });
  });
}

NoticeRules::NoticeRules(const service::Context& context, const Tables& tables, const RobotTables& robots, Notices& notices,
                         const Recipients& recipients)
    : store_(context.store),
      tables_(tables),
      robots_(robots),
      rules_(context.store, &NoticeRuleMachine()),
      notices_(notices),
      recipients_(recipients) {
  for (const auto& [source, resources] : Followed()) {
    event::Follower follower(context.store, context.jobs, {absl::StrCat("notices-of-", source), source, context.client(source)},
                             type::v1::Follower::KIND_REACTIONS);
    for (const Descriptor* resource : resources) follower.Follow(*resource);
    follower.SetConsequence([this](const rpc::Call& call, const type::v1::Event& event) { return OnEvents(call, {&event}); });
    follower.SetPortions(
        {[](const type::v1::Event&) { return true; },
         [this](const rpc::Call& call, const std::vector<const type::v1::Event*>& events) { return OnEvents(call, events); }});
  }
}

absl::Status NoticeRules::Create(record::Transaction& tx, NoticeRule& rule) {
  rule.set_state(NoticeRule::STATE_ACTIVE);
  return Update(tx, rule, rule);
}

absl::Status NoticeRules::CheckKnown(sql::Session& session, const v1::NoticeRecipient& recipient) const {
  if (!recipient.duty().empty()) return tables_.collection_duties.Find(session, recipient.duty()).status();
  return recipient.robot().empty() ? absl::OkStatus() : robots_.robots.Find(session, recipient.robot()).status();
}

absl::Status NoticeRules::Update(record::Transaction& tx, const NoticeRule&, NoticeRule& after) {
  status::BadFields bad;
  const Descriptor* type = FollowedType(after.subject_type());
  if (type == nullptr) {
    bad.Add("notice_rule.subject_type", kUnknownSubjectType, {{"type", after.subject_type()}});
    return bad.status();
  }
  const auto check = [&](const std::string& path, const std::string& field) {
    if (!ReadsAsText(*type, field)) bad.Add(path, kFieldNotThere, {{"type", after.subject_type()}, {"field", field}});
  };
  for (int i = 0; i < after.conditions_size(); ++i) {
    check(absl::StrCat("notice_rule.conditions[", i, "].field"), after.conditions(i).field());
  }
  for (int i = 0; i < after.recipients_size(); ++i) {
    const v1::NoticeRecipient& recipient = after.recipients(i);
    const std::string path = absl::StrCat("notice_rule.recipients[", i, "]");
    const int ways = !recipient.person().empty() + (recipient.role() != options::v1::ROLE_UNSPECIFIED) + !recipient.field().empty() +
                     !recipient.superior_of_field().empty() + !recipient.department().empty() + !recipient.group().empty() +
                     !recipient.liaison_of().empty() + !recipient.duty().empty() + !recipient.robot().empty() +
                     !recipient.department_of_field().empty();
    if (ways != 1) bad.Add(path, kOneAddressee);
    if (!recipient.field().empty()) check(path + ".field", recipient.field());
    if (!recipient.superior_of_field().empty()) check(path + ".superior_of_field", recipient.superior_of_field());
    if (!recipient.department_of_field().empty()) check(path + ".department_of_field", recipient.department_of_field());
  }
  RETURN_IF_ERROR(bad.status());
  for (const v1::NoticeRecipient& recipient : after.recipients()) RETURN_IF_ERROR(CheckKnown(tx.sql, recipient));
  return absl::OkStatus();
}

absl::StatusOr<NoticeRule> NoticeRules::End(record::Transaction& tx, const v1::EndNoticeRuleRequest& request) {
  return rules_.Change(tx, request, "end");
}

absl::StatusOr<std::vector<std::string>> NoticeRules::RecipientsOf(sql::Session& session, const v1::NoticeRecipient& recipient,
                                                                   const Message& resource, absl::Time now) const {
  if (!recipient.person().empty()) return std::vector<std::string>{recipient.person()};
  if (!recipient.department().empty()) return recipients_.OfDepartment(session, recipient.department(), now);
  if (recipient.role() != options::v1::ROLE_UNSPECIFIED) return recipients_.WithRole(session, recipient.role(), now);
  if (!recipient.group().empty()) return recipients_.OfGroup(session, recipient.group(), now);
  if (!recipient.liaison_of().empty()) {
    ASSIGN_OR_RETURN(const std::string liaison, recipients_.LiaisonOf(session, recipient.liaison_of()));
    return std::vector<std::string>{liaison};
  }
  if (!recipient.duty().empty()) return recipients_.HoldersOf(session, recipient.duty(), now);
  if (!recipient.department_of_field().empty()) {
    std::vector<std::string> colleagues;
    for (const std::string& department : ReadAsText(resource, recipient.department_of_field())) {
      ASSIGN_OR_RETURN(const std::vector<std::string> some, recipients_.OfDepartment(session, department, now));
      colleagues.insert(colleagues.end(), some.begin(), some.end());
    }
    return colleagues;
  }
  std::vector<std::string> named = ReadAsText(resource, recipient.field().empty() ? recipient.superior_of_field() : recipient.field());
  std::erase_if(named, [](const std::string& name) { return !record::MatchesPattern(name, "employees/{employee}"); });
  if (!recipient.field().empty()) return named;
  for (std::string& name : named) {
    ASSIGN_OR_RETURN(name, recipients_.SuperiorOf(session, name, now));
  }
  return named;
}

absl::StatusOr<std::map<std::string, std::vector<NoticeRule>>> NoticeRules::RulesFor(sql::Session& session,
                                                                                     const std::set<std::string>& types) const {
  std::map<std::string, std::vector<NoticeRule>> by_type;
  if (types.empty()) return by_type;
  const sql::Values listed = Listed(types);
  ASSIGN_OR_RETURN(std::vector<NoticeRule> rules, rules_.Select(session,
                                                                absl::StrCat("WHERE subject_type IN (", sql::Placeholders(listed.size()),
                                                                             ") AND state = 'STATE_ACTIVE' ORDER BY name"),
                                                                listed));
  std::stable_sort(rules.begin(), rules.end(), [](const NoticeRule& a, const NoticeRule& b) { return a.urgency() > b.urgency(); });
  for (NoticeRule& rule : rules) by_type[rule.subject_type()].push_back(std::move(rule));
  return by_type;
}

absl::Status NoticeRules::OnEvents(const rpc::Call& call, const std::vector<const type::v1::Event*>& events) {
  std::set<std::string> types;
  for (const type::v1::Event* event : events) {
    if (FollowedType(event->subject_type()) != nullptr) types.insert(event->subject_type());
  }
  ASSIGN_OR_RETURN(auto rules, store_.Read(call, [&](sql::Session& session) { return RulesFor(session, types); }));
  std::vector<Happening> happenings;
  for (const type::v1::Event* event : events) {
    const auto found = rules.find(event->subject_type());
    if (found == rules.end()) continue;
    std::unique_ptr<Message> resource = ResourceOf(*event, *FollowedType(event->subject_type()));
    if (resource == nullptr) return absl::DataLossError(absl::StrCat("what is told of ", event->subject(), " is not of its kind"));
    if (IsForFew(*resource)) continue;
    std::vector<const NoticeRule*> speaking;
    for (const NoticeRule& rule : found->second) {
      const bool was_there = time::ToTime(rule.create_time()) <= time::ToTime(event->occur_time());
      if (was_there && SpeaksOf(rule, event->action(), *resource)) speaking.push_back(&rule);
    }
    if (!speaking.empty()) happenings.push_back({event, std::move(resource), std::move(speaking)});
  }
  if (happenings.empty()) return absl::OkStatus();
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    std::vector<Telling> tellings;
    std::map<std::string, std::vector<std::string>> known;  // whom recipients stand for, whatever happened
    for (const Happening& happening : happenings) {
      for (const NoticeRule* rule : happening.rules) {
        Telling telling = TellingOf(happening, *rule);
        for (const v1::NoticeRecipient& recipient : rule->recipients()) {
          telling.robot = recipient.robot();
          telling.recipient.clear();
          if (!telling.robot.empty()) {
            tellings.push_back(telling);
            continue;
          }
          const std::string key = DependsOnResource(recipient) ? "" : recipient.SerializeAsString();
          auto told = known.find(key);
          if (key.empty() || told == known.end()) {
            ASSIGN_OR_RETURN(std::vector<std::string> names, RecipientsOf(tx.sql, recipient, *happening.resource, tx.call.now));
            told = known.insert_or_assign(key, std::move(names)).first;
          }
          for (const std::string& name : told->second) {
            telling.recipient = name;
            tellings.push_back(telling);
          }
        }
      }
    }
    return notices_.TellEach(tx, tellings);
  });
}

void NoticeRules::Bind(record::Methods& methods) {
  methods.Reads(rules_);
  methods.Creates(rules_, this, &NoticeRules::Create);
  methods.Updates(rules_, this, &NoticeRules::Update);
  methods.Bind("EndNoticeRule", this, &NoticeRules::End);
}

}  // namespace heitie::planning
