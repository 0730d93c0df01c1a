// People call each other, get things to do, and risks change faster than robots may tell, while planning, in three replicas, the service
// whose events it tells of, and the database are killed: whoever is to be told is told by the robots, within what providers allow, nothing
// is lost, and nothing comes twice but what nobody knew of. tests/fault/run brings up the database and says how long, by which seed and
// how many notices a burst has.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/robot_policy.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/bursts.h"
#include "tests/fault/killer.h"
#include "tests/fault/messengers.h"
#include "tests/fault/provider.h"
#include "tests/fault/rounds.h"
#include "tests/fault/sent.h"

namespace heitie::fault {
namespace {

TEST(Fault, Collaboration) {
  const Rounds rounds = RoundsOfEnvironment();
  // The stub of a provider; before the processes start, which take it over.
  setenv("HEITIE_OUTBOUND_NETWORKS", "127.0.0.0/8", 1);
  e2e::Suite& suite = e2e::Suite::Get();
  const std::string second = suite.AddReplica("planning"), third = suite.AddReplica("planning");
  suite.Start(second);
  suite.Start(third);
  suite.Stop("gateway", SIGTERM);  // comes again with all addresses
  suite.Start("gateway");
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("c", rounds.seed),
                    &acknowledged};
  std::vector<std::unique_ptr<Chapter>> chapters;
  MustHave<planning::v1::RobotPolicy>(staff, "planning.CreateRobotPolicy",
                                      absl::StrCat("robot_policy_id: '", staff.run, "' robot_policy { ", PolicyOfProvider(), " }"));
  MustHave<planning::v1::RobotPolicy>(staff, "planning.PublishRobotPolicy", absl::StrCat("name: 'robotPolicies/", staff.run, "'"));
  chapters.push_back(Messages(staff));
  chapters.push_back(Bursts(staff, NumberOfEnvironment("HEITIE_FAULT_NOTICES")));
  Killer killer(rounds.folder, {{"planning"},
                                {second},
                                {third},
                                {"planning", second},
                                {second, third},
                                {"planning", second, third},
                                {kDatabase},
                                {kDatabase, third},
                                {"risk"},
                                {"gateway"}});
  Play(rounds, chapters, killer, [&] {
    const auto audit = e2e::Ask<planning::v1::AuditFollowUpResponse>(staff.asker, staff.grpc.manager, "planning.AuditFollowUp", "");
    EXPECT_TRUE(audit.ok() && audit->violations().empty()) << audit.status() << (audit.ok() ? audit->DebugString() : "");
    return acknowledged.Check(staff.asker, staff.grpc.manager);
  });
}

}  // namespace
}  // namespace heitie::fault
