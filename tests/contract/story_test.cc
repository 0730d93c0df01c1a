// The story is true, calls every method and names everybody where the contracts say so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/record/holdings.h"
#include "common/record/json.h"
#include "common/rpc/contract.h"
#include "google/api/resource.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "heitie/type/v1/handover.pb.h"
#include "heitie/type/v1/verification.pb.h"
#include "tests/contract/people.h"
#include "tests/contract/suite.h"
#include "tests/contract/told.h"

namespace heitie::contract {
namespace {

using google::protobuf::Message;

class StoryTest : public ::testing::Test {
 protected:
  // Everything that the services have written down: whoever is named stands in a field that is declared.
  void LookForPeople() {
    std::map<std::string, int> named;
    for (const auto* method : Methods()) {
      if (method->name() != "ListEvents") continue;
      std::map<std::string, const google::protobuf::Descriptor*> resources = {
          {"type.heitie/HandoverReport", type::v1::HandoverReport::descriptor()},
          {"type.heitie/Verification", type::v1::Verification::descriptor()}};
      for (const auto* resource : record::ResourcesOf(method->file()->package()))
        resources[resource->options().GetExtension(google::api::resource).type()] = resource;
      type::v1::ListEventsRequest request;
      request.set_page_size(1000);
      type::v1::ListEventsResponse page;
      do {
        std::string response;
        ASSERT_TRUE(suite_.Ask(WithEveryRole(), *method, request.SerializeAsString(), &response).ok());
        ASSERT_TRUE(page.ParseFromString(response));
        for (const auto& event : page.events()) {
          if (event.after_json().empty()) continue;
          if (event.subject_type() == "type.heitie/Follower") continue;  // names nobody
          ASSERT_EQ(resources.count(event.subject_type()), 1u) << event.subject_type();
          const std::unique_ptr<Message> resource = NewMessage(*resources[event.subject_type()]);
          ASSERT_TRUE(record::FromJson(event.after_json(), resource.get()));
          ForEachEmployee(*resource, [&](const google::protobuf::FieldDescriptor& field, bool declared) {
            ++named[field.full_name()];
            EXPECT_TRUE(declared) << field.full_name() << " names an employee and does not say what that means";
          });
        }
        request.set_after_position(page.last_position());
      } while (page.events_size() > 0);
    }
    EXPECT_GT(named.size(), 20u);
  }

  Suite& suite_ = ToldSuite();
};

// Every method is called by somebody who may, every change succeeds where it should and happens once however often it is asked for, and
// what the story says of each answer is so.
TEST_F(StoryTest, IsTrueAndKnowsEveryMethod) {
  const Telling& telling = TheTelling();
  for (const auto* method : Methods()) {
    // They take an event that nobody can digest, which no request makes, and a mirror, which not every service keeps: common/event tries
    // them.
    if (method->name() == "StepOverEvent" || method->name() == "RebuildMirror") continue;
    // It takes a simulation that is under way, and here all jobs are done before the next request: services/risk tries it.
    if (method->name() == "CancelLossSimulation") continue;
    // Of a service in which nobody answers for anything there is nothing to hand over.
    const auto resources = record::ResourcesOf(method->file()->package());
    const bool answers = std::any_of(resources.begin(), resources.end(),
                                     [](const auto* resource) { return !record::ResponsibilitiesOf(*resource).empty(); });
    if (method->name() == "HandOver" && !answers) continue;
    EXPECT_EQ(telling.succeeded.count(method->full_name()), 1u)
        << "no line of the story calls " << method->full_name()
        << ": add one to the file of its chapter, tests/story/*.story, in a section "
        << "[aside] unless the story needs it (tests/story/player.h tells the form)";
  }
  EXPECT_GT(telling.compared, 30);
  LookForPeople();
}

// Wherever a request of the story names somebody who has to answer for something, the same request with somebody of whom personnel knows
// nothing is refused at that field, and nothing is written.
TEST_F(StoryTest, NobodyUnknownAnswersForAnything) {
  const std::set<std::string>& refused = TheTelling().refused_strangers;
  EXPECT_GT(refused.size(), 40u);
  for (const char* field : {"heitie.planning.v1.Project.owner", "heitie.planning.v1.Task.owner", "heitie.planning.v1.ActionItem.owner",
                            "heitie.planning.v1.MeetingSeries.chair", "heitie.planning.v1.Liaison.employee",
                            "heitie.planning.v1.RaciEntry.accountable", "heitie.risk.v1.Risk.owner", "heitie.risk.v1.RiskIndicator.owner"})
    EXPECT_EQ(refused.count(field), 1u) << field;
}

}  // namespace
}  // namespace heitie::contract
