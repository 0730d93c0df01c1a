// The state diagrams of the README are those that the code enforces.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/record/rule_set.h"
#include "common/record/state_machine.h"
#include "services/activity/preparation/activity.h"
#include "services/planning/plan/project.h"
#include "services/resource/money/budget.h"
#include "services/resource/money/encumbrance.h"
#include "services/resource/material/reservation_rules.h"
#include "services/risk/register/risk.h"

namespace heitie {
namespace {

std::string Readme() {
  std::ifstream in(HEITIE_SOURCE_DIR "/README.md");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void ExpectDrawn(const record::StateMachine& machine) {
  const std::string drawing = "```mermaid\n" + machine.Diagram() + "```\n";
  EXPECT_NE(Readme().find(drawing), std::string::npos) << "README.md lacks\n" << drawing;
}

TEST(DiagramTest, Project) { ExpectDrawn(planning::ProjectStates()); }
TEST(DiagramTest, Activity) { ExpectDrawn(activity::ActivityMachine()); }
TEST(DiagramTest, Reservation) { ExpectDrawn(resource::ReservationStates()); }
TEST(DiagramTest, Budget) { ExpectDrawn(resource::BudgetStates()); }
TEST(DiagramTest, Encumbrance) { ExpectDrawn(resource::EncumbranceStates()); }
TEST(DiagramTest, RuleSet) { ExpectDrawn(record::RuleSet<risk::v1::RiskMatrix>::Machine()); }
TEST(DiagramTest, Risk) { ExpectDrawn(risk::Risks::Machine()); }

}  // namespace
}  // namespace heitie
