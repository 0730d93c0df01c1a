// A risk that few may know, with everything that can be said of it: nothing that any method of the suite answers a stranger names it or
// tells a word of it, of whatever role the stranger is (policy R1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "common/record/holdings.h"
#include "common/record/store.h"
#include "common/rpc/contract.h"
#include "common/status/status.h"
#include "common/test/fixture.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/util/json_util.h"
#include "heitie/risk/v1/risk_proposal.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/contract/request_generator.h"
#include "tests/contract/suite.h"

namespace heitie::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using test::IsOk;

// It stands in the name, or the title, of whatever is about the risk, and nowhere else.
constexpr char kWord[] = "quetzal";
constexpr char kStrange[] = "employees/passer-by", kKeeper[] = "employees/keeper-of-birds";
// Plausible requests of a method, besides those that name what it is about.
constexpr int kPlausible = 2;
// Rows of a kind that are asked for one by one, of those that say nothing of it.
constexpr size_t kOthers = 2;

class SecretTest : public ::testing::Test {
 protected:
  static const MethodDescriptor* MethodNamed(const std::string& name) {
    for (const MethodDescriptor* method : Methods()) {
      if (method->name() == name) return method;
    }
    return nullptr;
  }
  template <typename T>
  T As(const rpc::Arrival& who, const std::string& name, const std::string& json) {
    T answer;
    const MethodDescriptor* method = MethodNamed(name);
    if (method == nullptr) {
      ADD_FAILURE() << "there is no method " << name;
      return answer;
    }
    const std::unique_ptr<Message> request = NewMessage(*method->input_type());
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, request.get()).ok()) << name << json;
    std::string response;
    EXPECT_THAT(suite_.Ask(who, *method, request->SerializeAsString(), &response), IsOk()) << name << json;
    EXPECT_TRUE(answer.ParseFromString(response));
    return answer;
  }
  void Do(const std::string& name, const std::string& json) {
    const MethodDescriptor* method = MethodNamed(name);
    ASSERT_NE(method, nullptr) << name;
    const std::unique_ptr<Message> request = NewMessage(*method->input_type());
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, request.get()).ok()) << name << json;
    EXPECT_THAT(suite_.Ask(manager_, *method, request->SerializeAsString()), IsOk()) << name << json;
  }
  std::string At(absl::Duration ahead) const { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", suite_.Now() + ahead, absl::UTCTimeZone()); }
  void Run() {
    for (int i = 0; i < 3; ++i) EXPECT_THAT(suite_.RunJobs(), IsOk());
  }

  // What the risk is on.
  void Prepare() {
    Do("CreatePlanPeriod", R"({"planPeriodId": "p", "planPeriod": {"title": "p", "cadence": "CADENCE_QUARTERLY",
      "startDate": {"year": 2026, "month": 1, "day": 1}, "endDate": {"year": 2026, "month": 3, "day": 31}}})");
    Do("CreateProject", R"({"projectId": "fair", "project": {"title": "Fair", "planPeriod": "planPeriods/p", "owner": "employees/li",
      "startDate": {"year": 2026, "month": 1, "day": 1}, "endDate": {"year": 2026, "month": 3, "day": 31}, "currencyCode": "TWD"}})");
    Do("CreateScheme", R"({"parent": "projects/fair", "schemeId": "s", "scheme": {"title": "s", "strategy": "s"}})");
    Do("CreateActivity", R"({"activityId": "fair", "activity": {"title": "Fair", "project": "projects/fair", "scheme":
      "projects/fair/schemes/s", "owner": "employees/an", "startTime": "2026-02-01T00:00:00Z", "endTime": "2026-02-02T00:00:00Z"}})");
    Run();
  }

  // The risk itself, one that was proposed, and what is about them.
  void Keep() {
    const std::string subject = absl::Substitute(R"("subject": "$0", "owner": "$1")", activity_, kKeeper);
    Do("CreateRisk", absl::Substitute(R"({"riskId": "quetzal", "risk": {"category": "CATEGORY_TECHNOLOGY", $0, "title": "The quetzal flies",
      "cause": "A quetzal in the hall", "consequence": "No quetzal", "affectedSubjects": ["$1"], "restricted": true}})",
                                      subject, project_));
    Do("AssessRisk", R"({"name": "risks/quetzal", "current": {"likelihood": 5, "impact": 5}, "rationale": "The quetzal was seen"})");
    Do("CreateLossEstimate", R"({"parent": "risks/quetzal", "lossEstimate": {"untreated": {"probabilityPpm": 100000,
      "lowerMinor": 1000, "upperMinor": 5000}, "currencyCode": "TWD", "source": "quetzal", "rationale": "quetzal"}})");
    Do("CreateRiskMeasure", absl::Substitute(R"({"riskMeasureId": "quetzal-net", "riskMeasure": {"risk": "risks/quetzal", "kind":
      "KIND_OTHER", "description": "A net for the quetzal", "owner": "$0", "dueDate": {"year": 2026, "month": 1, "day": 2}}})",
                                             kKeeper));
    Do("CreateRiskControl", absl::Substitute(R"({"riskControlId": "quetzal-door", "riskControl": {"title": "Quetzal door", "kind":
      "KIND_PREVENTIVE", "owner": "$0", "risks": ["risks/quetzal"], "procedure": "Where is the quetzal?", "intervalDays": 1}})",
                                             kKeeper));
    Do("CreateControlTest",
       R"({"parent": "riskControls/quetzal-door", "controlTest": {"outcome": "OUTCOME_INEFFECTIVE", "evidence": "quetzal"}})");
    Do("CreateTransferInstrument", absl::Substitute(R"({"transferInstrumentId": "quetzal-cover", "transferInstrument": {"kind":
      "INSTRUMENT_INSURANCE", "reference": "quetzal", "counterparty": "quetzal", "risks": ["risks/quetzal"], "startTime": "$0",
      "endTime": "$1", "coverMinor": 600, "deductibleMinor": 200, "currencyCode": "TWD"}})",
                                                    At(-absl::Hours(1)), At(absl::Hours(24 * 20))));
    Do("CreateInstrumentClaim", absl::Substitute(R"({"parent": "transferInstruments/quetzal-cover", "instrumentClaim": {"risk":
      "risks/quetzal", "eventTime": "$0", "lossMinor": 300, "reason": "quetzal"}})",
                                                 At(-absl::Minutes(1))));
    Do("CreateRiskOccurrence",
       absl::Substitute(R"({"riskOccurrenceId": "quetzal-1", "riskOccurrence": {"occurTime": "$0", "cause": "quetzal",
      "lossMinor": 300, "currencyCode": "TWD", "shares": [{"risk": "risks/quetzal", "lossMinor": 300}]}})",
                        At(-absl::Minutes(1))));
    Do("CreateRiskIndicator", absl::Substitute(R"({"riskIndicatorId": "quetzal-calls", "riskIndicator": {"title": "Quetzal calls",
      $0, "risks": ["risks/quetzal"], "startDate": {"year": 2025, "month": 12, "day": 28}, "definition": {"metric":
      "metricDefinitions/nobody-delivers-this", "direction": "DIRECTION_HIGH_IS_BAD", "period": "PERIOD_DAY", "amber": 8, "amberRelease": 7,
      "red": 9, "redRelease": 8, "enterPeriods": 1, "leavePeriods": 1, "allowedAgeHours": 1, "reason": "quetzal"}}})",
                                               subject));
    Do("CreateLossSimulation", R"({"lossSimulationId": "quetzal-years", "lossSimulation": {"title": "Years with a quetzal", "seed": 7,
      "years": 10000, "risks": ["risks/quetzal"], "currencyCode": "TWD"}})");
    Do("ProposeTreatment", absl::Substitute(R"({"name": "risks/quetzal", "treatment": {"controllable": true, "controlJustification":
      "quetzal", "reduction": {"measures": [{"description": "More quetzal nets", "owner": "$0", "dueDate":
      {"year": 2026, "month": 1, "day": 3}}]}}})",
                                            kKeeper));
    Propose("accepted");
    Propose("attached");
    Run();
  }

  // A fact that everybody knows becomes a risk that few know, or belongs to one.
  void Propose(const std::string& how) {
    const auto posted = As<risk::v1::PostRiskSignalResponse>(
        stranger(options::v1::ROLE_OPERATIONS_SPECIALIST), "PostRiskSignal",
        absl::Substitute(R"({"kind": "SIGNAL_KIND_CONCERN", "subject": "suppliers/$0-bird", "key": "seen", "severity":
      "SIGNAL_SEVERITY_HIGH", "text": "A bird"})",
                         how));
    if (how == "accepted") {
      const auto accepted =
          As<risk::v1::RiskProposal>(manager_, "AcceptRiskProposal",
                                     absl::Substitute(R"({"name": "$0", "title": "A quetzal at the supplier's", "owner": "$1",
      "restricted": true})",
                                                      posted.risk_proposal(), kKeeper));
      secrets_.insert(accepted.risk());
    } else {
      Do("AttachRiskProposal", absl::Substitute(R"({"name": "$0", "risk": "risks/quetzal"})", posted.risk_proposal()));
    }
    // What is told of the matter from then on is as little for everybody.
    As<risk::v1::PostRiskSignalResponse>(manager_, "PostRiskSignal",
                                         absl::Substitute(R"({"kind": "SIGNAL_KIND_CONCERN", "subject": "suppliers/$0-bird", "key":
      "again", "severity": "SIGNAL_SEVERITY_HIGH", "text": "It is a quetzal"})",
                                                          how));
  }

  static rpc::Arrival stranger(rpc::Role role) { return From(kStrange, role, "departments/elsewhere"); }

  // All rows of the suite, as what names them is asked for: those that tell something of it, and some others of each kind.
  void LookAround() {
    std::set<std::string> packages;
    for (const MethodDescriptor* method : Methods()) packages.insert(method->file()->package());
    for (const std::string& package : packages) {
      if (package == "heitie.gateway.v1") continue;
      for (const Descriptor* resource : record::ResourcesOf(package)) {
        const std::string& type = resource->options().GetExtension(google::api::resource).type();
        const FieldDescriptor* const name = resource->FindFieldByName("name");
        size_t others = 0;
        for (const auto& row : suite_.Rows(*resource)) {
          const std::string named = row->GetReflection()->GetString(*row, name);
          const bool tells = Tells(row->ShortDebugString());
          if (tells) rows_of_it_.insert(named);
          if (tells || named == activity_ || named == project_ || others++ < kOthers) names_[type].push_back(named);
        }
      }
    }
  }

  bool Tells(const std::string& text) const {
    return absl::StrContains(text, kWord) || absl::StrContains(text, "Quetzal") ||
           std::any_of(secrets_.begin(), secrets_.end(), [&](const std::string& secret) { return absl::StrContains(text, secret); });
  }

  // What comes back, without what the request itself has named.
  std::string Asked(const rpc::Arrival& who, const MethodDescriptor& method, const Message& request, std::unique_ptr<Message>* answer) {
    std::string response;
    const absl::Status status = suite_.Ask(who, method, request.SerializeAsString(), &response);
    ++asked_;
    *answer = NewMessage(*method.output_type());
    std::string text;
    if (status.ok()) {
      EXPECT_TRUE((*answer)->ParseFromString(response));
      text = (*answer)->ShortDebugString();
    } else {
      answer->reset();
      text = absl::StrCat(status::ToProto(status, status::Language::kEnglish).ShortDebugString(),
                          status::ToProto(status, status::Language::kTraditionalChinese).ShortDebugString());
      // Details are packed.
      absl::StrAppend(&text, status::ToProto(status, status::Language::kEnglish).SerializeAsString());
    }
    std::vector<std::string> given;
    Gather(request, given);
    std::sort(given.begin(), given.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    for (const std::string& name : given) text = absl::StrReplaceAll(text, {{name, "…"}});
    return text;
  }
  void Gather(const Message& message, std::vector<std::string>& out) const {
    std::vector<const FieldDescriptor*> fields;
    const auto& r = *message.GetReflection();
    r.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int count = field->is_repeated() ? r.FieldSize(message, field) : 1;
      for (int i = 0; i < count && !field->is_map(); ++i) {
        if (field->message_type() != nullptr) {
          Gather(field->is_repeated() ? r.GetRepeatedMessage(message, field, i) : r.GetMessage(message, field), out);
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          const std::string text = field->is_repeated() ? r.GetRepeatedString(message, field, i) : r.GetString(message, field);
          if (Tells(text)) out.push_back(text);
        }
      }
    }
  }

  // One request, and of a list the pages that follow; whether something of it was told.
  bool Ask(const rpc::Arrival& who, const MethodDescriptor& method, Message& request) {
    const Descriptor& descriptor = *request.GetDescriptor();
    const FieldDescriptor* const size = descriptor.FindFieldByName("page_size");
    const FieldDescriptor* const token = descriptor.FindFieldByName("page_token");
    if (size != nullptr) request.GetReflection()->SetInt32(&request, size, 1000);
    bool told = false;
    for (int page = 0; page < 100; ++page) {
      std::unique_ptr<Message> answer;
      const std::string text = Asked(who, method, request, &answer);
      if (Tells(text)) {
        told = true;
        example_ = absl::StrCat(request.ShortDebugString().substr(0, 300), " -> ", AroundIt(text));
      }
      const FieldDescriptor* const next = method.output_type()->FindFieldByName("next_page_token");
      if (answer == nullptr || token == nullptr || next == nullptr) break;
      const std::string following = answer->GetReflection()->GetString(*answer, next);
      if (following.empty()) break;
      request.GetReflection()->SetString(&request, token, following);
    }
    return told;
  }
  std::string AroundIt(const std::string& text) const {
    size_t at = std::min(text.find(kWord), text.find("Quetzal"));
    for (const std::string& secret : secrets_) at = std::min(at, text.find(secret));
    return text.substr(at > 200 ? at - 200 : 0, 400);
  }

  // Requests of a method: plausible ones, and for each field that names a resource the rows of that kind.
  std::vector<std::unique_ptr<Message>> RequestsOf(const MethodDescriptor& method) {
    std::vector<std::unique_ptr<Message>> requests;
    const Descriptor& input = *method.input_type();
    const auto made = [&]() -> Message& {
      requests.push_back(NewMessage(input));
      return *requests.back();
    };
    generator_.Complete(made());
    for (int i = 0; i < kPlausible; ++i) generator_.FillPlausible(made());
    for (int i = 0; i < input.field_count(); ++i) {
      const FieldDescriptor& field = *input.field(i);
      if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
      std::vector<std::string> names;
      const std::string& type = field.options().GetExtension(google::api::resource_reference).type();
      const auto known = names_.find(type);
      if (known != names_.end()) names = known->second;
      const std::string& word = field.name();
      if (type.empty() && (word == "subject" || word == "subjects" || word == "resource")) names = {activity_, project_, "risks/quetzal"};
      for (const std::string& name : names) {
        Message& request = made();
        generator_.Complete(request);
        const auto& r = *request.GetReflection();
        if (field.is_repeated()) {
          r.ClearField(&request, &field);
          r.AddString(&request, &field, name);
        } else {
          r.SetString(&request, &field, name);
        }
      }
    }
    return requests;
  }

  // Events from those on that came before the secret.
  bool AskForEvents(const rpc::Arrival& who, const MethodDescriptor& method, int64_t after) {
    type::v1::ListEventsRequest request;
    request.set_page_size(1000);
    request.set_after_position(after);
    bool told = false;
    while (true) {
      std::unique_ptr<Message> answer;
      const std::string text = Asked(who, method, request, &answer);
      if (Tells(text)) {
        told = true;
        example_ = AroundIt(text);
      }
      if (answer == nullptr) return told;
      const auto& page = static_cast<const type::v1::ListEventsResponse&>(*answer);
      if (page.events().empty()) return told;
      request.set_after_position(page.last_position());
    }
  }
  int64_t LastEvent(const MethodDescriptor& method) {
    int64_t last = 0;
    type::v1::ListEventsResponse page;
    do {
      type::v1::ListEventsRequest request;
      request.set_page_size(1000);
      request.set_after_position(last);
      std::string response;
      if (!suite_.Ask(manager_, method, request.SerializeAsString(), &response).ok() || !page.ParseFromString(response)) return last;
      last = page.last_position();
    } while (!page.events().empty());
    return last;
  }

  Suite suite_;
  RequestGenerator generator_{23};
  const rpc::Arrival manager_ = From("employees/knows", options::v1::ROLE_OPERATIONS_MANAGER, "departments/a");
  const std::string activity_ = "activities/fair", project_ = "projects/fair";
  std::set<std::string> secrets_;                          // names that do not hold the word
  std::set<std::string> rows_of_it_;                       // names of rows that tell of it
  std::map<std::string, std::vector<std::string>> names_;  // that are asked for, by type
  std::string example_;
  int asked_ = 0;
};

TEST_F(SecretTest, NoMethodTellsAStrangerOfARiskThatFewMayKnow) {
  Prepare();
  std::map<const MethodDescriptor*, int64_t> events;
  for (const MethodDescriptor* method : Methods()) {
    if (method->input_type() == type::v1::ListEventsRequest::descriptor() && rpc::OnlyReads(*method)) events[method] = LastEvent(*method);
  }
  Keep();
  // Days later much of it is overdue.
  EXPECT_THAT(suite_.RunJobs(absl::Hours(24 * 8)), IsOk());
  Run();
  LookAround();
  EXPECT_GT(rows_of_it_.size(), 15u) << "or all this shows nothing";
  std::set<std::string> tell_managers;
  for (const MethodDescriptor* method : Methods()) {
    const auto of_events = events.find(method);
    std::vector<std::unique_ptr<Message>> requests;
    // What changes something is asked for about rows that the stranger does not see, by which nothing is changed.
    if (rpc::OnlyReads(*method)) {
      if (of_events == events.end()) requests = RequestsOf(*method);
    } else {
      for (auto& request : RequestsOf(*method)) {
        std::vector<std::string> given;
        Gather(*request, given);
        const bool about_it = std::any_of(given.begin(), given.end(), [&](const std::string& name) { return rows_of_it_.count(name) > 0; });
        if (about_it && method->input_type()->FindFieldByName("validate_only") != nullptr) {
          request->GetReflection()->SetBool(request.get(), method->input_type()->FindFieldByName("validate_only"), true);
          requests.push_back(std::move(request));
        }
      }
    }
    for (const rpc::Role role : TokenRoles()) {
      const bool manager = role == options::v1::ROLE_OPERATIONS_MANAGER;
      if (manager && !rpc::OnlyReads(*method)) continue;
      const rpc::Arrival who = manager ? manager_ : stranger(role);
      bool told = of_events != events.end() && AskForEvents(who, *method, of_events->second);
      for (const auto& request : requests) {
        const std::unique_ptr<Message> one(request->New());
        one->CopyFrom(*request);
        told = Ask(who, *method, *one) || told;
      }
      if (manager && told) tell_managers.insert(method->full_name());
      EXPECT_FALSE(told && !manager) << method->full_name() << " tells a stranger as " << options::v1::Role_Name(role) << ": " << example_;
    }
  }
  EXPECT_GT(tell_managers.size(), 25u) << "or all this shows nothing";
  EXPECT_GT(asked_, 2000);
}

}  // namespace
}  // namespace heitie::contract
