// Who sees which rows, asked of lists, gets and the events after the whole story: each person of it with every role, for all that they may
// see and for a part of what they may not. What is expected is told here once more, kind by kind, in other words than the services': a kind
// that restricts its rows and is not told fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/record/holdings.h"
#include "common/record/json.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "common/test/matchers.h"
#include "common/time/day.h"
#include "google/api/resource.pb.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/personnel/v1/scorecard.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/contract/suite.h"
#include "tests/contract/told.h"
#include "tests/services.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr char kStranger[] = "employees/stranger-of-all";

struct Asker {
  std::string name;
  rpc::Role role;
  bool manager() const { return role == options::v1::ROLE_OPERATIONS_MANAGER; }
};

// What a row says; empty for what it has not.
std::string Text(const Message& row, const std::string& field) {
  const FieldDescriptor* descriptor = row.GetDescriptor()->FindFieldByName(field);
  if (descriptor == nullptr) ADD_FAILURE() << row.GetTypeName() << " has no field " << field;
  return descriptor == nullptr ? "" : row.GetReflection()->GetString(row, descriptor);
}

class SightTest : public ::testing::Test {
 protected:
  using Expected = std::function<bool(const Asker&, const Message& row)>;

  // The person leads this employee today, at any depth.
  bool Leads(const Asker& person, const std::string& employee) const {
    std::set<std::string> seen;
    for (std::string at = employee; !at.empty() && seen.insert(at).second;) {
      const auto found = superiors_.find(at);
      at = found == superiors_.end() ? "" : found->second;
      if (at == person.name) return true;
    }
    return false;
  }

  // The person stands in for this employee today.
  bool StandsIn(const Asker& person, const std::string& employee) const {
    const auto found = deputies_.find(employee);
    return found != deputies_.end() && found->second.count(person.name) > 0;
  }

  // The person is a member of a series, on the day of the look.
  bool Meets(const Asker& person, const planning::v1::MeetingSeries& series) const {
    if (std::count(series.members().begin(), series.members().end(), person.name) > 0) return true;
    if (std::count(series.member_roles().begin(), series.member_roles().end(), person.role) > 0) return true;
    return std::any_of(series.member_groups().begin(), series.member_groups().end(), [&](const std::string& group) {
      const auto found = groups_.find(group);
      return found != groups_.end() && found->second.count(person.name) > 0;
    });
  }

  // The person answers for the requisition, or leads who does.
  bool Runs(const Asker& person, const std::string& requisition) const {
    const auto owner = owners_.find(requisition);
    return owner != owners_.end() && (owner->second == person.name || Leads(person, owner->second));
  }
  // The person has a card for the application in one of the states.
  bool HasCard(const Asker& person, const std::string& application, const std::set<personnel::v1::Scorecard::State>& states) const {
    return std::any_of(cards_.begin(), cards_.end(), [&](const auto& card) {
      return card.second.interviewer() == person.name && card.second.application() == application && states.count(card.second.state()) > 0;
    });
  }
  bool IsToFile(const Asker& person, const std::string& application) const {
    return HasCard(person, application, {personnel::v1::Scorecard::STATE_DUE});
  }
  bool HasFiled(const Asker& person, const std::string& application) const {
    return HasCard(person, application, {personnel::v1::Scorecard::STATE_FILED, personnel::v1::Scorecard::STATE_SUPERSEDED});
  }
  bool SeesApplication(const Asker& person, const personnel::v1::Application& application) const {
    return person.manager() || Runs(person, application.requisition()) || IsToFile(person, application.name()) ||
           HasFiled(person, application.name());
  }
  bool SeesCandidate(const Asker& person, const std::string& candidate) const {
    return person.manager() || std::any_of(applications_.begin(), applications_.end(), [&](const auto& application) {
             return application.candidate() == candidate && SeesApplication(person, application);
           });
  }
  // A card of somebody else for an application for which the person is to file one.
  bool IsVeiled(const Asker& person, const std::string& card) const {
    const auto found = cards_.find(card);
    return found != cards_.end() && found->second.interviewer() != person.name && IsToFile(person, found->second.application());
  }

  SightTest() {
    const auto own = [](const std::string& field) -> Expected {
      return [field](const Asker& person, const Message& row) { return Text(row, field) == person.name; };
    };
    const Expected managers = [](const Asker& person, const Message&) { return person.manager(); };
    const auto any = [](std::initializer_list<Expected> listed) -> Expected {
      const std::vector<Expected> rules(listed);
      return [rules](const Asker& person, const Message& row) {
        return std::any_of(rules.begin(), rules.end(), [&](const Expected& rule) { return rule(person, row); });
      };
    };
    const auto leads = [this](const std::string& field) -> Expected {
      return [this, field](const Asker& person, const Message& row) { return Leads(person, Text(row, field)); };
    };
    // Whose it is, and who stands in for them today.
    const auto own_or_deputy = [this](const std::string& field) -> Expected {
      return [this, field](const Asker& person, const Message& row) {
        return Text(row, field) == person.name || StandsIn(person, Text(row, field));
      };
    };
    const Expected concerned = any({own("employee"), leads("employee"), managers});
    // Of a manager's own part no manager reads before it is closed.
    const Expected open_to_managers = [](const Asker& person, const Message& row) {
      return person.manager() && Text(row, "open_to") == "managers";
    };
    const auto holds = [](std::set<rpc::Role> roles) -> Expected {
      return [roles](const Asker& person, const Message&) { return roles.count(person.role) > 0; };
    };
    // What became of a delivery: everybody of the company, and the producer of its own.
    const Expected delivery = any({own("producer"), holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                                           options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_DEPARTMENT_MEMBER,
                                                           options::v1::ROLE_PLATFORM_ENGINEER})});
    // Whose it is, with whose role it is shared, and managers.
    const Expected shared = any({own("owner"), managers, [](const Asker& person, const Message& row) {
                                   const std::string role(absl::StripPrefix(options::v1::Role_Name(person.role), "ROLE_"));
                                   const std::vector<std::string> readers = absl::StrSplit(Text(row, "readership"), ' ');
                                   return std::count(readers.begin(), readers.end(), role) > 0;
                                 }});
    // The team, and the producer that delivered it; those who ask here are of no department.
    const Expected raised = any({own("producer"), holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                                         options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})});
    // Whoever belongs to a series by name, by role or in a group; those who ask here are of no department.
    const auto member = [this](const std::string& field) -> Expected {
      return [this, field](const Asker& person, const Message& row) {
        const auto found = series_.find(Text(row, field));
        return found != series_.end() && Meets(person, found->second);
      };
    };
    // Whoever leads a meeting or writes its minutes, its members, and the team.
    const auto meeting = [&](const std::string& series) {
      return any({own_or_deputy("chair"), own_or_deputy("secretary"), member(series),
                  holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST,
                         options::v1::ROLE_PLATFORM_ENGINEER})});
    };
    // What is about a restricted risk is seen by managers and whoever reads of that one.
    const Expected risk = [this](const Asker& person, const Message& row) {
      const auto readers = risk_readers_.find(Text(row, "restricted_risk"));
      return person.manager() || Text(row, "restriction").empty() ||
             (readers != risk_readers_.end() && readers->second.count(person.name) > 0);
    };
    expected_ = {
        {"activity.heitie/Inquiry", raised},
        {"activity.heitie/InquiryMessage", raised},
        {"activity.heitie/InquiryResolution", raised},
        {"metrics.heitie/Alert",
         any({own("owner"), own("activity_owner"),
              holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"metrics.heitie/BatchAccount", delivery},
        {"metrics.heitie/ControlTotal", delivery},
        {"metrics.heitie/Dashboard", shared},
        {"metrics.heitie/DashboardVersion", shared},
        {"metrics.heitie/DeadLetter", delivery},
        {"metrics.heitie/DeliveryAccount", delivery},
        {"metrics.heitie/PlanDeviation", delivery},
        {"metrics.heitie/SavedQuestion", shared},
        {"metrics.heitie/SavedQuestionVersion", shared},
        {"personnel.heitie/Application",
         [this](const Asker& person, const Message& row) {
           return SeesApplication(person, static_cast<const personnel::v1::Application&>(row));
         }},
        {"personnel.heitie/Appraisal", concerned},
        {"personnel.heitie/AppraisalAdjustment", any({concerned, own("owner")})},
        {"personnel.heitie/AppraisalCalibration", any({own("owner"), leads("rater"), managers})},
        {"personnel.heitie/AppraisalNotice", concerned},
        {"personnel.heitie/AppraisalObjection", any({concerned, own("owner")})},
        {"personnel.heitie/AppraisalPart", any({own("rater"), own("shown_to"), leads("employee"), open_to_managers})},
        {"personnel.heitie/Candidate",
         [this](const Asker& person, const Message& row) { return SeesCandidate(person, Text(row, "name")); }},
        {"personnel.heitie/Delegation", any({own("delegator"), own("delegate"), leads("delegator"), leads("delegate"), managers})},
        {"personnel.heitie/ExternalCertificate", concerned},
        {"personnel.heitie/Handover", any({concerned, own("successor")})},
        {"personnel.heitie/HandoverItem", any({concerned, own("successor")})},
        {"personnel.heitie/ImprovementPlan", any({concerned, own("mentor"), own("reviewer"), leads("creator")})},
        {"personnel.heitie/Offer", any({own("requester"), leads("requester"), own("creator"), own("proposer"), own("approver"), managers})},
        {"personnel.heitie/Onboarding", concerned},
        {"personnel.heitie/OnboardingItem", any({concerned, own("owner")})},
        {"personnel.heitie/Outcome",
         [readers = any({concerned, own("owner")})](const Asker& person, const Message& row) {
           return Text(row, "hidden_from") != person.name && readers(person, row);
         }},
        {"personnel.heitie/PayBand", managers},
        {"personnel.heitie/PendingStep",
         any({own_or_deputy("owner"), own("escalated_to"),
              [this](const Asker& person, const Message& row) { return person.manager() && !IsVeiled(person, Text(row, "subject")); }})},
        {"personnel.heitie/PerformanceInterview", any({concerned, own("interviewer")})},
        {"personnel.heitie/PersonalFile", any({own("person"), managers})},
        {"personnel.heitie/Promotion", any({concerned, own("creator"), leads("creator")})},
        {"personnel.heitie/Scorecard",
         [this](const Asker& person, const Message& row) {
           const auto& card = static_cast<const personnel::v1::Scorecard&>(row);
           if (card.interviewer() == person.name) return true;
           if (IsToFile(person, card.application())) return false;
           return person.manager() || Runs(person, card.requisition()) || HasFiled(person, card.application());
         }},
        {"personnel.heitie/SkillAssessment", any({own("employee"), managers})},
        {"personnel.heitie/StaffingGap", any({own("owner"), own("requester"), managers})},
        {"personnel.heitie/TrainingPlan", concerned},
        {"planning.heitie/ActionItem", any({own_or_deputy("owner"), own_or_deputy("owed_to"), own("deputy"), member("series"),
                                            holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                                   options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"planning.heitie/AgendaEntry", any({own_or_deputy("owner"), meeting("meeting_series")})},
        {"planning.heitie/CalendarFeed",
         any({own("employee"), holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"planning.heitie/CooperationRequest", any({own_or_deputy("requester"), own_or_deputy("owner"), own("answerer"), own("deputy"),
                                                    holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                                           options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"planning.heitie/Decision", any({own_or_deputy("owner"), member("series"),
                                          holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                                 options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"planning.heitie/Meeting", meeting("meeting_series")},
        {"planning.heitie/MeetingMinutes", meeting("meeting_series")},
        {"planning.heitie/MeetingSeries", meeting("name")},
        {"planning.heitie/Notice",
         any({own("recipient"), holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"planning.heitie/NoticeMute",
         any({own("employee"), holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"planning.heitie/NoticePreference",
         any({own("employee"), holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"resource.heitie/Custody", any({own("holder"), own("keeper"),
                                         holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                                options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"resource.heitie/ExpenseClaim",
         any({own("claimant"), own("holder"),
              holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"resource.heitie/PurchaseRequisition", any({own("requester"), own("creator"), own("approver"),
                                                     holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                                            options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER})})},
        {"risk.heitie/Assessment", risk},
        {"risk.heitie/AssessmentDuty", any({risk, own("owner")})},
        {"risk.heitie/ControlTest", risk},
        {"risk.heitie/IndicatorReading", risk},
        {"risk.heitie/InstrumentClaim", risk},
        {"risk.heitie/LossEstimate", risk},
        {"risk.heitie/LossSimulation", risk},
        {"risk.heitie/Risk", risk},
        {"risk.heitie/RiskControl", any({risk, own("owner")})},
        {"risk.heitie/RiskIndicator", any({risk, own("owner")})},
        {"risk.heitie/RiskMeasure", any({risk, own("owner")})},
        {"risk.heitie/RiskOccurrence", risk},
        {"risk.heitie/RiskProposal", risk},
        {"risk.heitie/RiskSignal", risk},
        {"risk.heitie/TransferInstrument", risk},
        {"planning.heitie/SurveyText",
         holds({options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST})},
    };
  }

  absl::Status Ask(const Asker& person, const MethodDescriptor& method, const Message& request, Message* answer) {
    std::string response;
    const absl::Status status = suite_.Ask(From(person.name, person.role, "departments/a"), method, request.SerializeAsString(), &response);
    if (status.ok()) {
      EXPECT_TRUE(answer->ParseFromString(response)) << method.full_name();
    }
    return status;
  }

  void LookAround() {
    const absl::CivilDay today = absl::ToCivilDay(suite_.Now(), service::DefaultTimeZone());
    for (const auto& row : suite_.Rows(*personnel::v1::Employee::descriptor())) {
      superiors_[Text(*row, "name")] = Text(*row, "superior");
      for (const auto& absence : static_cast<const personnel::v1::Employee&>(*row).absences()) {
        const bool covers = time::ToDay(absence.start_date()) <= today && today <= time::ToDay(absence.end_date());
        if (covers && !absence.deputy().empty()) deputies_[Text(*row, "name")].insert(absence.deputy());
      }
    }
    for (const auto& row : suite_.Rows(*personnel::v1::Requisition::descriptor())) owners_[Text(*row, "name")] = Text(*row, "owner");
    for (const auto& row : suite_.Rows(*personnel::v1::Application::descriptor())) {
      applications_.push_back(static_cast<const personnel::v1::Application&>(*row));
    }
    for (const auto& row : suite_.Rows(*personnel::v1::Scorecard::descriptor())) {
      cards_[Text(*row, "name")] = static_cast<const personnel::v1::Scorecard&>(*row);
    }
    for (const auto& row : suite_.Rows(*risk::v1::Risk::descriptor())) {
      const auto& risk = static_cast<const risk::v1::Risk&>(*row);
      if (!risk.restricted()) continue;
      std::set<std::string>& readers = risk_readers_[risk.name()];
      readers = {risk.readers().begin(), risk.readers().end()};
      readers.insert({risk.owner(), risk.treatment().acceptance().monitor(), risk.proposed_treatment().acceptance().monitor()});
    }
    for (const auto& row : suite_.Rows(*planning::v1::MeetingSeries::descriptor())) {
      series_[Text(*row, "name")] = static_cast<const planning::v1::MeetingSeries&>(*row);
    }
    for (const auto& row : suite_.Rows(*planning::v1::WorkingGroup::descriptor())) {
      const auto& group = static_cast<const planning::v1::WorkingGroup&>(*row);
      if (group.state() != planning::v1::WorkingGroup::STATE_ACTIVE) continue;
      groups_[group.name()].insert(group.lead());
      for (const auto& member : group.members()) {
        const bool came = !member.has_start_date() || time::ToDay(member.start_date()) <= today;
        if (came && (!member.has_end_date() || today <= time::ToDay(member.end_date()))) groups_[group.name()].insert(member.employee());
      }
    }
    people_.insert(kStranger);
    for (const auto& [name, superior] : superiors_) people_.insert(name);
  }

  static const MethodDescriptor* Find(const Descriptor& resource, const std::string& verb) {
    const auto& names = resource.options().GetExtension(google::api::resource);
    const std::string& word = verb == "List" ? names.plural() : names.singular();
    const std::string name = absl::StrCat(verb, std::string(1, absl::ascii_toupper(word[0])), word.substr(1));
    for (const MethodDescriptor* method : Methods()) {
      if (method->name() == name && method->file()->package() == resource.file()->package()) return method;
    }
    return nullptr;
  }

  static void Set(Message& request, const std::string& field, const std::string& value) {
    request.GetReflection()->SetString(&request, request.GetDescriptor()->FindFieldByName(field), value);
  }

  // The names that a list shows below one parent, all pages. Nothing where the role may not ask.
  std::optional<std::set<std::string>> Listed(const Asker& person, const MethodDescriptor& method, const std::string& parent) {
    const std::unique_ptr<Message> request = NewMessage(*method.input_type()), answer = NewMessage(*method.output_type());
    if (!parent.empty()) Set(*request, "parent", parent);
    std::set<std::string> names;
    do {
      const absl::Status status = Ask(person, method, *request, answer.get());
      if (absl::IsPermissionDenied(status) || absl::IsNotFound(status)) return std::nullopt;
      EXPECT_THAT(status, test::IsOk()) << method.full_name();
      if (!status.ok()) return std::nullopt;
      const FieldDescriptor* rows = answer->GetDescriptor()->field(0);
      for (int i = 0; i < answer->GetReflection()->FieldSize(*answer, rows); ++i) {
        names.insert(Text(answer->GetReflection()->GetRepeatedMessage(*answer, rows, i), "name"));
      }
      Set(*request, "page_token", Text(*answer, "next_page_token"));
    } while (!Text(*answer, "next_page_token").empty());
    return names;
  }

  // Every eighth question to which the answer is no, or of which a list tells; all of them would take many minutes and tell the same. The
  // same ones in each run.
  static bool IsSampled(const Asker& person, const std::string& what) {
    uint64_t hash = 14695981039346656037u;  // FNV-1a
    for (const char c : absl::StrCat(person.name, " ", static_cast<int>(person.role), " ", what)) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
    return (hash >> 32) % 8 == 0;
  }

  void CheckKind(const Asker& person, const Descriptor& resource, const Expected& expected,
                 const std::vector<std::unique_ptr<Message>>& rows) {
    std::map<std::string, std::set<std::string>> seen;  // by parent
    const MethodDescriptor *get = Find(resource, "Get"), *list = Find(resource, "List");
    const bool nested = list != nullptr && list->input_type()->FindFieldByName("parent") != nullptr;
    for (const auto& row : rows) {
      const std::string name = Text(*row, "name");
      const bool may = expected(person, *row);
      std::set<std::string>& visible = seen[nested ? record::ParentOf(name) : ""];
      if (may) visible.insert(name);
      // What everybody sees of a kind of which few rows are hidden is no more telling than what nobody sees.
      const FieldDescriptor* const mark = row->GetDescriptor()->FindFieldByName("restriction");
      const bool telling = may && (mark == nullptr || !Text(*row, "restriction").empty());
      // Where there is a list, it is compared as a whole.
      if (get == nullptr || ((!telling || list != nullptr) && !IsSampled(person, name))) continue;
      const std::unique_ptr<Message> request = NewMessage(*get->input_type()), answer = NewMessage(*get->output_type());
      Set(*request, "name", name);
      const absl::Status status = Ask(person, *get, *request, answer.get());
      if (absl::IsPermissionDenied(status)) continue;
      ++asked_;
      EXPECT_EQ(status.ok(), may) << "Get " << name << " by " << person.name << " as " << options::v1::Role_Name(person.role) << " "
                                  << status;
      if (!may) {
        EXPECT_TRUE(absl::IsNotFound(status)) << status;
      }
    }
    if (list == nullptr) return;
    for (const auto& [parent, names] : seen) {
      if (names.empty() && !parent.empty() && !IsSampled(person, parent)) continue;
      const auto listed = Listed(person, *list, parent);
      if (!listed) continue;
      ++asked_;
      EXPECT_EQ(*listed, names) << list->name() << " " << parent << " by " << person.name << " as " << options::v1::Role_Name(person.role);
    }
  }

  // No event shows a side of a row that the person may not see.
  void CheckEvents(const Asker& person, const MethodDescriptor& list_events, const std::map<std::string, const Descriptor*>& resources) {
    type::v1::ListEventsRequest request;
    request.set_page_size(1000);
    type::v1::ListEventsResponse page;
    do {
      const absl::Status status = Ask(person, list_events, request, &page);
      if (absl::IsPermissionDenied(status)) return;
      ASSERT_THAT(status, test::IsOk());
      for (const type::v1::Event& event : page.events()) {
        const auto expected = expected_.find(event.subject_type());
        if (expected == expected_.end()) continue;
        for (const std::string& side : {event.before_json(), event.after_json()}) {
          if (side.empty()) continue;
          std::unique_ptr<Message>& row = sides_[side];
          if (row == nullptr) {
            row = NewMessage(*resources.at(event.subject_type()));
            ASSERT_TRUE(record::FromJson(side, row.get()));
          }
          ++asked_;
          EXPECT_TRUE(expected->second(person, *row)) << "an event of " << event.subject() << " tells " << person.name << " as "
                                                      << options::v1::Role_Name(person.role) << ": " << side;
        }
      }
      request.set_after_position(page.last_position());
    } while (page.events_size() > 0);
  }

  Suite& suite_ = ToldSuite();
  std::map<std::string, Expected> expected_;                   // by type of resource
  std::map<std::string, std::set<std::string>> risk_readers_;  // by restricted risk
  std::map<std::string, planning::v1::MeetingSeries> series_;
  std::map<std::string, std::set<std::string>> groups_;    // who is in it
  std::map<std::string, std::string> superiors_;           // by employee
  std::map<std::string, std::set<std::string>> deputies_;  // of today, by employee
  std::map<std::string, std::string> owners_;              // by requisition
  std::vector<personnel::v1::Application> applications_;
  std::map<std::string, personnel::v1::Scorecard> cards_;
  std::set<std::string> people_;
  std::map<std::string, std::unique_ptr<Message>> sides_;  // of events, by their JSON
  int asked_ = 0;
};

TEST_F(SightTest, EverybodySeesWhatIsTheirsAndNothingElse) {
  LookAround();
  std::map<std::string, const Descriptor*> resources;
  std::map<std::string, std::vector<std::unique_ptr<Message>>> rows;
  std::set<std::string> packages, told;
  for (const MethodDescriptor* method : Methods()) packages.insert(method->file()->package());
  for (const std::string& package : packages) {
    if (package == "heitie.gateway.v1") continue;
    for (const Descriptor* resource : record::ResourcesOf(package)) {
      const std::string& type = resource->options().GetExtension(google::api::resource).type();
      resources[type] = resource;
      if (!suite_.RestrictsRows(*resource)) continue;
      EXPECT_EQ(expected_.count(type), 1u) << type << " restricts its rows, and this test does not know who may see them";
      told.insert(type);
      rows[type] = suite_.Rows(*resource);
    }
  }
  for (const auto& [type, expected] : expected_) EXPECT_EQ(told.count(type), 1u) << type << " does not restrict its rows";
  for (const std::string& name : people_) {
    for (const rpc::Role role : TokenRoles()) {
      const Asker person{name, role};
      for (const auto& [type, of_type] : rows) {
        if (expected_.count(type) > 0) CheckKind(person, *resources.at(type), expected_.at(type), of_type);
      }
      for (const MethodDescriptor* method : Methods()) {
        if (method->name() == "ListEvents" && method->file()->package() == "heitie.personnel.v1") CheckEvents(person, *method, resources);
      }
    }
  }
  EXPECT_GT(asked_, 50);
}

}  // namespace
}  // namespace heitie::contract
